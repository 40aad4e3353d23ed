import { describe, expect, it } from 'vitest';
import { LinkType, locatorOf, notIp } from '../../src/capture/index.ts';

const at = 3;
const locate = (linkType: number, frame: readonly number[], end = at + frame.length): number | undefined => {
  const bytes = Uint8Array.from([9, 9, 9, ...frame, 0x86, 0xdd, 0x08, 0x00]);
  const offset = locatorOf(linkType)?.(new DataView(bytes.buffer), at, end);
  return offset === undefined || offset === notIp ? offset : offset - at;
};
const zeros = (count: number): number[] => new Array<number>(count).fill(0);

describe('locatorOf', () => {
  it.each([
    ['raw', LinkType.raw, [0x60], 0],
    ['IPv4', LinkType.ipv4, [0x45], 0],
    ['IPv6', LinkType.ipv6, [0x60], 0],
    ['Ethernet with IPv6', LinkType.ethernet, [...zeros(12), 0x86, 0xdd, 0x60], 14],
    ['Ethernet with IPv4', LinkType.ethernet, [...zeros(12), 0x08, 0x00, 0x45], 14],
    ['Ethernet with a VLAN tag', LinkType.ethernet, [...zeros(12), 0x81, 0, 0, 7, 0x86, 0xdd], 18],
    ['Ethernet with two VLAN tags', LinkType.ethernet, [...zeros(12), 0x88, 0xa8, 0, 7, 0x81, 0, 0, 8, 0x08, 0], 22],
    [
      'Ethernet with tags without end',
      LinkType.ethernet,
      [...zeros(12), ...Array(9).fill([0x81, 0, 0, 7]).flat()],
      notIp,
    ],
    ['Ethernet with ARP', LinkType.ethernet, [...zeros(12), 0x08, 0x06, 0x00], notIp],
    ['Ethernet, cut short in its type', LinkType.ethernet, [...zeros(12), 0x86], notIp],
    ['Ethernet, cut short in its tag', LinkType.ethernet, [...zeros(12), 0x81, 0, 0], notIp],
    ['Ethernet, cut short in an address', LinkType.ethernet, zeros(4), notIp],
    ['null, little-endian IPv4', LinkType.null, [2, 0, 0, 0, 0x45], 4],
    ['null, big-endian IPv6 of macOS', LinkType.null, [0, 0, 0, 30, 0x60], 4],
    ['null, something else', LinkType.null, [0, 0, 0, 16, 0x60], notIp],
    ['null, cut short', LinkType.null, [2, 0], notIp],
    ['loop', LinkType.loop, [0, 0, 0, 24, 0x60], 4],
    ['Linux cooked', LinkType.linuxCooked, [...zeros(14), 0x86, 0xdd, 0x60], 16],
    ['Linux cooked, ARP', LinkType.linuxCooked, [...zeros(14), 0x08, 0x06, 0x60], notIp],
    ['Linux cooked 2', LinkType.linuxCooked2, [0x08, 0x00, ...zeros(18), 0x45], 20],
    ['Linux cooked 2, ARP', LinkType.linuxCooked2, [0x08, 0x06, ...zeros(18)], notIp],
    ['Linux cooked 2, cut short', LinkType.linuxCooked2, [0x08, 0x00, ...zeros(17)], notIp],
    ['USB', 220, [0x60], undefined],
  ])('finds the IP header: %s', (_name, linkType, frame, expected) => {
    expect(locate(linkType, frame)).toBe(expected);
  });
});
