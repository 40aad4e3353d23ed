import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { map, NEVER } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expect, test } from 'vitest';
import { prefixMeter } from '../../examples/02-prefix-meter.ts';
import { Drop, Status } from '../../src/packet/index.ts';
import { bytesOf, ipv4, ipv6, payload, udp } from '../../src/testing/index.ts';
import { root } from '../house/lint.ts';
import { prefixFrom, received } from '../support/testbed.ts';
import { outputOf } from './run.ts';

const to = (destination: string, bytes: number): Uint8Array =>
  destination.includes(':')
    ? bytesOf(ipv6({ source: 'fd00::1', destination }), udp(), payload(bytes - 48))
    : bytesOf(ipv4({ source: '10.0.0.1', destination }), udp(), payload(bytes - 28));

const prefixes = ['2001:db8::/32', '2001:db8:1::/48', '10.0.2.0/24'].map(prefixFrom);

test('the operator has fewer than 20 lines', () => {
  const lines = readFileSync(join(root, 'examples/02-prefix-meter.ts'), 'utf8').split('\n');
  const first = lines.findIndex((line) => line.startsWith('export const prefixMeter'));
  expect(lines.slice(first).indexOf('  };') + 1).toBeLessThan(20);
});

test('each second tells what went to each prefix, to the longest one that fits, and starts anew', () => {
  const told: [number, readonly number[]][] = [];
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run(({ cold, expectObservable, expectSubscriptions }) => {
    const refused = received(to('2001:db8::1', 100));
    refused.refuse(Drop.noRoute);
    const packets = {
      a: received(to('2001:db8::1', 100)),
      b: received(to('2001:db8:1::1', 200)),
      c: received(to('10.0.2.7', 300)),
      d: received(to('2001:db9::1', 400)),
      r: refused,
    };
    const source = '  abcdr 995ms a 998ms b 1s |';
    const subscription = '^ 2999ms !';
    const source$ = cold(source, packets);
    const meter = prefixMeter(prefixes, (rates) => told.push([scheduler.now(), rates]), scheduler);
    expectObservable(
      source$.pipe(
        meter,
        map(({ status, end, start }) => `${status} ${end - start}`),
      ),
    ).toBe(source, {
      a: `${Status.inFlight} 100`,
      b: `${Status.inFlight} 200`,
      c: `${Status.inFlight} 300`,
      d: `${Status.inFlight} 400`,
      r: `${Status.refused} 100`,
    });
    expectSubscriptions(source$.subscriptions).toBe(subscription);
  });
  expect(told).toEqual([
    [1_000, [800, 1_600, 2_400]],
    [2_000, [800, 1_600, 0]],
  ]);
});

test('its timer ends with the subscription', () => {
  const told: (readonly number[])[] = [];
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run(({ expectObservable }) => {
    const meter = prefixMeter(prefixes, (rates) => told.push(rates), scheduler);
    expectObservable(NEVER.pipe(meter), '^ 2500ms !').toBe('-');
  });
  expect(told).toHaveLength(2);
});

test('the script meters simulated traffic', () => {
  expect(outputOf('02-prefix-meter.ts')).toBe(
    [
      'Mbit/s: 2001:db8::/32 1.99   2001:db8:1::/48 0.99   10.0.2.0/24 1.99   fd00::/8 0.00',
      'Mbit/s: 2001:db8::/32 2.00   2001:db8:1::/48 0.51   10.0.2.0/24 1.21   fd00::/8 0.00',
      'Mbit/s: 2001:db8::/32 2.00   2001:db8:1::/48 0.00   10.0.2.0/24 0.00   fd00::/8 0.00',
      '',
    ].join('\n'),
  );
});
