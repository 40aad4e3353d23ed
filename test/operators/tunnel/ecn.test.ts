import { describe, expect, it } from 'vitest';
import { applyEcn } from '../../../src/operators/tunnel/ecn.ts';
import { bytesOf, ipv4, ipv6, udp } from '../../../src/testing/index.ts';
import * as v4 from '../../../src/wire/ipv4.ts';
import * as v6 from '../../../src/wire/ipv6.ts';
import { ecnModes } from '../../../src/wire/tunneling.ts';
import { outcomeOf, received } from '../../support/testbed.ts';

const names = ['Not-ECT', 'ECT(1)', 'ECT(0)', 'CE'];
const dscp = 46 << 2;

/** What a packet comes out with: the name of its ECN bits, or why it was refused. */
const outOf = (mode: (typeof ecnModes)[number], inner: number, outer: number, isSix: boolean): string => {
  const octet = dscp | inner;
  const packet = received(
    isSix
      ? bytesOf(ipv6({ source: 'fd00::1', destination: 'fd00::2', trafficClass: octet }), udp())
      : bytesOf(ipv4({ source: '10.0.0.1', destination: '10.0.0.2', typeOfService: octet }), udp()),
  );
  const { view, start, end } = packet;
  applyEcn(packet, ecnModes.indexOf(mode), (7 << 2) | outer);
  if (outcomeOf(packet) !== 'inFlight') return outcomeOf(packet);
  expect(isSix ? v6.check(view, start, end) : v4.check(view, start, end)).toBe('ok');
  const after = isSix ? v6.trafficClass(view, start) : v4.typeOfService(view, start);
  expect(after & ~3).toBe(dscp);
  return names[after & 3] as string;
};

/** RFC 6040 §4.2, Figure 4: rows are the inner header's, columns the outer's. */
const figure4 = [
  ['Not-ECT', 'Not-ECT', 'Not-ECT', 'tunnelCongestion'],
  ['ECT(1)', 'ECT(1)', 'ECT(1)', 'CE'],
  ['ECT(0)', 'ECT(1)', 'ECT(0)', 'CE'],
  ['CE', 'CE', 'CE', 'CE'],
];

describe.each([true, false])('out of a tunnel, IPv6: %s', (isSix) => {
  const table = (mode: (typeof ecnModes)[number]): string[][] =>
    names.map((_, inner) => names.map((__, outer) => outOf(mode, inner, outer, isSix)));

  it('ECN allowed: RFC 6040', () => {
    expect(table('allowed')).toEqual(figure4);
  });

  it('ECN forbidden: what met congestion is refused', () => {
    expect(table('forbidden')).toEqual(names.map((name) => [name, name, name, 'tunnelCongestion']));
  });

  it('ECN ignored: nothing comes out', () => {
    expect(table('ignored')).toEqual(names.map((name) => [name, name, name, name]));
  });
});
