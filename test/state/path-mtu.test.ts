import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type PathMtu, type PathMtuOptions, PathMtus, pathMtuDefaults } from '../../src/state/path-mtu.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress, writeAddress } from '../../src/wire/address.ts';

const view = new DataView(new ArrayBuffer(16));
const write = (text: string): DataView => {
  writeAddress(view, 0, addressOf(text));
  return view;
};

const store = (options: PathMtuOptions = {}) => {
  const clock = new VirtualTimeScheduler();
  const paths = new PathMtus({ scheduler: clock, seed: 7 }, options);
  const changes: string[] = [];
  paths.changes$.subscribe(({ type, value }) => changes.push(`${type} ${show(value)}`));
  return {
    clock,
    paths,
    changes,
    learn: (to: string, mtu: number, zone = 2): boolean =>
      to.includes(':') ? paths.learn6(write(to), 0, zone, mtu) : paths.learn4(write(to), 0, mtu),
    ask: (to: string, link = 1500, zone = 2): number =>
      to.includes(':') ? paths.lookup6(write(to), 0, zone, link) : paths.lookup4(write(to), 0, link),
    /** Time passes and what is due is done. */
    pass: (milliseconds: number): void => {
      const until = clock.frame + milliseconds;
      clock.maxFrames = until;
      clock.flush();
      clock.frame = until;
    },
  };
};

const show = ({ destination, interfaceIndex, mtu }: PathMtu): string =>
  `${formatAddress(destination)}${interfaceIndex === 0 ? '' : `%${interfaceIndex}`} ${mtu}`;

describe('what a path carries', () => {
  it.each([
    ['unknown', 1500, undefined],
    ['less than its first link', 1400, 1400],
    ['as much as its first link', 1500, 1500],
    ['more than its first link', 1500, 9000],
  ])('%s', (_name, expected, learnt) => {
    const { learn, ask } = store();
    if (learnt !== undefined) learn('2001:db8::1', learnt);
    expect(ask('2001:db8::1')).toBe(expected);
  });

  it('is told for each destination apart', () => {
    const { learn, ask } = store();
    learn('2001:db8::1', 1400);
    learn('192.0.2.1', 1300);
    expect(['2001:db8::1', '2001:db8::2', '192.0.2.1', '192.0.2.2'].map((to) => ask(to))).toEqual([
      1400, 1500, 1300, 1500,
    ]);
  });

  it('does not take an IPv4 destination for an IPv6 one', () => {
    const { learn, ask } = store();
    learn('0.0.0.2', 1400);
    learn('0:2::', 1300);
    expect([ask('0.0.0.2'), ask('0:2::'), ask('0.2.0.0')]).toEqual([1400, 1300, 1500]);
  });

  it('is told for each link apart when the destination means something on its link only (RFC 4007 §6)', () => {
    const { learn, ask } = store();
    for (const to of ['fe80::1', 'ff02::1', '2001:db8::1', 'ff0e::1']) learn(to, 1400, 2);
    const on = (zone: number): number[] =>
      ['fe80::1', 'ff02::1', '2001:db8::1', 'ff0e::1'].map((to) => ask(to, 1500, zone));
    expect(on(2)).toEqual([1400, 1400, 1400, 1400]);
    expect(on(3)).toEqual([1500, 1500, 1400, 1400]);
  });
});

describe('a message', () => {
  it.each([
    // RFC 8201 §4
    ['below the minimum of IPv6 is discarded', '2001:db8::1', [1279], 1500],
    ['of nothing is discarded', '2001:db8::1', [0], 1500],
    ['of the minimum is taken', '2001:db8::1', [1280], 1280],
    ['lowers what is known', '2001:db8::1', [1400, 1300], 1300],
    ['never raises what is known', '2001:db8::1', [1300, 1400], 1300],
    ['about a group keeps the smallest of its paths', 'ff0e::1', [1400, 1300, 1350], 1300],
    // RFC 1191 §3; RFC 791 §3.1
    ['below the minimum of IPv4 is taken for the minimum', '192.0.2.1', [100], 576],
    ['of an IPv4 MTU is taken', '192.0.2.1', [1006], 1006],
  ])('%s', (_name, to, mtus, expected) => {
    const { learn, ask } = store();
    for (const mtu of mtus) learn(to, mtu);
    expect(ask(to)).toBe(expected);
  });

  it('says whether it lowered anything', () => {
    const { learn } = store();
    expect([1279, 1400, 1400, 1450, 1399].map((mtu) => learn('2001:db8::1', mtu))).toEqual([
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  it('can say less than 576 when the option lets it', () => {
    const { learn, ask } = store({ minimum4: 68 });
    learn('192.0.2.1', 67);
    expect(ask('192.0.2.1')).toBe(68);
  });
});

describe('time', () => {
  it('gives the link MTU back after ten minutes (RFC 8201 §5.3)', () => {
    const { learn, ask, clock } = store();
    expect(pathMtuDefaults.lifetime).toBe(600_000);
    learn('2001:db8::1', 1400);
    clock.frame += 599_999;
    expect(ask('2001:db8::1')).toBe(1400);
    clock.frame += 1;
    expect(ask('2001:db8::1')).toBe(1500);
  });

  it.each([
    ['lower', 1300],
    ['equal', 1400],
    ['higher', 1450],
  ])('starts again with each message: %s (RFC 8201 §4)', (_name, mtu) => {
    const { learn, ask, clock } = store();
    learn('2001:db8::1', 1400);
    clock.frame += 500_000;
    learn('2001:db8::1', mtu);
    clock.frame += 599_999;
    expect(ask('2001:db8::1')).toBe(Math.min(1400, mtu));
    clock.frame += 1;
    expect(ask('2001:db8::1')).toBe(1500);
  });

  it('lets a message say more once what was known is too old, even if no timer has run', () => {
    const { learn, ask, clock } = store();
    learn('2001:db8::1', 1300);
    clock.frame += 600_000;
    expect([learn('2001:db8::1', 1400), ask('2001:db8::1')]).toEqual([true, 1400]);
  });

  it('makes room by itself', () => {
    const { learn, paths, pass, changes } = store();
    learn('2001:db8::1', 1400);
    pass(1_000);
    learn('2001:db8::2', 1400);
    learn('192.0.2.1', 1300);
    changes.length = 0;
    pass(599_000);
    expect(changes).toEqual(['removed 2001:db8::1 1400']);
    pass(1_000);
    expect(changes).toEqual(['removed 2001:db8::1 1400', 'removed 2001:db8::2 1400', 'removed 192.0.2.1 1300']);
    expect(paths.size).toBe(0);
  });
});

describe('the store', () => {
  it('tells what changes', () => {
    const { learn, changes } = store();
    learn('2001:db8::1', 1400);
    learn('2001:db8::1', 1450);
    learn('2001:db8::1', 1300);
    learn('fe80::1', 1300, 3);
    expect(changes).toEqual(['added 2001:db8::1 1400', 'updated 2001:db8::1 1300', 'added fe80::1%3 1300']);
  });

  it('forgets the destination without news for longest when it is full', () => {
    const { learn, paths, changes } = store({ destinations: 2 });
    learn('2001:db8::1', 1400);
    learn('2001:db8::2', 1400);
    learn('2001:db8::1', 1400);
    changes.length = 0;
    learn('2001:db8::3', 1400);
    expect(changes).toEqual(['removed 2001:db8::2 1400', 'added 2001:db8::3 1400']);
    expect(paths.list().map(show)).toEqual(['2001:db8::1 1400', '2001:db8::3 1400']);
  });

  it('forgets what it is told to forget', () => {
    const { learn, paths, ask, changes } = store();
    learn('fe80::1', 1400, 3);
    learn('192.0.2.1', 1400);
    changes.length = 0;
    expect(paths.forget(addressOf('fe80::1'), 2)).toBe(false);
    expect(paths.forget(addressOf('fe80::1'), 3)).toBe(true);
    expect(paths.forget(addressOf('192.0.2.1'))).toBe(true);
    expect(changes).toEqual(['removed fe80::1%3 1400', 'removed 192.0.2.1 1400']);
    expect(ask('fe80::1', 1500, 3)).toBe(1500);
  });

  it('is right while those who watch it ask it', () => {
    const { paths, learn, ask } = store({ destinations: 1 });
    const seen: number[] = [];
    paths.changes$.subscribe(() => seen.push(ask('2001:db8::2')));
    learn('2001:db8::1', 1400);
    learn('2001:db8::2', 1300);
    expect([seen, ask('2001:db8::2'), paths.list().map(show)]).toEqual([
      [1500, 1300, 1300],
      1300,
      ['2001:db8::2 1300'],
    ]);
  });

  it('has no timer left when it is closed', () => {
    const { paths, learn, clock } = store();
    learn('2001:db8::1', 1400);
    paths.close();
    expect(clock.actions.filter(({ closed }) => !closed)).toEqual([]);
  });

  it('stays bounded under a hundred thousand destinations', () => {
    const { paths, learn, ask } = store();
    for (let i = 0; i < 100_000; i += 1)
      learn(`2001:db8::${(i >>> 16).toString(16)}:${(i & 0xffff).toString(16)}`, 1300);
    expect(paths.size).toBe(pathMtuDefaults.destinations);
    expect([ask('2001:db8::1:869f'), ask('2001:db8::1')]).toEqual([1300, 1500]);
  });

  it('is never below the minimum, never raised by a message, never above the link', () => {
    const message = fc.record({
      to: fc.constantFrom('2001:db8::1', '2001:db8::2', 'fe80::1', 'ff0e::1', '192.0.2.1', '192.0.2.2'),
      mtu: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 0xffffffff })),
      wait: fc.integer({ min: 0, max: 200_000 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 40 }), (messages) => {
        const { learn, ask, paths, pass } = store({ destinations: 4 });
        for (const { to, mtu, wait } of messages) {
          pass(wait);
          const before = ask(to);
          learn(to, mtu);
          const after = ask(to);
          expect(after).toBeLessThanOrEqual(before);
          expect(after).toBeGreaterThanOrEqual(to.includes(':') ? 1280 : 576);
          expect(paths.size).toBeLessThanOrEqual(4);
        }
        pass(600_000);
        expect(paths.size).toBe(0);
      }),
    );
  });
});
