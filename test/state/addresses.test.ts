import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Addresses, AddressFlag, type InterfaceAddress, isReady } from '../../src/state/addresses.ts';
import type { Change } from '../../src/state/store.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress, formatPrefix, writeAddress } from '../../src/wire/address.ts';
import { advance } from '../support/testbed.ts';

const { anycast, tentative, duplicated, detached, deprecated, temporary } = AddressFlag;

/** Adds `interface address/length` each. */
const withAddresses = (...entries: readonly (string | readonly [text: string, flags: number])[]): Addresses => {
  const addresses = new Addresses({ seed: 1, scheduler: new VirtualTimeScheduler() });
  for (const entry of entries) {
    const [text, flags] = typeof entry === 'string' ? [entry, 0] : entry;
    const [, index, address, length] = /^(\d+) ([^/]+)\/(\d+)$/.exec(text)!;
    addresses.add({
      interfaceIndex: Number(index),
      address: addressOf(address!),
      prefixLength: Number(length),
      flags,
    });
  }
  return addresses;
};

describe('Addresses', () => {
  it('keep an address with its on-link prefix', () => {
    const entry = withAddresses('2 fd00:a::1/64').find(2, addressOf('fd00:a::1'))!;
    expect([formatAddress(entry.address), formatPrefix(entry.prefix), entry.flags]).toEqual([
      'fd00:a::1',
      'fd00:a::/64',
      0,
    ]);
  });

  it('are found on their interface only', () => {
    const addresses = withAddresses('2 fd00:a::1/64', '2 10.0.0.1/24');
    expect([addresses.find(3, addressOf('fd00:a::1')), addresses.find(2, addressOf('fd00:a::2'))]).toEqual([
      undefined,
      undefined,
    ]);
    expect(addresses.find(2, addressOf('10.0.0.1'))?.interfaceIndex).toBe(2);
  });

  it('are ours whichever interface has them, link-local ones on their link', () => {
    const addresses = withAddresses('2 fd00:a::1/64', '2 fe80::1/64', '3 10.0.0.1/24');
    const own = (text: string, index: number): number | undefined =>
      addresses.own(addressOf(text), index)?.interfaceIndex;
    expect([own('fd00:a::1', 9), own('10.0.0.1', 9), own('fe80::1', 2), own('fe80::1', 3)]).toEqual([
      2,
      3,
      2,
      undefined,
    ]);
  });

  it('are listed, of one interface or all', () => {
    const addresses = withAddresses('2 fd00:a::1/64', '3 fd00:b::1/64');
    expect([addresses.list().length, addresses.list(3).map(({ address }) => formatAddress(address))]).toEqual([
      2,
      ['fd00:b::1'],
    ]);
  });

  it('change by verbs, and say so', () => {
    const addresses = new Addresses({ seed: 1, scheduler: new VirtualTimeScheduler() });
    const seen: string[] = [];
    addresses.changes$.subscribe({
      next: ({ type, value }: Change<InterfaceAddress>) =>
        seen.push(`${type} ${formatAddress(value.address)} ${value.flags}`),
      complete: () => seen.push('complete'),
    });
    const address = addressOf('fd00:a::1');
    addresses.add({ interfaceIndex: 2, address, prefixLength: 64, flags: tentative });
    addresses.mark(2, address, 0, tentative);
    addresses.mark(2, address, detached);
    addresses.mark(2, address, detached);
    addresses.mark(2, address, 0, tentative);
    addresses.mark(3, address, detached);
    expect([addresses.remove(2, address), addresses.remove(2, address)]).toEqual([true, false]);
    addresses.close();
    expect(seen).toEqual([
      'added fd00:a::1 2',
      'updated fd00:a::1 0',
      'updated fd00:a::1 8',
      'removed fd00:a::1 8',
      'complete',
    ]);
  });

  it('refuse what they have, and one too many', () => {
    const addresses = new Addresses({ limit: 2, seed: 1, scheduler: new VirtualTimeScheduler() });
    const add = (interfaceIndex: number): InterfaceAddress =>
      addresses.add({ interfaceIndex, address: addressOf('fe80::1'), prefixLength: 64 });
    add(2);
    expect(() => add(2)).toThrow('umigame: interface 2 has the address fe80::1 already');
    add(3);
    expect(() => add(4)).toThrow('umigame: no more than 2 addresses');
  });

  it('know which flags keep an address from receiving', () => {
    const entry = {
      interfaceIndex: 2,
      address: addressOf('fd00::1'),
      prefix: { address: addressOf('fd00::'), length: 64 },
      preferredUntil: Number.POSITIVE_INFINITY,
      validUntil: Number.POSITIVE_INFINITY,
    };
    const ready = Object.entries(AddressFlag)
      .filter(([, flags]) => isReady({ ...entry, flags }))
      .map(([name]) => name);
    expect(ready).toEqual([
      'anycast',
      'detached',
      'deprecated',
      'noDetection',
      'autoconfigured',
      'temporary',
      'optimistic',
    ]);
  });
});

describe('link-local addresses in packets', () => {
  const view = new DataView(new ArrayBuffer(16));
  const stateOf = (addresses: Addresses, index: number, text: string): string => {
    writeAddress(view, 0, addressOf(text));
    return addresses.linkLocalAt(index, view, 0);
  };

  it('are known by interface', () => {
    const addresses = withAddresses('2 fe80::1/64', ['3 fe80::2/64', tentative], '2 fd00:a::1/64');
    expect([
      stateOf(addresses, 2, 'fe80::1'),
      stateOf(addresses, 3, 'fe80::1'),
      stateOf(addresses, 3, 'fe80::2'),
      stateOf(addresses, 2, 'fd00:a::1'),
    ]).toEqual(['ready', 'absent', 'unready', 'absent']);
  });

  it('follow every change', () => {
    const addresses = withAddresses(['2 fe80::1/64', tentative]);
    const address = addressOf('fe80::1');
    const states = [stateOf(addresses, 2, 'fe80::1')];
    addresses.mark(2, address, 0, tentative);
    states.push(stateOf(addresses, 2, 'fe80::1'));
    addresses.mark(2, address, duplicated);
    states.push(stateOf(addresses, 2, 'fe80::1'));
    addresses.remove(2, address);
    states.push(stateOf(addresses, 2, 'fe80::1'));
    addresses.add({ interfaceIndex: 2, address, prefixLength: 64 });
    states.push(stateOf(addresses, 2, 'fe80::1'));
    expect(states).toEqual(['unready', 'ready', 'unready', 'absent', 'ready']);
  });
});

describe('sourceFor', () => {
  it.each<readonly [string, readonly (string | readonly [string, number])[], string, string | undefined]>([
    ['nothing without an address', [], '2001:db8::9', undefined],
    ['nothing of the other family', ['2 10.0.0.1/24'], '2001:db8::9', undefined],
    ['an address of the interface (rule 5)', ['3 2001:db8::1/64', '2 fd00::1/64'], '2001:db8::9', 'fd00::1'],
    [
      'an address of another interface if there is none on it',
      ['3 2001:db8::1/64', '2 fe80::1/64'],
      '2001:db8::9',
      '2001:db8::1',
    ],
    ['never a link-local address of another link', ['3 fe80::3/64'], 'fe80::9', undefined],
    ['a global address for a global one (rule 2)', ['2 fe80::1/64', '2 fd00::1/64'], '2001:db8::9', 'fd00::1'],
    ['a link-local address for a link-local one (rule 2)', ['2 fd00::1/64', '2 fe80::1/64'], 'fe80::9', 'fe80::1'],
    ['a link-local address for a link-local group', ['2 fd00::1/64', '2 fe80::1/64'], 'ff02::1', 'fe80::1'],
    ['a global address for a global group', ['2 fe80::1/64', '2 fd00::1/64'], 'ff0e::1', 'fd00::1'],
    ['a global address for a link-local one, if there is no other', ['2 fd00::1/64'], 'fe80::9', 'fd00::1'],
    ['one not deprecated (rule 3)', [['2 2001:db8::1/64', deprecated], '2 fd00::1/64'], '2001:db8::9', 'fd00::1'],
    ['a deprecated one if there is no other', [['2 2001:db8::1/64', deprecated]], '2001:db8::9', '2001:db8::1'],
    [
      'scope before deprecation (rule 2 before 3)',
      [['2 fd00::1/64', deprecated], '2 fe80::1/64'],
      '2001:db8::9',
      'fd00::1',
    ],
    [
      'deprecation before the interface (rule 3 before 5)',
      [['2 fd00::1/64', deprecated], '3 fd00:b::1/64'],
      '2001:db8::9',
      'fd00:b::1',
    ],
    [
      'the longest common prefix (rule 8)',
      ['2 2001:db8:1::1/64', '2 2001:db8:2::1/64', '2 fd00::1/64'],
      '2001:db8:2::9',
      '2001:db8:2::1',
    ],
    ['the first of equals', ['2 fd00::1/64', '2 fd00::2/64'], '2001:db8::9', 'fd00::1'],
    ['no anycast address', [['2 2001:db8::1/64', anycast], '2 fd00::1/64'], '2001:db8::9', 'fd00::1'],
    ['no tentative address', [['2 2001:db8::1/64', tentative], '2 fd00::1/64'], '2001:db8::9', 'fd00::1'],
    ['no duplicated address', [['2 2001:db8::1/64', duplicated], '2 fd00::1/64'], '2001:db8::9', 'fd00::1'],
    ["no detached address (INET'99 §3.4)", [['2 2001:db8::1/64', detached], '2 fd00::1/64'], '2001:db8::9', 'fd00::1'],
    [
      'nothing, if all of them are such',
      [
        ['2 fd00::1/64', anycast],
        ['2 fd00::2/64', detached],
      ],
      '2001:db8::9',
      undefined,
    ],
    ['a temporary address too', [['2 2001:db8::1/64', temporary]], '2001:db8::9', '2001:db8::1'],
    ['an IPv4 address', ['2 10.0.0.1/24', '3 10.0.1.1/24'], '8.8.8.8', '10.0.0.1'],
    [
      'an IPv4 link-local address for a link-local one',
      ['2 10.0.0.1/24', '2 169.254.0.1/16'],
      '169.254.9.9',
      '169.254.0.1',
    ],
  ])('%s', (_name, entries, destination, expected) => {
    const source = withAddresses(...entries).sourceFor(addressOf(destination), 2);
    expect(source && formatAddress(source.address)).toBe(expected);
  });
});

describe('lifetimes', () => {
  const lived = () => {
    const clock = new VirtualTimeScheduler();
    const addresses = new Addresses({ seed: 1, scheduler: clock, limit: 2 });
    const seen: string[] = [];
    addresses.changes$.subscribe(({ type, value }) => {
      seen.push(`${clock.frame} ${type}${(value.flags & deprecated) !== 0 ? ' deprecated' : ''}`);
    });
    const address = addressOf('fd00::1');
    const add = (preferredUntil: number, validUntil: number, flags = 0) =>
      addresses.add({ interfaceIndex: 2, address, prefixLength: 64, flags, preferredUntil, validUntil });
    const set = (preferredUntil: number, validUntil: number) =>
      addresses.setLifetimes(2, address, { preferredUntil, validUntil });
    return { clock, addresses, seen, add, set, pass: (milliseconds: number) => advance(clock, milliseconds) };
  };

  it('end by themselves: an address is deprecated, then it goes (RFC 4862 §5.5.4)', () => {
    const { add, pass, seen } = lived();
    add(1_000, 2_000);
    pass(5_000);
    expect(seen).toEqual(['0 added', '1000 updated deprecated', '2000 removed deprecated']);
  });

  it('are without end if none is said', () => {
    const { addresses, pass } = lived();
    const entry = addresses.add({ interfaceIndex: 2, address: addressOf('fd00::1'), prefixLength: 64 });
    expect([entry.preferredUntil, entry.validUntil]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    pass(1e12);
    expect(addresses.list()).toHaveLength(1);
  });

  it('can be prolonged: who was deprecated is so no longer', () => {
    const { add, set, pass, seen } = lived();
    add(1_000, 9_000);
    pass(1_500);
    set(3_000, 4_000);
    pass(5_000);
    expect(seen.slice(2)).toEqual(['1500 updated', '3000 updated deprecated', '4000 removed deprecated']);
  });

  it('can be cut short', () => {
    const { add, set, pass, seen } = lived();
    add(5_000, 9_000);
    set(0, 2_000);
    pass(3_000);
    expect(seen).toEqual(['0 added', '0 updated deprecated', '2000 removed deprecated']);
  });

  it('of 0 end at once', () => {
    const { add, set, addresses, seen } = lived();
    add(0, 9_000);
    set(0, 0);
    expect(seen).toEqual(['0 added deprecated', '0 removed deprecated']);
    set(1, 1);
    expect(addresses.list()).toEqual([]);
  });

  it('of an address that is removed do not outlive it', () => {
    const { add, addresses, pass, seen } = lived();
    add(1_000, 2_000);
    addresses.remove(2, addressOf('fd00::1'));
    add(3_000, 4_000);
    pass(2_500);
    expect(seen).toEqual(['0 added', '0 removed', '0 added']);
  });

  it('keep other flags as they are', () => {
    const { add, addresses, pass } = lived();
    add(1_000, 9_000, temporary | detached);
    pass(1_000);
    expect(addresses.list()[0]?.flags).toBe(temporary | detached | deprecated);
  });
});

it('optimistic addresses receive while they are tentative (RFC 4429), unless they are duplicated', () => {
  const ready = (flags: number): boolean => {
    const addresses = withAddresses(['2 fd00::1/64', flags]);
    return isReady(addresses.list()[0] as InterfaceAddress);
  };
  const { optimistic } = AddressFlag;
  expect([tentative, tentative | optimistic, tentative | optimistic | duplicated, optimistic].map(ready)).toEqual([
    false,
    true,
    false,
    true,
  ]);
});
