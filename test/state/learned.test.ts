import { describe, expect, it } from 'vitest';
import type { LearnedOption } from '../../src/state/learned.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress, formatPrefix } from '../../src/wire/address.ts';
import { infinity } from '../../src/wire/ndp-options.ts';
import { a, b, learning } from '../support/learning.ts';
import { prefixFrom } from '../support/testbed.ts';

const r1 = addressOf('fe80::1');
const r2 = addressOf('fe80::2');

const text = (value: LearnedOption): string => {
  switch (value.kind) {
    case 'dnsServer':
      return `dns ${formatAddress(value.server)}`;
    case 'searchDomain':
      return `search ${value.domain}`;
    default:
      return `pref64 ${formatPrefix(value.prefix)}`;
  }
};

const servers = (lifetime: number, ...texts: readonly string[]) =>
  ({ kind: 'dnsServers', servers: texts.map(addressOf), lifetime }) as const;

describe('what else routers say', () => {
  it('is kept for as long as they say, and by who said it last', () => {
    const { node, pass } = learning();
    const seen: string[] = [];
    node.learned.changes$.subscribe({
      next: ({ type, value }) => seen.push(`${type} ${text(value)}`),
      complete: () => seen.push('complete'),
    });
    node.learned.hear(a, r1, servers(60, '2001:db8::53', '2001:db8::54'));
    node.learned.hear(a, r1, { kind: 'searchList', domains: ['example.com'], lifetime: infinity });
    node.learned.hear(a, r1, { kind: 'pref64', prefix: prefixFrom('64:ff9b::/96'), lifetime: 90 });
    node.learned.hear(a, r2, { kind: 'searchList', domains: ['Example.COM'], lifetime: infinity });
    node.learned.hear(a, r2, servers(0, '2001:db8::54', '2001:db8::55'));
    expect(node.learned.list().map(({ router, until }) => [router.w3, until])).toEqual([
      [1, 60_000],
      [2, Number.POSITIVE_INFINITY],
      [1, 90_000],
    ]);
    pass(100_000);
    expect(node.learned.list(a).map(text)).toEqual(['search Example.COM']);
    node.close();
    expect(seen).toEqual([
      'added dns 2001:db8::53',
      'added dns 2001:db8::54',
      'added search example.com',
      'added pref64 64:ff9b::0.0.0.0/96',
      'updated search Example.COM',
      'removed dns 2001:db8::54',
      'removed dns 2001:db8::53',
      'removed pref64 64:ff9b::0.0.0.0/96',
      'complete',
    ]);
  });

  it('is of one interface, and goes with it', () => {
    const { node } = learning();
    for (const link of [a, b]) node.learned.hear(link, r1, servers(60, '2001:db8::53'));
    node.interfaces.remove(a);
    expect([node.learned.list(a).length, node.learned.list(b).length]).toEqual([0, 1]);
  });

  it('is bounded: what ends first goes, if that is not the new one (RFC 8106 §6.2)', () => {
    const { node } = learning({ learned: { perKind: 2, limit: 3 } });
    const present = () => node.learned.list().map(text);
    node.learned.hear(a, r1, servers(60, 'fd00::1'));
    node.learned.hear(a, r1, servers(90, 'fd00::2'));
    node.learned.hear(a, r1, servers(30, 'fd00::3'));
    expect(present()).toEqual(['dns fd00::1', 'dns fd00::2']);
    node.learned.hear(a, r1, servers(70, 'fd00::4'));
    expect(present()).toEqual(['dns fd00::2', 'dns fd00::4']);
    node.learned.hear(a, r1, { kind: 'searchList', domains: ['a.example', 'b.example'], lifetime: 60 });
    expect(present()).toEqual(['dns fd00::2', 'dns fd00::4', 'search a.example']);
  });
});
