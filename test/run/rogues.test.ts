import { Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { advertisementPacket } from '../../src/operators/advertise/message.ts';
import { rogueAdvertisementsStep } from '../../src/operators/index.ts';
import type { Packet } from '../../src/packet/index.ts';
import { Rogues } from '../../src/run/rogues.ts';
import { addressOf, bytesIn } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import type { RouterAdvertisement } from '../../src/wire/router-advertisement.ts';
import { a, advance, b, p, received, testbed } from '../support/testbed.ts';

const said: RouterAdvertisement = {
  currentHopLimit: 64,
  managed: false,
  otherConfiguration: false,
  homeAgent: false,
  preference: 0,
  routerLifetime: 1_800,
  reachableTime: 0,
  retransTimer: 0,
  options: [],
};

const watched = (shape: object) => {
  const [config] = parseConfig({ interfaces: { uma: { device: 'tap', addresses: [], ...shape } } }).interfaces;
  return config!;
};

const watching = () => {
  const bed = testbed();
  const rogues = new Rogues();
  rogues.watch(a, watched({ rogueAdvertisements: 'report', routers: ['fe80::1'] }));
  rogues.watch(b, watched({ rogueAdvertisements: 'counter' }));
  rogues.watch(p, watched({}));
  const seen: string[] = [];
  rogues.rogues$.subscribe({
    next: ({ interfaceIndex, router, countered }) =>
      seen.push(`${interfaceIndex} ${formatAddress(router)} ${countered}`),
    complete: () => seen.push('end'),
  });
  const outbox = new Subject<Packet>();
  outbox.subscribe((packet) => packet.release());
  const step = rogueAdvertisementsStep(bed.node, outbox, rogues.options(bed.node).rogueAdvertisements!);
  const hear = (source: string, interfaceIndex: number): boolean => {
    const made = advertisementPacket(bed, said, {
      interfaceIndex,
      source: addressOf(source),
      destination: addressOf('ff02::1'),
    });
    const packet = received(bytesIn(made!), { inInterface: interfaceIndex });
    made!.release();
    step(packet);
    return packet.drop !== 0;
  };
  return { ...bed, rogues, seen, hear };
};

it('watches where the configuration says so, for all but the routers that it names', () => {
  const { rogues, seen, hear, pool } = watching();
  expect([hear('fe80::1', a), hear('fe80::2', a), hear('fe80::1', b), hear('fe80::1', p)]).toEqual([
    false,
    true,
    true,
    false,
  ]);
  rogues.close();
  expect(seen).toEqual([`${a} fe80::2 false`, `${b} fe80::1 true`, 'end']);
  expect(pool.outstanding).toBe(0);
});

it('reports no more than is fit to read, and refuses all', () => {
  const { seen, hear, clock } = watching();
  for (let i = 0; i < 100; i += 1) expect(hear(`fe80::${i + 2}`, a)).toBe(true);
  expect(seen).toHaveLength(8);
  advance(clock, 2_000);
  for (let i = 0; i < 100; i += 1) hear('fe80::2', a);
  expect(seen).toHaveLength(10);
});

it('asks nothing of a router that watches nothing', () => {
  expect(new Rogues().options(testbed().node)).toEqual({});
});
