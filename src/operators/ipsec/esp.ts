/**
 * ESP (RFC 4303): sealing in place, and opening. Nothing of the payload is copied, and with libcrypto nothing is
 * allocated.
 *
 * @module
 */
import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Association } from '../../state/sadb/association.ts';
import { Usage } from '../../state/sadb/lifetime.ts';
import type { Sadb } from '../../state/sadb.ts';
import * as esp from '../../wire/esp.ts';
import { Protocol } from '../../wire/protocols.ts';
import * as udp from '../../wire/udp.ts';
import { openGap } from './headers.ts';

/** Bytes of the UDP header around ESP (RFC 3948 §2.1), 0 if there is none. */
const wrapping = (association: Association): number => (association.destinationPort === 0 ? 0 : udp.headerLength);

/** Bytes before what is encrypted: UDP, SPI, sequence number, IV. */
export const espHeaderLength = (association: Association): number =>
  wrapping(association) + esp.headerLength + (association.protection?.ivLength ?? 0);

/** Bytes that a payload has with everything that ESP puts around it. */
export const espLength = (association: Association, payload: number): number => {
  const { protection } = association;
  if (protection === undefined) return payload;
  const padding = esp.paddingFor(payload, protection.blockSize);
  return espHeaderLength(association) + payload + padding + esp.trailerLength + protection.icvLength;
};

/** The longest payload that ESP can carry in so many bytes. */
export const espRoom = (association: Association, length: number): number => {
  const { protection } = association;
  if (protection === undefined) return length;
  const unit = Math.max(protection.blockSize, 4);
  const room = length - espHeaderLength(association) - protection.icvLength;
  return Math.max(0, Math.floor(room / unit) * unit - esp.trailerLength);
};

/**
 * Encrypts everything from `at` on, which is called `protocol`, and puts ESP before it. In tunnel mode `at` is the start
 * of the packet; the outer header is to be written before it.
 *
 * Drops: `noHeadroom`, `noTailroom`, `sequenceExhausted`.
 *
 * @param fill bytes of traffic flow confidentiality padding (RFC 4303 §2.7)
 * @returns false when the packet was refused; it may have been changed by then
 */
export const sealEsp = (
  sadb: Sadb,
  packet: Packet,
  association: Association,
  at: number,
  protocol: number,
  fill: number,
): boolean => {
  const { protection, sequence } = association;
  if (protection === undefined) return false;
  const { view, bytes } = packet;
  const payload = packet.end - at + fill;
  const padding = esp.paddingFor(payload, protection.blockSize);
  if (packet.tailroom < fill + padding + esp.trailerLength + protection.icvLength) {
    packet.refuse(Drop.noTailroom);
    return false;
  }
  if (!openGap(packet, at, espHeaderLength(association))) return false;
  if (!association.advance()) {
    packet.refuse(Drop.sequenceExhausted);
    sadb.exhaust(association);
    return false;
  }
  if (fill > 0) bytes.fill(0, packet.end, packet.end + fill);
  const trailerEnd = esp.writeTrailer(view, packet.end + fill, padding, protocol);
  const espAt = at - esp.headerLength - protection.ivLength;
  esp.write(view, espAt, association.spi, sequence[1] as number);
  protection.seal(bytes, espAt, trailerEnd - at, sequence[0] as number);
  packet.end = trailerEnd + protection.icvLength;
  if (association.destinationPort !== 0) writeUdp(packet, association, espAt - udp.headerLength);
  packet.upper = espAt - wrapping(association);
  packet.protocol = association.destinationPort === 0 ? Protocol.esp : Protocol.udp;
  sadb.used(association, packet.end - espAt);
  return true;
};

/** The checksum stays 0 until the IP header is there. */
const writeUdp = ({ view, end }: Packet, association: Association, at: number): void => {
  udp.setSourcePort(view, at, association.sourcePort);
  udp.setDestinationPort(view, at, association.destinationPort);
  udp.setLength(view, at, end - at);
  view.setUint16(at + udp.offsets.checksum, 0);
};

/**
 * Writes the checksum of the UDP header around ESP, when the IP header has been written: IPv4 needs none (RFC 3948
 * §2.1), and in IPv6 receivers want one (RFC 8200 §8.1).
 */
export const finishUdp = ({ family, view, start, upper, protocol }: Packet): void => {
  if (family === 6 && protocol === Protocol.udp) udp.writeChecksum6(view, start, upper);
};

/** How an ESP packet is opened: where its parts lie. Good until the next packet. */
export interface Opened {
  /** Where the payload begins. */
  at: number;
  /** Where it ends, with TFC padding. */
  end: number;
  /** What it is. */
  protocol: number;
}

/**
 * Verifies ESP at `at` and decrypts it in place (RFC 4303 §3.4). The window is asked before, and moves after.
 *
 * Drops: `truncatedSecurity`, `replayed`, `badIcv`, `badPadding`, `dummyPacket`.
 *
 * @returns false when the packet was refused
 */
export const openEsp = (sadb: Sadb, packet: Packet, association: Association, at: number, opened: Opened): boolean => {
  const { protection, replay, usage } = association;
  const { view, bytes, end } = packet;
  if (protection === undefined) return false;
  const payloadAt = at + esp.headerLength + protection.ivLength;
  const trailerEnd = end - protection.icvLength;
  const length = trailerEnd - payloadAt;
  if (length < esp.trailerLength) return refuse(packet, Drop.truncatedSecurity);
  const low = esp.sequenceNumber(view, at);
  const high = replay.highOf(low);
  if (!replay.isFresh(high, low)) {
    usage[Usage.replayed] = (usage[Usage.replayed] as number) + 1;
    return refuse(packet, Drop.replayed);
  }
  if (!protection.open(bytes, at, length, high)) {
    usage[Usage.badIcv] = (usage[Usage.badIcv] as number) + 1;
    return refuse(packet, Drop.badIcv);
  }
  replay.mark(high, low);
  const padding = esp.padLength(view, trailerEnd);
  if (padding + esp.trailerLength > length) return refuse(packet, Drop.badPadding);
  opened.at = payloadAt;
  opened.end = trailerEnd - esp.trailerLength - padding;
  opened.protocol = esp.nextHeader(view, trailerEnd);
  sadb.used(association, end - at);
  if (opened.protocol === Protocol.noNextHeader) return refuse(packet, Drop.dummyPacket);
  return true;
};

const refuse = (packet: Packet, drop: number): false => {
  packet.refuse(drop);
  return false;
};
