import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Route, RouteFlag, type RouteSpec, Routes } from '../../src/state/routes.ts';
import {
  formatAddress,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  parseAddress,
  parsePrefix,
} from '../../src/wire/address.ts';
import { bytesOf, clusteredAddress, clusteredPrefix, edgesOf, LinearTable } from './routes/model.ts';

const prefix = (text: string): IpPrefix => parsePrefix(text)!;
const at = (text: string): IpAddress => parseAddress(text)!;
const rowFor = ({ table }: Routes, address: IpAddress): number => {
  const view = bytesOf(address);
  return address.family === 6 ? table.lookup6(view, 0) : table.lookup4(view, 0);
};
const spec = (to: string, interfaceIndex: number, more: Partial<RouteSpec> = {}): RouteSpec => ({
  to: prefix(to),
  interfaceIndex,
  ...more,
});

describe('Routes', () => {
  it('leads packets by the longest prefix, to interface, next hop and flags', () => {
    const routes = new Routes();
    routes.add(spec('::/0', 2, { via: at('fe80::1') }));
    routes.add(spec('2001:db8::/32', 3, { flags: RouteFlag.connected }));
    routes.add(spec('2001:db8::1/128', 1, { flags: RouteFlag.loopback }));
    routes.add(spec('2001:db8:dead::/48', 0, { flags: RouteFlag.reject }));
    routes.add(spec('0.0.0.0/0', 2, { via: at('192.0.2.1') }));
    const { table } = routes;
    const look = (text: string): unknown[] => {
      const row = rowFor(routes, at(text));
      return [table.outInterface[row], table.flags[row], ...table.nextHop.subarray(row * 4, row * 4 + 4)];
    };
    expect(look('2001:db9::1')).toEqual([2, RouteFlag.gateway, 0xfe800000 | 0, 0, 0, 1]);
    expect(look('2001:db8::2')).toEqual([3, RouteFlag.connected, 0, 0, 0, 0]);
    expect(look('2001:db8::1')).toEqual([1, RouteFlag.host | RouteFlag.loopback, 0, 0, 0, 0]);
    expect(look('2001:db8:dead:beef::')).toEqual([0, RouteFlag.reject, 0, 0, 0, 0]);
    expect(look('198.51.100.7')).toEqual([2, RouteFlag.gateway, 0xc0000201 | 0, 0, 0, 0]);
  });

  it('says 0 where no route leads', () => {
    const routes = new Routes();
    routes.add(spec('10.0.0.0/8', 2));
    expect(rowFor(routes, at('11.0.0.1'))).toBe(0);
    expect(rowFor(routes, at('::a00:1'))).toBe(0);
    expect(routes.lookup(at('11.0.0.1'))).toBeUndefined();
    expect([routes.table.flags[0], routes.table.outInterface[0], routes.table.nextHop[0]]).toEqual([0, 0, 0]);
  });

  it('reads addresses where they are in a packet', () => {
    const routes = new Routes();
    const row = routes.add(spec('2001:db8::1/128', 1)).row;
    const view = new DataView(new ArrayBuffer(64));
    const bytes = new Uint8Array(view.buffer);
    bytes.set(new Uint8Array(bytesOf(at('2001:db8::1')).buffer), 27);
    expect(routes.table.lookup6(view, 27)).toBe(row);
    expect(routes.table.lookup6(view, 26)).toBe(0);
  });

  it('describes routes as they are written, with the bits behind the prefix cleared', () => {
    const routes = new Routes();
    const added = routes.add({ to: { address: at('2001:db8::1'), length: 32 }, interfaceIndex: 2, via: at('::') });
    expect(added).toEqual({
      to: prefix('2001:db8::/32'),
      interfaceIndex: 2,
      via: undefined,
      metric: 0,
      flags: 0,
      row: added.row,
      active: true,
    });
    expect(routes.get(prefix('2001:db8::/32'))).toEqual(added);
    expect(routes.get(prefix('2001:db8::/33'))).toBeUndefined();
    expect(routes.lookup(at('2001:db8:ffff::'))).toEqual(added);
  });

  describe('with several routes to a prefix', () => {
    const three = (): Routes => {
      const routes = new Routes();
      for (const metric of [20, 10, 30]) routes.add(spec('10.0.0.0/8', metric, { metric }));
      return routes;
    };
    const inUse = (routes: Routes): number | undefined => routes.table.outInterface[rowFor(routes, at('10.1.1.1'))];

    it('uses the lowest metric, and promotes the next when it goes', () => {
      const routes = three();
      const seen = [inUse(routes)];
      while (routes.delete(prefix('10.0.0.0/8'))) seen.push(inUse(routes));
      expect(seen).toEqual([10, 20, 30, 0]);
      expect(routes.size).toBe(0);
    });

    it('deletes the one that the matcher picks', () => {
      const routes = three();
      expect(routes.delete(prefix('10.0.0.0/8'), (route) => route.interfaceIndex === 20)).toBe(true);
      expect(routes.delete(prefix('10.0.0.0/8'), (route) => route.interfaceIndex === 20)).toBe(false);
      expect([...routes.walk()].map(({ metric, active }) => [metric, active])).toEqual([
        [10, true],
        [30, false],
      ]);
    });

    it('keeps the first of equal metric in use, and lets the others wait', () => {
      const routes = new Routes();
      for (const via of ['10.0.0.1', '10.0.0.2']) routes.add(spec('192.0.2.0/24', 2, { via: at(via) }));
      routes.add(spec('192.0.2.0/24', 3));
      expect(routes.get(prefix('192.0.2.0/24'))?.via).toEqual(at('10.0.0.1'));
      routes.delete(prefix('192.0.2.0/24'));
      expect(routes.get(prefix('192.0.2.0/24'))?.via).toEqual(at('10.0.0.2'));
      expect(routes.size).toBe(2);
    });

    it('replaces the route with the same metric only', () => {
      const routes = three();
      routes.replace(spec('10.0.0.0/8', 99, { metric: 30 }));
      expect(inUse(routes)).toBe(10);
      routes.replace(spec('10.0.0.0/8', 98, { metric: 10 }));
      expect(inUse(routes)).toBe(98);
      routes.replace(spec('10.0.0.0/8', 97, { metric: 5 }));
      expect([...routes.walk()].map(({ interfaceIndex }) => interfaceIndex)).toEqual([97, 98, 20, 99]);
    });
  });

  it('walks IPv4 first, then by address, shorter prefixes first, and may delete as it goes', () => {
    const routes = new Routes();
    for (const to of ['2001:db8::/48', '::/0', '10.0.0.0/8', '2001:db8::/32', '10.0.0.0/16']) routes.add(spec(to, 2));
    const walk = (family?: 4 | 6): string[] => [...routes.walk(family)].map(({ to }) => formatPrefix(to));
    expect(walk()).toEqual(['10.0.0.0/8', '10.0.0.0/16', '::/0', '2001:db8::/32', '2001:db8::/48']);
    expect(walk(6)).toEqual(['::/0', '2001:db8::/32', '2001:db8::/48']);
    const from = (text: string, family?: 4 | 6): string[] =>
      [...routes.walk(family, prefix(text))].map(({ to }) => formatPrefix(to));
    expect(from('10.0.0.0/16')).toEqual(['10.0.0.0/16', '::/0', '2001:db8::/32', '2001:db8::/48']);
    expect(from('2001:db8::/40')).toEqual(['2001:db8::/48']);
    expect([from('::/0', 4), from('10.0.0.0/9', 4)]).toEqual([[], ['10.0.0.0/16']]);
    for (const route of routes.walk()) routes.delete(route.to);
    expect(walk()).toEqual([]);
  });

  it('shares a row between routes that go the same way, but not between hosts', () => {
    const routes = new Routes();
    const [a, b, c] = ['2001:db8:1::/48', '2001:db8:2::/48', '10.0.0.0/8'].map((to) => routes.add(spec(to, 2)).row);
    expect([b, c]).toEqual([a, a]);
    const [d, e] = ['2001:db8::1/128', '2001:db8::2/128'].map((to) => routes.add(spec(to, 1)).row);
    expect(d).not.toBe(e);
  });

  it('flags a host route in place, and tells', () => {
    const routes = new Routes();
    const { row } = routes.add(spec('2001:db8::1/128', 1, { flags: RouteFlag.loopback }));
    const told: [string, number][] = [];
    routes.changes$.subscribe(({ type, value }) => told.push([type, value.flags]));
    routes.setFlags(row, RouteFlag.unready);
    routes.setFlags(row, RouteFlag.unready);
    expect(routes.table.flags[row]).toBe(RouteFlag.host | RouteFlag.loopback | RouteFlag.unready);
    routes.clearFlags(row, RouteFlag.unready);
    expect(routes.get(prefix('2001:db8::1/128'))?.flags).toBe(RouteFlag.host | RouteFlag.loopback);
    expect(told).toEqual([
      ['updated', RouteFlag.host | RouteFlag.loopback | RouteFlag.unready],
      ['updated', RouteFlag.host | RouteFlag.loopback],
    ]);
  });

  it('tells every change in order, with what became of the routes behind', () => {
    const routes = new Routes();
    const told: string[] = [];
    let completed = false;
    routes.changes$.subscribe({
      next: ({ type, value: { to, metric, active } }: { type: string; value: Route }) =>
        told.push(`${type} ${formatPrefix(to)} metric ${metric}${active ? '' : ' waiting'}`),
      complete: () => {
        completed = true;
      },
    });
    routes.add(spec('10.0.0.0/8', 2, { metric: 5 }));
    routes.add(spec('10.0.0.0/8', 3, { metric: 1 }));
    routes.add(spec('10.0.0.0/8', 4, { metric: 9 }));
    routes.replace(spec('10.0.0.0/8', 6, { metric: 9 }));
    routes.delete(prefix('10.0.0.0/8'));
    routes.delete(prefix('11.0.0.0/8'));
    routes.close();
    expect(told).toEqual([
      'added 10.0.0.0/8 metric 5',
      'added 10.0.0.0/8 metric 1',
      'updated 10.0.0.0/8 metric 5 waiting',
      'added 10.0.0.0/8 metric 9 waiting',
      'updated 10.0.0.0/8 metric 9 waiting',
      'removed 10.0.0.0/8 metric 1',
      'updated 10.0.0.0/8 metric 5',
    ]);
    expect(completed).toBe(true);
  });

  it('lets a watcher change routes while it is told', () => {
    const routes = new Routes();
    routes.changes$.subscribe(({ type, value }) => {
      if (type === 'added' && value.metric === 1) routes.delete(value.to, ({ metric }) => metric === 5);
    });
    routes.add(spec('10.0.0.0/8', 2, { metric: 5 }));
    routes.add(spec('10.0.0.0/8', 3, { metric: 1 }));
    expect([...routes.walk()].map(({ metric }) => metric)).toEqual([1]);
  });

  describe('refuses', () => {
    const refusals: [string, () => unknown, RegExp][] = [
      [
        'a route that exists',
        () => {
          const routes = new Routes();
          for (let i = 0; i < 2; i += 1) routes.add(spec('10.0.0.0/8', 2, { via: at('10.0.0.1'), metric: 7 }));
        },
        /a route to 10\.0\.0\.0\/8 by interface 2 via 10\.0\.0\.1 with metric 7 exists already/,
      ],
      [
        'more routes than the limit, for each family',
        () => {
          const routes = new Routes({ limit: 2 });
          for (const to of ['10.0.0.0/8', '11.0.0.0/8', '::/0', '2001:db8::/32', '12.0.0.0/8']) routes.add(spec(to, 2));
        },
        /holds 2 IPv4 routes already; raise its limit/,
      ],
      [
        'a prefix too long',
        () => new Routes().add({ to: { address: at('10.0.0.0'), length: 33 }, interfaceIndex: 1 }),
        /prefix length 33; allowed: 0 to 32/,
      ],
      [
        'a metric out of range',
        () => new Routes().add(spec('::/0', 1, { metric: -1 })),
        /metric -1; allowed: 0 to 4294967295/,
      ],
      [
        'a next hop of the other family',
        () => new Routes().add(spec('::/0', 1, { via: at('10.0.0.1') })),
        /next hop of the other family, 10\.0\.0\.1/,
      ],
      [
        'no interface, unless it refuses packets',
        () => new Routes().add(spec('::/0', 0)),
        /interface 0; allowed: 1 to 65535/,
      ],
      [
        'to flag a row that routes share',
        () => {
          const routes = new Routes();
          routes.setFlags(routes.add(spec('10.0.0.0/8', 2)).row, RouteFlag.unready);
        },
        /does not belong to one host route/,
      ],
    ];
    it.each(refusals)('%s', (_name, attempt, sentence) => {
      expect(attempt).toThrow(RangeError);
      expect(attempt).toThrow(sentence);
    });

    it('and stays as it was', () => {
      const routes = new Routes({ limit: 1 });
      const first = routes.add(spec('10.0.0.0/8', 2));
      expect(() => routes.add(spec('10.1.0.0/16', 3))).toThrow();
      expect(() => routes.add(spec('10.0.0.0/8', 2))).toThrow();
      expect([...routes.walk()]).toEqual([first]);
      expect(rowFor(routes, at('10.1.0.1'))).toBe(first.row);
      routes.delete(first.to);
      routes.add(spec('10.1.0.0/16', 3));
      expect(routes.size).toBe(1);
    });
  });

  it('finds the same routes as a linear table, and leaves no row behind', () => {
    const family = fc.constantFrom<4 | 6>(4, 6);
    const change = family.chain((each) =>
      fc.record({
        to: clusteredPrefix(each),
        verb: fc.constantFrom('replace', 'delete'),
        interfaceIndex: fc.integer({ min: 1, max: 4 }),
      }),
    );
    const addresses = fc.array(family.chain(clusteredAddress));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 50 }), addresses, (changes, anywhere) => {
        const routes = new Routes();
        const linear = new LinearTable();
        for (const { to, verb, interfaceIndex } of changes) {
          if (verb === 'replace') {
            routes.replace({ to, interfaceIndex });
            linear.set(to, interfaceIndex);
          } else expect(routes.delete(to)).toBe(linear.delete(to) !== 0);
        }
        expect(routes.size).toBe(linear.size);
        for (const address of [...anywhere, ...changes.flatMap(({ to }) => edgesOf(to))]) {
          const expected = linear.lookup(address);
          const found = routes.table.outInterface[rowFor(routes, address)];
          expect(`${formatAddress(address)} ${found}`).toBe(`${formatAddress(address)} ${expected}`);
          expect(routes.lookup(address)?.interfaceIndex ?? 0).toBe(expected);
        }
        for (const { to } of changes) routes.delete(to);
        expect(routes.size).toBe(0);
        expect(routes.add({ to: prefix('::/0'), interfaceIndex: 9 }).row).toBeLessThanOrEqual(changes.length + 1);
      }),
    );
  });
});
