import { describe, expect, it } from 'vitest';
import { Drop, dropCount, dropNames, dropReasons } from '../../src/packet/index.ts';
import { Counter, Counters, counterNames } from '../../src/state/counters.ts';

describe('Counters', () => {
  it('count by interface, version and name', () => {
    const counters = new Counters(4);
    counters.add(2, 6, Counter.inForwDatagrams);
    counters.add(2, 4, Counter.inForwDatagrams, 10);
    counters.add(2, 0, Counter.inForwDatagrams, 100);
    counters.add(3, 6, Counter.inForwDatagrams, 1_000);
    const get = (family?: 0 | 4 | 6): number => counters.get(2, 'inForwDatagrams', family);
    expect([get(6), get(4), get(0), get()]).toEqual([1, 10, 100, 111]);
    expect([counters.total('inForwDatagrams'), counters.total('inForwDatagrams', 6)]).toEqual([1_111, 1_001]);
    expect(counters.get(2, 'inDelivers')).toBe(0);
  });

  it('keep every cell apart', () => {
    const counters = new Counters(3);
    const cells: [number, 0 | 4 | 6, (typeof counterNames)[number], number][] = [];
    for (const index of [0, 1, 2, 3]) {
      for (const family of [0, 4, 6] as const) {
        for (const name of counterNames) cells.push([index, family, name, cells.length + 1]);
      }
    }
    for (const [index, family, name, value] of cells) counters.add(index, family, Counter[name], value);
    for (const [index, family, name, value] of cells) expect(counters.get(index, name, family)).toBe(value);
  });

  it('count what a packet has been through', () => {
    const counters = new Counters(4);
    counters.received(2, 6, 100);
    counters.received(2, 4, 50);
    counters.received(2, 0, 3);
    counters.originated(0, 6);
    counters.copied(3);
    counters.forwarded(2, 3, 6);
    counters.sent(3, 6, 100);
    counters.routed(3, 6);
    counters.sent(3, 6, 48);
    counters.delivered(2, 4);
    counters.refused(2, 0, Drop.unknownVersion);
    counters.merged(2);
    expect(counters.balance()).toEqual({
      received: 3,
      originated: 1,
      copied: 3,
      sent: 2,
      delivered: 1,
      refused: 1,
      merged: 2,
      held: 1,
    });
    const rows: [(typeof counterNames)[number], number, number][] = [
      ['inReceives', 2, 3],
      ['inOctets', 2, 153],
      ['outRequests', 0, 0],
      ['outRequests', 3, 1],
      ['inForwDatagrams', 2, 1],
      ['outForwDatagrams', 3, 1],
      ['outTransmits', 3, 2],
      ['outOctets', 3, 148],
      ['inDelivers', 2, 1],
      ['inHdrErrors', 2, 1],
    ];
    for (const [name, index, value] of rows) expect([name, counters.get(index, name)]).toEqual([name, value]);
  });

  const reasons = dropNames.slice(1).map((name, index) => [name, index + 1] as const);

  it.each(reasons)('raise the counter of %s and its own', (name, code) => {
    const counters = new Counters(4);
    counters.refused(3, 6, code, 2);
    counters.refused(3, 6, code, 2);
    const { counter } = dropReasons[code]!;
    const at = counter.startsWith('out') ? 2 : 3;
    expect([...counters.refusals(at)]).toEqual([[name, 2]]);
    expect(counters.refusals(5 - at).size).toBe(0);
    expect([counters.get(at, counter, 6), counters.total(counter)]).toEqual([2, 2]);
    expect(counters.balance().refused).toBe(2);
  });

  describe('refused', () => {
    /** The counters that are not 0, each with the interface that it counts at. */
    const raised = (refuse: (counters: Counters) => void): string[] => {
      const counters = new Counters(4);
      refuse(counters);
      return counterNames.flatMap((name) =>
        [0, 1, 2, 3, 4].flatMap((index) => (counters.get(index, name) === 1 ? [`${name} ${index}`] : [])),
      );
    };

    it.each([
      ['a bad header, from a wire', Drop.badHeaderLength, 2, 0, ['inHdrErrors 2']],
      ['no hops left, on the way to 3', Drop.hopLimitExceeded, 2, 3, ['inHdrErrors 2']],
      ['beyond its scope, on the way to 3', Drop.beyondScope, 2, 3, ['inAddrErrors 2']],
      ['no route: it was to be forwarded (RFC 4293)', Drop.noRoute, 2, 0, ['inNoRoutes 2', 'inForwDatagrams 2']],
      ['no route for our own', Drop.noRoute, 0, 0, ['outNoRoutes 0']],
      ['a black hole for our own', Drop.blackhole, 0, 3, ['outDiscards 3']],
      ['our own, to a tentative address', Drop.unready, 0, 0, ['outDiscards 0']],
      ['a full device', Drop.deviceFull, 2, 3, ['outDiscards 3']],
      ['a full device, our own', Drop.deviceFull, 0, 3, ['outDiscards 3']],
      ['no slab for an answer: it was not to leave', Drop.noBuffer, 2, 0, ['inDiscards 2']],
      ['no slab for a fragment: it was to leave', Drop.noBuffer, 2, 3, ['outDiscards 3']],
      ['too big: it would have to be cut (RFC 4293)', Drop.packetTooBig, 2, 3, ['outFragReqds 3', 'outFragFails 3']],
      ['too big, our own', Drop.packetTooBig, 0, 3, ['outFragReqds 3', 'outFragFails 3']],
    ])('counts %s', (_, drop, inInterface, outInterface, expected) => {
      expect(raised((counters) => counters.refused(inInterface, 6, drop, outInterface))).toEqual(expected);
    });

    it('keeps reasons apart by IP version and interface', () => {
      const counters = new Counters(4);
      counters.refused(2, 6, Drop.noRoute);
      counters.refused(2, 4, Drop.noRoute);
      counters.refused(3, 4, Drop.noRoute);
      counters.refused(2, 0, Drop.unknownVersion);
      const of = (index?: number, family?: 0 | 4 | 6): object => Object.fromEntries(counters.refusals(index, family));
      expect([of(2, 6), of(2, 4), of(2, 0), of(3, 6)]).toEqual([
        { noRoute: 1 },
        { noRoute: 1 },
        { unknownVersion: 1 },
        {},
      ]);
      expect([of(undefined, 4), of(2), of()]).toEqual([
        { noRoute: 2 },
        { unknownVersion: 1, noRoute: 2 },
        { unknownVersion: 1, noRoute: 3 },
      ]);
    });
  });

  it('sum refusals over interfaces, in the order of the reasons', () => {
    const counters = new Counters(4);
    counters.refused(3, 6, Drop.noRoute);
    counters.refused(2, 4, Drop.noRoute);
    counters.refused(0, 0, Drop.empty);
    expect([...counters.refusals()]).toEqual([
      ['empty', 1],
      ['noRoute', 2],
    ]);
    expect(dropCount).toBeGreaterThan(Drop.noRoute);
  });

  it('are exact beyond 32 bits', () => {
    const counters = new Counters(2);
    counters.received(1, 6, 2 ** 40);
    counters.received(1, 6, 1);
    expect(counters.get(1, 'inOctets')).toBe(2 ** 40 + 1);
  });

  it('ignore an interface beyond their limit instead of throwing', () => {
    const counters = new Counters(2);
    counters.refused(99, 6, Drop.noRoute);
    expect([counters.refusals().size, counters.balance().refused]).toEqual([0, 1]);
  });
});
