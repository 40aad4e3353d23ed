import { describe, expect, test } from 'vitest';
import { bytesOf, ipv4, ipv6, payload, udp } from '../../src/testing/index.ts';
import { ipsecBed, joinSites, site, wire } from '../support/ipsec-bed.ts';

const inner6 = (length = 64, hopLimit = 64): Uint8Array =>
  bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', hopLimit }), udp(), payload(length));
const inner4 = (length = 64, timeToLive = 64, dontFragment = false): Uint8Array =>
  bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.2.2', timeToLive, dontFragment }), udp(), payload(length));

describe('two sites and a tunnel between them', () => {
  test.each([
    [6, 6],
    [6, 4],
    [4, 6],
    [4, 4],
  ] as const)('IPv%i in IPv%i', (inner, outer) => {
    const bed = ipsecBed();
    joinSites(bed, { inner, outer });
    const made = inner === 6 ? inner6 : inner4;
    const [sent, ...others] = bed.left.receive(made(), site);
    expect(others).toEqual([]);
    expect(sent).toMatchObject({ outcome: 'sent', outInterface: wire, depth: 1 });
    const [arrived, ...more] = bed.right.receive(sent?.bytes as Uint8Array);
    expect(more).toEqual([]);
    expect(arrived).toMatchObject({ outcome: 'sent', outInterface: site });
    expect(arrived?.bytes).toEqual(made(64, 62));
    expect([bed.left.leaks, bed.right.leaks]).toEqual([0, 0]);
  });
});
