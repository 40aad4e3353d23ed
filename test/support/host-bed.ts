import { type Observable, type SchedulerLike, Subject, VirtualTimeScheduler } from 'rxjs';
import { countOutcome } from '../../src/operators/index.ts';
import { always, type Packet, PacketPool, Status, stage } from '../../src/packet/index.ts';
import { summarize } from '../../src/packet/summary.ts';
import { host, router } from '../../src/pipelines/index.ts';
import { release } from '../../src/sinks/release.ts';
import { AddressFlag } from '../../src/state/addresses.ts';
import type { Autoconfiguration } from '../../src/state/autoconfigurations.ts';
import { createNode, type Node } from '../../src/state/node.ts';
import {
  bytesOf,
  ethernet,
  ipv6,
  type Layer,
  linkLayerOf,
  linkLayerOption,
  neighborAdvertisement,
  packetOf,
  routerAdvertisement,
  seededRandom,
} from '../../src/testing/index.ts';
import { formatAddress, formatPrefix } from '../../src/wire/address.ts';
import type { RouterAdvertisement } from '../../src/wire/router-advertisement.ts';
import { advance, outcomeOf, prefixFrom } from './testbed.ts';

/** The host's only link, and its link-layer address. */
export const link = 2;
export const ours = '02:00:00:00:00:22';
/** What that makes of `fe80::/64`. */
export const ourLinkLocal = 'fe80::ff:fe00:22';

/** Routers of the link, and their link-layer addresses. */
export const r1 = 'fe80::1';
export const r2 = 'fe80::2';
export const linkLayers: Readonly<Record<string, string>> = {
  [r1]: '02:00:00:00:00:01',
  [r2]: '02:00:00:00:00:02',
};

/** Everybody else's. */
const stranger = '02:00:00:00:00:99';

/** A prefix option: on-link, autonomous, valid for a month and preferred for a week. */
export const prefix = (
  text: string,
  validLifetime = 2_592_000,
  preferredLifetime = Math.min(604_800, validLifetime),
): RouterAdvertisement['options'][number] => ({
  kind: 'prefix',
  prefix: prefixFrom(text),
  onLink: true,
  autonomous: true,
  validLifetime,
  preferredLifetime,
});

const letters: readonly (readonly [number, string])[] = [
  [AddressFlag.tentative, 'tentative'],
  [AddressFlag.optimistic, 'optimistic'],
  [AddressFlag.duplicated, 'duplicated'],
  [AddressFlag.detached, 'detached'],
  [AddressFlag.deprecated, 'deprecated'],
  [AddressFlag.temporary, 'temporary'],
];

export interface HostBed {
  readonly node: Node;
  readonly pool: PacketPool;
  readonly clock: VirtualTimeScheduler;
  /** Gives the line a message from a neighbor, in a frame; what became of it. */
  readonly give: (from: string, destination: string, layer: Layer, hopLimit?: number) => string;
  /** Gives the line a packet. */
  readonly feed: (packet: Packet) => void;
  /** What the line errored with, if it did. */
  readonly failure: () => unknown;
  /** A router advertises itself, with its link-layer address; what became of that. */
  readonly advertise: (router: string, fields?: Partial<RouterAdvertisement>) => string;
  /** Our addresses with their flags, in the order in which they were made: `fe80::ff:fe00:22 tentative`. */
  readonly addresses: () => string[];
  /** Where packets go: `::/0 via fe80::1`; host routes and reject routes are left out. */
  readonly routes: () => string[];
  /** What was sent since it was asked last. */
  readonly said: () => string[];
  /** Router Solicitations were sent. */
  readonly solicited$: Observable<void>;
  /** Which addresses do others have, who say so when one is asked for? */
  readonly others: { have: (address: string) => boolean };
  readonly wait: (milliseconds: number) => void;
  /** Lets the line go, and closes the node. */
  readonly stop: () => void;
}

export interface HostBedOptions {
  /** How the link configures itself. Default: identifiers of the link-layer address, nothing else. */
  readonly how?: Partial<Autoconfiguration>;
  /** Default `host`. */
  readonly pipeline?: 'host' | 'router';
  /** Numbers in [0, 1). Default: seeded ones. */
  readonly random?: () => number;
  /** Default: the bed's own clock. */
  readonly scheduler?: SchedulerLike;
}

/** A node on one Ethernet link that configures itself, the clock in our hands. */
export const hostBed = (options: HostBedOptions = {}): HostBed => {
  const clock = new VirtualTimeScheduler();
  const { how, pipeline = 'host', random = seededRandom(1), scheduler = clock } = options;
  const pool = new PacketPool({ smallLimit: 256, largeLimit: 4 });
  const forwarding = pipeline === 'router';
  const node = createNode({ scheduler, random, pool, interfaceLimit: 8, forwarding });
  const linkLayerAddress = linkLayerOf(ours);
  node.interfaces.add({ name: 'e', kind: 'memory', mtu: 1_500, pointToPoint: false, linkLayerAddress });
  node.autoconfigurations.enable(link, { identifiers: 'eui64', ...how });
  const wire$ = new Subject<Packet>();
  const said: string[] = [];
  const solicited$ = new Subject<void>();
  const others = { have: (_: string): boolean => false };
  let given: Packet | undefined;
  let outcome = '';
  let failed: unknown;
  const give: HostBed['give'] = (from, destination, layer, hopLimit = 255) => {
    const source = linkLayers[from] ?? stranger;
    const frame = ethernet({ source, destination: destination.startsWith('ff') ? '33:33:00:00:00:01' : ours });
    outcome = '';
    given = packetOf(bytesOf(frame, ipv6({ source: from, destination, hopLimit }), layer), { pool, inInterface: link });
    wire$.next(given);
    given = undefined;
    return outcome;
  };
  const see = (packet: Packet): void => {
    if (packet === given) outcome = outcomeOf(packet);
    if (packet.status !== Status.sent) return;
    const summary = summarize(packet);
    said.push(summary);
    if (summary.includes('router solicitation')) solicited$.next();
    const [, wanted = ''] = /neighbor solicitation for ([^,]+),/.exec(summary) ?? [];
    if (wanted === '' || !others.have(wanted)) return;
    scheduler.schedule(() => give(wanted, 'ff02::1', neighborAdvertisement('O', wanted)));
  };
  const line = forwarding ? router(node) : host(node);
  const sent = stage((packet) => {
    packet.status = Status.sent;
  });
  const running = wire$.pipe(line, sent, always(see), countOutcome(node.counters), release()).subscribe({
    error: (error) => {
      failed = error;
    },
  });
  return {
    node,
    pool,
    clock,
    give,
    feed: (packet) => wire$.next(packet),
    failure: () => failed,
    advertise: (from, fields) => {
      const own = linkLayerOption('source', linkLayers[from] ?? stranger);
      return give(from, 'ff02::1', routerAdvertisement(fields, own));
    },
    addresses: () =>
      node.addresses.list(link).map(({ address, flags }) => {
        const words = letters.filter(([flag]) => (flags & flag) !== 0).map(([, word]) => word);
        return [formatAddress(address), ...words].join(' ');
      }),
    routes: () =>
      [...node.routes.walk(6)]
        .filter(({ interfaceIndex }) => interfaceIndex === link)
        .map(({ to, via }) => `${formatPrefix(to)}${via === undefined ? '' : ` via ${formatAddress(via)}`}`),
    said: () => said.splice(0),
    solicited$,
    others,
    wait: (milliseconds) => advance(clock, milliseconds),
    stop: () => {
      running.unsubscribe();
      node.close();
    },
  };
};
