/** Limits of the configuration reach who keeps them. */
import { of, pipe } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Limits } from '../../src/config/index.ts';
import { countOutcome } from '../../src/operators/index.ts';
import { Status, stage } from '../../src/packet/index.ts';
import { router } from '../../src/pipelines/router.ts';
import { nodeLimits, routerLimits } from '../../src/run/configure.ts';
import { release } from '../../src/sinks/release.ts';
import { createNode } from '../../src/state/node.ts';
import {
  addressOf,
  bytesOf,
  destinationOptions,
  echoRequest6,
  fragmentHeader,
  ipv6,
  option,
  packetOf,
  payload,
  seededRandom,
  udp,
} from '../../src/testing/index.ts';

const six = (fields: object = {}) => ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1', ...fields });

/** What a router with these limits makes of packets: reasons, and counters. */
const routed = (limits: Limits, ...packets: readonly Uint8Array[]) => {
  const node = createNode({ random: seededRandom(1), ...nodeLimits(limits) });
  const { index } = node.interfaces.add({ name: 'a', kind: 'memory', mtu: 1_500, pointToPoint: false });
  node.addresses.add({ interfaceIndex: index, address: addressOf('fd00:a::1'), prefixLength: 64 });
  const line = pipe(
    router(node, undefined, routerLimits(limits)),
    stage((packet) => {
      packet.status = Status.sent;
    }),
    countOutcome(node.counters),
    release(),
  );
  of(...packets.map((bytes) => packetOf(bytes, { inInterface: index, pool: node.pool })))
    .pipe(line)
    .subscribe();
  node.close();
  return {
    refusals: Object.fromEntries(node.counters.refusals()),
    sent: node.counters.balance().sent,
    suppressed: node.counters.icmp.suppressedErrors(),
    outstanding: node.pool.outstanding,
  };
};

const withOptions = bytesOf(
  six(),
  destinationOptions(option(0x1e, new Uint8Array(4)), option(0x1e, new Uint8Array(4))),
  echoRequest6(),
);
const nowhere = bytesOf(six({ destination: '3fff::1' }), udp());
const first = bytesOf(six(), fragmentHeader({ more: true }), payload(16));

describe('a limit of the configuration', () => {
  test.each<[string, Limits, Uint8Array, object]>([
    ['no extension headers', { extensionHeaders: { headers: 0 } }, withOptions, { refusals: { tooManyHeaders: 1 } }],
    ['few options', { extensionHeaders: { options: 1 } }, withOptions, { refusals: { tooManyOptions: 1 } }],
    ['as many as by default', {}, withOptions, { refusals: {}, sent: 1 }],
    ['errors, as by default', {}, nowhere, { refusals: { noRoute: 1 }, sent: 1, suppressed: 0 }],
    ['no errors', { icmpErrors: { burst: 0 } }, nowhere, { refusals: { noRoute: 1 }, sent: 0, suppressed: 1 }],
    ['no errors to anyone', { icmpErrors: { destinationBurst: 0 } }, nowhere, { sent: 0 }],
    ['fragments wait, as by default', {}, first, { refusals: { reassemblyStopped: 1 } }],
    ['no datagrams in pieces', { reassembly: { datagrams: 0 } }, first, { refusals: { reassemblyLimit: 1 } }],
    ['no bytes in pieces', { reassembly: { bytes: 0 } }, first, { refusals: { reassemblyLimit: 1 } }],
  ])('%s', (_, limits, packet, expected) => {
    const result = routed(limits, packet);
    expect(result).toMatchObject(expected);
    expect(result.outstanding).toBe(0);
  });

  test('of paths and of what was sent', () => {
    const limits = { pathMtu: { lifetime: 5, minimum4: 68 }, sentPackets: { packets: 7 } };
    const node = createNode({ random: seededRandom(1), ...nodeLimits(limits) });
    expect(node.pathMtus.options).toEqual({ destinations: 4_096, lifetime: 5, minimum4: 68 });
    expect(node.sentPackets.options).toEqual({ packets: 7, lifetime: 60_000 });
    node.close();
  });

  test('may be the least that is allowed: nothing hangs, nothing is kept', () => {
    const least: Limits = {
      extensionHeaders: { headers: 0, chainBytes: 0, headerBytes: 8, options: 0, optionBytes: 0, padding: 0 },
      hopByHopOptions: { headerBytes: 8, options: 0, optionBytes: 0, padding: 0 },
      reassembly: {
        datagrams: 0,
        bytes: 0,
        datagramsPerSource: 0,
        bytesPerSource: 0,
        fragmentsPerDatagram: 1,
        refusedDatagrams: 0,
        timeout: 1,
      },
      icmpErrors: {
        rate: 0,
        burst: 0,
        tooBigRate: 0,
        tooBigBurst: 0,
        destinationRate: 0,
        destinationBurst: 0,
        destinations: 1,
      },
      pathMtu: { destinations: 1, lifetime: 1, minimum4: 68 },
      sentPackets: { packets: 1, lifetime: 1 },
      identifications: { destinations: 1 },
      routers: { limit: 0, perInterface: 0, routes: 0 },
      prefixes: { limit: 0, perInterface: 0, advertisers: 1 },
      learned: { limit: 0, perKind: 0 },
      redirects: { destinations: 1, lifetime: 1 },
    };
    const groups = Object.entries(least.reassembly ?? {}).map(([name, value]) => ({ reassembly: { [name]: value } }));
    const last = bytesOf(six(), fragmentHeader({ offset: 16 }), payload(16));
    for (const limits of [least, ...groups]) {
      const packets = [withOptions, nowhere, first, last, first, bytesOf(six(), echoRequest6())];
      expect(routed(limits, ...packets).outstanding).toBe(0);
    }
  });
});
