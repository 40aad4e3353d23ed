import type { Packet } from '../../packet/packet.ts';
import { type Flow, none, opaque } from '../../state/spd/flow.ts';
import { hasPortFields } from '../../state/spd/policy.ts';
import * as icmp4 from '../../wire/icmp4.ts';
import * as icmp6 from '../../wire/icmp6.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';
import * as quoted from '../../wire/quoted.ts';

const isIcmp = (protocol: number): boolean => protocol === Protocol.icmp || protocol === Protocol.icmpv6;

/** Reads protocol and ports of the packet at `start`, which may be cut off at `end`. */
const readUpper = (flow: Flow, view: DataView, start: number, end: number): void => {
  const found = quoted.findUpperLayer(view, start, end);
  if (found < 0) {
    // A fragment other than the first; of an IPv4 one the protocol is known.
    flow.protocol = flow.family === 4 ? ipv4.protocol(view, start) : opaque;
    flow.sourcePort = opaque;
    flow.destinationPort = opaque;
    return;
  }
  const at = quoted.offsetOf(found);
  const protocol = quoted.protocolOf(found);
  flow.protocol = protocol;
  if (isIcmp(protocol)) {
    flow.sourcePort = end - at < 2 ? opaque : view.getUint8(at);
    flow.destinationPort = end - at < 2 ? opaque : view.getUint8(at + 1);
  } else if (hasPortFields(protocol)) {
    flow.sourcePort = end - at < 4 ? opaque : view.getUint16(at);
    flow.destinationPort = end - at < 4 ? opaque : view.getUint16(at + 2);
  } else {
    flow.sourcePort = none;
    flow.destinationPort = none;
  }
};

/**
 * Reads what policies select by (RFC 4301 §4.4.1.1).
 *
 * @param readsUpper does any policy ask for protocol or ports?
 */
export const readFlow = (flow: Flow, { family, view, start, end }: Packet, readsUpper: boolean): void => {
  const { source, destination } = family === 6 ? ipv6.offsets : ipv4.offsets;
  flow.readAddresses(family, view, start + source, start + destination);
  if (readsUpper) readUpper(flow, view, start, end);
};

/** Where an ICMP error quotes the packet that it is about; 0 if the packet is no ICMP error, or quotes too little. */
const quoteIn = ({ family, view, start, end }: Packet): number => {
  if (family === 6) {
    const at = start + ipv6.headerLength;
    if (ipv6.nextHeader(view, start) !== Protocol.icmpv6 || end - at < icmp6.headerLength + ipv6.headerLength) return 0;
    const quote = at + icmp6.headerLength;
    return icmp6.isErrorType(icmp6.type(view, at)) && view.getUint8(quote) >> 4 === 6 ? quote : 0;
  }
  if (ipv4.protocol(view, start) !== Protocol.icmp || ipv4.fragmentOffset(view, start) !== 0) return 0;
  const at = start + ipv4.headerLength(view, start);
  if (end - at < icmp4.headerLength + ipv4.minimumHeaderLength) return 0;
  const quote = at + icmp4.headerLength;
  return icmp4.isError(view, at) && view.getUint8(quote) >> 4 === 4 ? quote : 0;
};

/**
 * Reads what an ICMP error is about, the other way round: the flow that it belongs to, with which it travels where
 * policies have nothing to say about the error itself (RFC 4301 §6.2).
 *
 * @returns false if the packet is no ICMP error
 */
export const readReverseFlow = (flow: Flow, packet: Packet, readsUpper: boolean): boolean => {
  const quote = quoteIn(packet);
  if (quote === 0) return false;
  const { family, view, end } = packet;
  const { source, destination } = family === 6 ? ipv6.offsets : ipv4.offsets;
  flow.readAddresses(family, view, quote + destination, quote + source);
  if (!readsUpper) return true;
  readUpper(flow, view, quote, end);
  if (isIcmp(flow.protocol)) return true;
  const { sourcePort } = flow;
  flow.sourcePort = flow.destinationPort;
  flow.destinationPort = sourcePort;
  return true;
};

/**
 * Neighbor Discovery, which comes before any association can (RFC 4861 §3.1, RFC 4301 §4.4.1.1): no policy is asked
 * about it. KAME's users had to write that down.
 */
export const isDiscovery = ({ family, view, start, end }: Packet): boolean => {
  if (family !== 6 || ipv6.nextHeader(view, start) !== Protocol.icmpv6) return false;
  if (ipv6.hopLimit(view, start) !== 255 || end - start <= ipv6.headerLength) return false;
  const type = view.getUint8(start + ipv6.headerLength);
  return type >= icmp6.Type.routerSolicitation && type <= icmp6.Type.redirect;
};
