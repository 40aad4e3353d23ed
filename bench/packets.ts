import type { IpAddress } from '../src/wire/address.ts';
import { writeAddress } from '../src/wire/address.ts';
import * as checksum from '../src/wire/checksum.ts';
import * as ipv6 from '../src/wire/ipv6.ts';
import { Protocol } from '../src/wire/protocols.ts';

/** An IPv6 UDP packet of `payload` bytes, ready to be copied into a slab. */
export const udpPacket = (source: IpAddress, destination: IpAddress, payload: number): Uint8Array => {
  const bytes = new Uint8Array(ipv6.headerLength + 8 + payload);
  const view = new DataView(bytes.buffer);
  ipv6.setFirstWord(view, 0, 0, 0);
  ipv6.setPayloadLength(view, 0, 8 + payload);
  ipv6.setNextHeader(view, 0, Protocol.udp);
  ipv6.setHopLimit(view, 0, 64);
  writeAddress(view, ipv6.offsets.source, source);
  writeAddress(view, ipv6.offsets.destination, destination);
  view.setUint16(40, 4000);
  view.setUint16(42, 4001);
  view.setUint16(44, 8 + payload);
  const sum = checksum.pseudoHeader6(view, 0, 8 + payload, Protocol.udp);
  view.setUint16(46, checksum.finish(checksum.sum(view, 40, bytes.length, sum)));
  return bytes;
};
