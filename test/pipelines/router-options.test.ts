import { of } from 'rxjs';
import { expect, it } from 'vitest';
import type { Packet } from '../../src/packet/index.ts';
import { type RouterOptions, router } from '../../src/pipelines/index.ts';
import {
  bytesOf,
  destinationOptions,
  hopByHop,
  icmp6,
  ipv6,
  option,
  packetOf,
  routerAlert,
  udp,
} from '../../src/testing/index.ts';
import { a, outcomeOf, testbed } from '../support/testbed.ts';

const unknown = option(0x9e);
const to = (destination: string) => ipv6({ source: 'fd00:a::2', destination });

/** What becomes of a packet in the default router with these options. */
const outcome = (bytes: Uint8Array, options: RouterOptions): string => {
  const seen: string[] = [];
  const see = (packet: Packet): void => {
    if (packet.inInterface !== 0) seen.push(outcomeOf(packet));
    packet.release();
  };
  of(packetOf(bytes, { inInterface: a }))
    .pipe(router(testbed().node, undefined, options))
    .subscribe(see);
  return seen.join();
};

it.each<readonly [string, Uint8Array, RouterOptions, string, string]>([
  [
    'extension headers at our own addresses',
    bytesOf(to('fd00:a::1'), hopByHop(), destinationOptions(), udp()),
    { extensionHeaders: { limits: { headers: 1 } } },
    'portUnreachable',
    'tooManyHeaders',
  ],
  [
    'hop-by-hop options on the way',
    bytesOf(to('2001:db8:1::1'), hopByHop(option(0x1e), unknown), udp()),
    { hopByHopOptions: { limits: { options: 1 } } },
    'unknownOption',
    'forward',
  ],
  [
    'what Router Alert means',
    bytesOf(to('ff02::1:3'), hopByHop(routerAlert()), icmp6({ type: 131 })),
    { classify: { routerAlert: 'ignore' } },
    'unknownMessage',
    'notMember',
  ],
])('the default router leaves to choice: %s', (_name, bytes, options, usual, chosen) => {
  expect([outcome(bytes, {}), outcome(bytes, options)]).toEqual([usual, chosen]);
});
