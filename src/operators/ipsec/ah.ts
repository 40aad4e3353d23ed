/**
 * AH (RFC 4302): the ICV covers the whole packet as it will be at its destination, with what may change on the way
 * taken for zero (§3.3.3.1, appendix A).
 *
 * @module
 */
import { Drop } from '../../packet/drop.ts';
import type { Packet } from '../../packet/packet.ts';
import type { Association } from '../../state/sadb/association.ts';
import { Usage } from '../../state/sadb/lifetime.ts';
import type { Sadb } from '../../state/sadb.ts';
import { copy6 } from '../../wire/address-bytes.ts';
import * as ah from '../../wire/ah.ts';
import * as extension from '../../wire/extension.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as options from '../../wire/options.ts';
import { Protocol } from '../../wire/protocols.ts';
import * as routing from '../../wire/routing.ts';
import { openGap } from './headers.ts';

/** The headers up to the end of AH, as they are authenticated: longer chains are refused. */
const headBytes = new Uint8Array(new ArrayBuffer(8_192));
const head = new DataView(headBytes.buffer);
/** The upper half of a sequence number (RFC 4302 §3.3.3.2.2). */
const highBytes = new Uint8Array(new ArrayBuffer(4));
const high = new DataView(highBytes.buffer);

/** Bytes of AH. */
export const ahLength = (association: Association, family: number): number =>
  ah.lengthFor(association.integrity?.algorithm.icvLength ?? 0, family);

/** IPv4 options that arrive as they were sent (RFC 4302 §A1): security, extended and commercial security, router alert. */
const immutable4: ReadonlySet<number> = new Set([130, 133, 134, ipv4.Option.routerAlert, 149]);

/** Zeroes what may change in the IPv4 header at 0 of `head`. */
const settle4 = (): void => {
  head.setUint8(1, 0); // type of service
  head.setUint16(6, 0); // flags and fragment offset
  head.setUint8(ipv4.offsets.timeToLive, 0);
  head.setUint16(ipv4.offsets.headerChecksum, 0);
  const end = ipv4.headerLength(head, 0);
  for (let at: number = ipv4.offsets.options; ipv4.checkOption(head, at, end) === 'ok'; ) {
    const length = ipv4.optionLength(head, at);
    const type = ipv4.optionType(head, at);
    if (type > ipv4.Option.noOperation && !immutable4.has(type)) headBytes.fill(0, at, at + length);
    if (type === ipv4.Option.endOfList) return;
    at += length;
  }
};

/** Zeroes the data of options that may change on the way (RFC 8200 §4.2, third bit). */
const settleOptions = (at: number, end: number): void => {
  for (let next = at + 2; options.check(head, next, end) !== 'pastEnd'; ) {
    const length = options.size(head, next);
    if (options.changesEnRoute(options.type(head, next))) headBytes.fill(0, next + 2, next + length);
    next += length;
  }
};

/** Turns a routing header into what it is at the last destination (RFC 4302 §A2). */
const settleRouting = (at: number): void => {
  const type = routing.routingType(head, at);
  const isSwapped = type === routing.RoutingType.sourceRoute || type === routing.RoutingType.homeAddress;
  const count = routing.addressCount(head, at);
  if (!isSwapped) return;
  for (let left = Math.min(routing.segmentsLeft(head, at), count); left > 0; left -= 1) {
    const address = routing.addressAt(at, count - left);
    const destination = ipv6.offsets.destination;
    const scratch = headBytes.length - 16;
    copy6(head, address, head, scratch);
    copy6(head, destination, head, address);
    copy6(head, scratch, head, destination);
  }
  routing.setSegmentsLeft(head, at, 0);
};

/** Zeroes or predicts what may change in the IPv6 header at 0 of `head` and the headers before AH. */
const settle6 = (ahAt: number): void => {
  ipv6.setFirstWord(head, 0, 0, 0);
  ipv6.setHopLimit(head, 0, 0);
  let protocol = ipv6.nextHeader(head, 0);
  for (let at: number = ipv6.headerLength; at < ahAt; ) {
    if (extension.check(head, at, ahAt, protocol) !== 'ok') return;
    const end = at + extension.headerLength(head, at, protocol);
    if (protocol === Protocol.routing) settleRouting(at);
    else if (protocol === Protocol.hopByHop || protocol === Protocol.destinationOptions) settleOptions(at, end);
    protocol = extension.nextHeader(head, at);
    at = end;
  }
};

/** Feeds the message to the integrity algorithm; false when its headers are too long. */
const authenticate = (
  packet: Packet,
  association: Association,
  ahAt: number,
  length: number,
  sequenceHigh: number,
): boolean => {
  const { integrity } = association;
  const { bytes, view, start, end, family } = packet;
  const headLength = ahAt + length - start;
  if (integrity === undefined || headLength > headBytes.length - 16) return false;
  // Whole words, all of them: no view is made.
  for (let i = 0; i < headLength; i += 4) head.setInt32(i, view.getInt32(start + i));
  if (family === 6) settle6(ahAt - start);
  else settle4();
  const icvAt = ahAt + ah.offsets.icv;
  const icv = icvAt - start;
  headBytes.fill(0, icv, icv + integrity.algorithm.icvLength);
  integrity.begin(bytes, icvAt);
  integrity.add(headBytes, 0, headLength);
  integrity.add(bytes, ahAt + length, end - ahAt - length);
  if (association.extended) {
    high.setUint32(0, sequenceHigh);
    integrity.add(highBytes, 0, 4);
  }
  return true;
};

/**
 * Makes room for AH at `at`, before what is called `protocol`, and writes it but for its ICV: {@link signAh} does that
 * when the headers before it are there.
 *
 * Drops: `noHeadroom`, `sequenceExhausted`.
 */
export const insertAh = (
  sadb: Sadb,
  packet: Packet,
  association: Association,
  at: number,
  protocol: number,
  family: number,
): boolean => {
  const { integrity, sequence } = association;
  if (integrity === undefined) return false;
  const length = ahLength(association, family);
  if (!openGap(packet, at, length)) return false;
  if (!association.advance()) {
    packet.refuse(Drop.sequenceExhausted);
    sadb.exhaust(association);
    return false;
  }
  const { view } = packet;
  const ahAt = at - length;
  ah.write(view, ahAt, length, protocol, association.spi, sequence[1] as number);
  packet.upper = ahAt;
  packet.protocol = Protocol.ah;
  return true;
};

/** Writes the ICV of the AH at `packet.upper`. AES-GMAC's IV is the sequence number (RFC 4543 §4). */
export const signAh = (sadb: Sadb, packet: Packet, association: Association): boolean => {
  const { integrity, sequence } = association;
  const { view, bytes, upper, family } = packet;
  const icvAt = upper + ah.offsets.icv;
  if (integrity === undefined) return false;
  if (integrity.algorithm.ivLength > 0) {
    view.setUint32(icvAt, sequence[0] as number);
    view.setUint32(icvAt + 4, sequence[1] as number);
  }
  if (!authenticate(packet, association, upper, ahLength(association, family), sequence[0] as number)) {
    packet.refuse(Drop.chainTooLong);
    return false;
  }
  integrity.sign(bytes, icvAt);
  sadb.used(association, packet.end - upper);
  return true;
};

/**
 * Verifies AH at `at` (RFC 4302 §3.4). The packet stays as it is.
 *
 * Drops: `truncatedSecurity`, `replayed`, `badIcv`, `chainTooLong`.
 *
 * @returns bytes of AH; 0 when the packet was refused
 */
export const verifyAh = (sadb: Sadb, packet: Packet, association: Association, at: number): number => {
  const { integrity, replay, usage } = association;
  const { view, bytes, end } = packet;
  if (integrity === undefined) return 0;
  const length = ah.headerLength(view, at);
  const { icvLength } = integrity.algorithm;
  if (length > end - at || length < ah.fixedLength + icvLength) return refuse(packet, Drop.truncatedSecurity);
  const low = ah.sequenceNumber(view, at);
  const sequenceHigh = replay.highOf(low);
  if (!replay.isFresh(sequenceHigh, low)) {
    usage[Usage.replayed] = (usage[Usage.replayed] as number) + 1;
    return refuse(packet, Drop.replayed);
  }
  if (!authenticate(packet, association, at, length, sequenceHigh)) return refuse(packet, Drop.chainTooLong);
  if (!integrity.verify(bytes, at + ah.offsets.icv)) {
    usage[Usage.badIcv] = (usage[Usage.badIcv] as number) + 1;
    return refuse(packet, Drop.badIcv);
  }
  replay.mark(sequenceHigh, low);
  sadb.used(association, end - at);
  return length;
};

const refuse = (packet: Packet, drop: number): 0 => {
  packet.refuse(drop);
  return 0;
};
