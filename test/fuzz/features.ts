import { dropNames, type Packet, Status } from '../../src/packet/index.ts';
import { ipv6, Protocol } from '../../src/wire/index.ts';

/** Bits for the headers that were walked. */
const headerBits: Readonly<Record<number, number>> = {
  [Protocol.hopByHop]: 1,
  [Protocol.destinationOptions]: 2,
  [Protocol.routing]: 4,
  [Protocol.fragment]: 8,
};

/** 0, 1, 2, 3 to 4, 5 to 8, and so on. */
const sizeClass = (count: number): number => 32 - Math.clz32(count);

/** The headers before `upper`, as a set, and about how many they are. */
const walkOf = ({ family, view, start, upper, end }: Packet): number => {
  if (family !== 6 || upper > end) return 0;
  let headers = 0;
  let count = 0;
  let protocol = ipv6.nextHeader(view, start);
  for (let at = start + ipv6.headerLength; at + 2 <= upper && count < 64; count += 1) {
    headers |= headerBits[protocol] ?? 16;
    const length = protocol === Protocol.fragment ? 8 : (view.getUint8(at + 1) + 1) * 8;
    protocol = view.getUint8(at);
    at += length;
  }
  return (headers << 3) | sizeClass(count);
};

/** Marks what the router said itself. */
const ours = 0x40000000;

/** What we said: version, type and code, roughly where it points, and about how long it is. */
const saying = ({ family, view, start, end }: Packet): number => {
  const at = start + (family === 6 ? 40 : 20);
  if (end - at < 8) return ours;
  const message = (view.getUint8(at) << 4) | (view.getUint8(at + 1) & 15);
  const parameter = message >> 4 < 128 && family === 6 ? sizeClass(view.getUint32(at + 4) & 0xffff) : 0;
  return ours | (family === 6 ? 1 : 0) | (message << 1) | (parameter << 13) | (sizeClass(end - start) << 18);
};

/**
 * What there is to tell of a packet at the end of the line, as a number: what became of it, which headers were walked
 * and about how many, and its length; of our own packets, what they say. Inputs that bring up a new one go on to be
 * mutated.
 */
export const featureOf = (packet: Packet): number => {
  if (packet.inInterface === 0) return saying(packet);
  const { status, drop, family, start, end } = packet;
  const outcome = (drop << 4) | (status << 1) | (family === 6 ? 1 : 0);
  return (((outcome << 8) | walkOf(packet)) << 5) | sizeClass(end - start);
};

/** The same, much coarser and in words: what corpus files are called after. */
export const outcomeIn = (packet: Packet): string => {
  const version = packet.family === 0 ? 'frame' : `ipv${packet.family}`;
  if (packet.inInterface === 0) {
    const at = packet.start + (packet.family === 6 ? 40 : 20);
    if (packet.family === 6 && packet.view.getUint8(packet.start + 6) !== Protocol.icmpv6)
      return `${version}-says-pieces`;
    return `${version}-says-${packet.view.getUint8(at)}-${packet.view.getUint8(at + 1)}`;
  }
  if (packet.status !== Status.refused)
    return packet.status === Status.sent ? `${version}-sent` : `${version}-delivered`;
  const name = dropNames[packet.drop] as string;
  return `${version}-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
};
