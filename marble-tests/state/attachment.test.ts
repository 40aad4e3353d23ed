/**
 * Attached and detached: INET'99 §3.4, its Figures 6 and 7, and what its text says of them. A host M has one link, or
 * two. On the network N1 the router R1 advertises the prefix P1, on N2 R2 advertises P2. D is somewhere in the Internet,
 * P1:D is a neighbor of M on N1.
 *
 * Read the diagrams from left to right; a character is a second of the neighbor cache: a neighbor that was heard is
 * reachable for 30 of them; then a packet to it waits 5 for a sign of it, and it is probed 3 times. An address is
 * tentative for one.
 *
 * what happens
 *   at    1 M is plugged into N1   2 into N2   3 N1 and N2 are one   0 into nothing; `at b`: its other link
 *   R1    a it advertises itself and P1   b itself alone   p P1 alone: it is no default router   z P1, and itself no more
 *         h it says that it is a host   0 it is switched off   + on
 *   R2    the same
 *   sends d M sends to D   n to P1:D
 * what is derived
 *   r1    y R1 can be reached   n it can't   x it is forgotten
 *   P1    a attached   d detached   x gone
 *   P1:M  t tentative   s may be a source   d detached
 *   to P1 = P1:D is on the link   1 by R1   2 by R2   x nowhere
 *   to D  1 by R1   2 by R2   x nowhere
 *   from  the prefix of M's address that speaks to D
 */
import {
  asyncScheduler,
  distinctUntilChanged,
  filter,
  type MonoTypeOperatorFunction,
  map,
  merge,
  NEVER,
  type Observable,
  observeOn,
  startWith,
  tap,
} from 'rxjs';
import { describe, test } from 'vitest';
import { AddressFlag } from '../../src/state/addresses.ts';
import type { NeighborOptions } from '../../src/state/neighbor-options.ts';
import { createNode, type Node } from '../../src/state/node.ts';
import { addressOf, seededRandom } from '../../src/testing/index.ts';
import { equalAddress, type IpAddress } from '../../src/wire/address.ts';
import { marbles } from '../../test/support/marbles.ts';
import { packetFor, sendTo } from '../../test/support/neighbor.ts';
import { prefixFrom } from '../../test/support/testbed.ts';

/** A second is a millisecond here. RFC 7048's third state of failure is as it is by default. */
const seconds: NeighborOptions = {
  reachableTime: 30,
  retransTimer: 1,
  delayFirstProbeTime: 5,
  maximumRetransTimer: 60,
  grain: 0,
};

const D = addressOf('2001:db8:d::d');

/** A network: its router, that one's link-layer address, its prefix, and the address of M there. */
const networks = [1, 2].map((i) => ({
  router: addressOf(`fe80::${i}`),
  linkLayerAddress: { high: 0x0200, low: i },
  prefix: prefixFrom(`2001:db8:${i}::/64`),
  own: addressOf(`2001:db8:${i}::a`),
  neighbor: addressOf(`2001:db8:${i}::d`),
}));
const [n1, n2] = networks as [Network, Network];
type Network = (typeof networks)[number];

/** M, with the links 2 and 3. What another room does is done here: it hears advertisements, and detects duplicates. */
class Host {
  readonly node: Node = createNode({ scheduler: asyncScheduler, random: seededRandom(1), neighbors: seconds });
  /** What networks each link is one with. */
  readonly plugged = new Map<number, readonly Network[]>();
  readonly #isOff = new Set<Network>();

  constructor() {
    for (const [i, name] of ['a', 'b'].entries()) {
      this.node.interfaces.add({
        name,
        kind: 'memory',
        mtu: 1_500,
        pointToPoint: false,
        linkLayerAddress: { high: 0x0200, low: 0xa + i },
      });
    }
    this.node.neighbors.attach({
      emit: () => undefined,
      solicit: ({ interfaceIndex, address }) => {
        const network = this.plugged.get(interfaceIndex)?.find(({ router }) => equalAddress(router, address));
        if (network === undefined || this.#isOff.has(network)) return;
        const { linkLayerAddress, router } = network;
        const said = { linkLayerAddress, solicited: true, override: true, isRouter: true };
        asyncScheduler.schedule(() => this.node.neighbors.hearAdvertisement(interfaceIndex, router, said));
      },
    });
    this.node.addresses.changes$.subscribe(({ value: { interfaceIndex, address, flags } }) => {
      if ((flags & AddressFlag.tentative) === 0) return;
      asyncScheduler.schedule(() => this.node.addresses.mark(interfaceIndex, address, 0, AddressFlag.tentative), 1);
    });
  }

  plug(link: number, letter: string): void {
    this.plugged.set(
      link,
      networks.filter((_, i) => ((Number(letter) >> i) & 1) === 1),
    );
  }

  /** What a router does, heard where its network is. */
  router(network: Network, letter: string): void {
    if (letter === '+') this.#isOff.delete(network);
    if (letter === '0') this.#isOff.add(network);
    for (const [link, where] of this.plugged)
      if (where.includes(network) && !'+0'.includes(letter)) this.#hear(link, network, letter);
  }

  #hear(link: number, { router, linkLayerAddress, prefix, own }: Network, letter: string): void {
    const { addresses, neighbors, prefixes, routers } = this.node;
    const said = { linkLayerAddress, solicited: false, override: true, isRouter: false };
    if (letter === 'h') return neighbors.hearAdvertisement(link, router, said);
    const routerLifetime = letter === 'a' || letter === 'b' ? 1_800 : 0;
    neighbors.hearInformation(link, router, linkLayerAddress, true);
    routers.hear(link, router, { routerLifetime, preference: 0, managed: false, otherConfiguration: false });
    if (letter === 'b') return;
    const lifetimes = { validLifetime: 2_592_000, preferredLifetime: 604_800 };
    prefixes.advertise(link, router, { prefix, onLink: true, autonomous: true, ...lifetimes });
    if (addresses.find(link, own) !== undefined) return;
    const flags = AddressFlag.autoconfigured | AddressFlag.tentative;
    addresses.add({ interfaceIndex: link, address: own, prefixLength: 64, flags });
  }

  send(letter: string): void {
    const destination = letter === 'd' ? D : n1.neighbor;
    const route = this.node.routes.lookup(destination);
    if (route !== undefined) sendTo(this.node.neighbors, route.via ?? destination, packetFor(route.interfaceIndex));
  }
}

/** What can be seen of a host, as letters. */
const views = {
  r1: (node: Node) => reached(node, n1.router),
  r2: (node: Node) => reached(node, n2.router),
  P1: (node: Node) => attached(node, n1),
  P2: (node: Node) => attached(node, n2),
  'P1:M': (node: Node) => usable(node, n1),
  'P2:M': (node: Node) => usable(node, n2),
  'to P1': (node: Node) => way(node, n1.neighbor),
  'to P2': (node: Node) => way(node, n2.neighbor),
  'to D': (node: Node) => way(node, D),
  from: (node: Node) => {
    const link = node.routes.lookup(D)?.interfaceIndex;
    const source = link === undefined ? undefined : node.addresses.sourceFor(D, link)?.address;
    return networks.findIndex(({ own }) => source !== undefined && equalAddress(own, source)) + 1 || 'x';
  },
};

const reached = (node: Node, router: IpAddress): string => {
  const found = node.routers.list().filter(({ address }) => equalAddress(address, router));
  return found.length === 0 ? 'x' : found.some(({ isReachable }) => isReachable) ? 'y' : 'n';
};

const attached = (node: Node, { prefix }: Network): string => {
  const found = node.prefixes.list().filter((each) => equalAddress(each.prefix.address, prefix.address));
  return found.length === 0 ? 'x' : found.some(({ isAttached }) => isAttached) ? 'a' : 'd';
};

const usable = (node: Node, { own }: Network): string => {
  const found = node.addresses.list().filter(({ address }) => equalAddress(address, own));
  const is = (flag: number): boolean => found.some(({ flags }) => (flags & flag) !== 0);
  if (found.length === 0) return 'x';
  if (is(AddressFlag.detached)) return 'd';
  return is(AddressFlag.tentative) ? 't' : 's';
};

const way = (node: Node, destination: IpAddress): string => {
  const route = node.routes.lookup(destination);
  if (route === undefined) return 'x';
  const { via } = route;
  return via === undefined ? '=' : String(networks.findIndex(({ router }) => equalAddress(router, via)) + 1);
};

interface Story extends Partial<Record<keyof typeof views, string>> {
  readonly at?: string;
  /** Where the second link is plugged in; default: nowhere. */
  readonly 'at b'?: string;
  readonly R1?: string;
  readonly R2?: string;
  readonly sends?: string;
}

/** Three turns on: what happens at an instant has its consequences in turns of the same instant. */
const settled = (): MonoTypeOperatorFunction<unknown> => (source) =>
  source.pipe(observeOn(asyncScheduler), observeOn(asyncScheduler), observeOn(asyncScheduler));

const play = (story: Story): void =>
  marbles(({ hot, expectObservable }) => {
    const host = new Host();
    const { node } = host;
    const happens = (diagram: string | undefined, act: (letter: string) => void): Observable<string> =>
      hot(diagram ?? '-').pipe(tap(act));
    const end = Math.max(...Object.values(story).map((diagram) => String(diagram).trim().length));
    asyncScheduler.schedule(() => node.close(), end);
    const { addresses, prefixes, routers, routes } = node;
    const changes$ = merge(NEVER, routers.changes$, prefixes.changes$, addresses.changes$, routes.changes$);
    for (const [name, diagram] of Object.entries(story)) {
      const view = views[name as keyof typeof views] as ((node: Node) => string | number) | undefined;
      if (view === undefined) continue;
      const seen$ = changes$.pipe(
        settled(),
        map(() => String(view(node))),
        startWith(String(view(node))),
        distinctUntilChanged(),
        filter((_, i) => i > 0),
      );
      expectObservable(seen$).toBe(diagram);
    }
    merge(
      happens(story.at, (letter) => host.plug(2, letter)),
      happens(story['at b'], (letter) => host.plug(3, letter)),
      happens(story.R1, (letter) => host.router(n1, letter)),
      happens(story.R2, (letter) => host.router(n2, letter)),
      happens(story.sends, (letter) => host.send(letter)),
    ).subscribe();
  });

describe('a host that moves from N1 to N2', () => {
  test('Figure 6: does not speak as P1:M any longer, for no answer would come', () =>
    play({
      at: '    1-----------2-------------------',
      R1: '    a-------------------------------',
      R2: '    -------------a------------------',
      sends: ' --------------dddddddddddddddddd',
      r1: '    y--------------------n----------',
      r2: '    -------------y------------------',
      P1: '    a--------------------d----------',
      P2: '    -------------a------------------',
      'P1:M': 'ts-------------------d----------',
      'P2:M': '-------------ts-----------------',
      'to D': '1--------------------2----------',
      from: '  -1-------------------2----------',
    }));

  test('Figure 7: does not take P1:D for a neighbor any longer, but sends to it through R2', () =>
    play({
      at: '     1-----------2-------------------',
      R1: '     a-------------------------------',
      R2: '     -------------a------------------',
      sends: '  --------------nnnnnnnnnnnnnnnnnn',
      r1: '     y--------------------n----------',
      P1: '     a--------------------d----------',
      'to P1': '=--------------------2----------',
      'to P2': '1------------=------------------',
    }));

  test('finds out by R2 alone, though it sends nothing: the routers of a new link are no old ones (RFC 6059)', () =>
    play({
      at: '    1-----------2-------------------',
      R1: '    a-------------------------------',
      R2: '    -------------a------------------',
      r1: '    y--------------------n----------',
      P1: '    a--------------------d----------',
      'P1:M': 'ts-------------------d----------',
    }));

  test('finds out when R2 is heard late, by what it sends to R1', () =>
    play({
      at: '    1-----------2-------------------',
      R1: '    a-------------------------------',
      R2: '    -------------------------a------',
      sends: ' -------------ddddddddddddddddddd',
      r1: '    y--------------------n----------',
      r2: '    -------------------------y------',
      P1: '    a------------------------d------',
      'P1:M': 'ts-----------------------d------',
    }));

  test('finds no prefix there, but a router: it was told nothing to keep P1 for', () =>
    play({
      at: '    1-------2----------------------',
      R1: '    a------------------------------',
      R2: '    ---------b---------------------',
      r1: '    y----------------n-------------',
      r2: '    ---------y---------------------',
      P1: '    a----------------d-------------',
      'P1:M': 'ts---------------d-------------',
      'to P1': '=----------------2------------',
      'to D': '1----------------2-------------',
      from: '  -1---------------x-------------',
    }));

  test('comes from where a router advertised P1 that was no default router', () =>
    play({
      at: '    1-------2----------------------',
      R1: '    p------------------------------',
      R2: '    ---------a---------------------',
      r1: '    y----------------n-------------',
      P1: '    a----------------d-------------',
      P2: '    ---------a---------------------',
      'P1:M': 'ts---------------d-------------',
      'to D': '---------2---------------------',
      from: '  ---------1-------2-------------',
    }));
});

describe('a host that comes back to N1', () => {
  test('is attached to P1 again, and asks first whether somebody has taken its address', () =>
    play({
      at: '    1----2---------------------1----------------',
      R1: '    a---------------------------a---------------',
      R2: '    ------a-------------------------------------',
      sends: ' -------dddddddddddddd-----------------------',
      r1: '    y-------------n-------------y---------------',
      P1: '    a-------------d-------------a---------------',
      P2: '    ------a-------------------------------------',
      'P1:M': 'ts------------d-------------ts--------------',
      'P2:M': '------ts------------------------------------',
      'to P1': '=-------------2-------------=--------------',
    }));
});

describe('a router that dies while the host sleeps', () => {
  test('leaves both P1 and P2 attached: nobody is there to tell which is right, and neighbors may be there still', () =>
    play({
      at: '    2----1----------------------------------------------------',
      R2: '    a---------------------------------------------------------',
      R1: '    ------a-----------------0-----------------------+a--------',
      sends: ' ----------------------------dddddddddddddd----------------',
      r1: '    ------y-----------------------------n------------y--------',
      r2: '    y-------------n-------------------------------------------',
      P1: '    ------a---------------------------------------------------',
      P2: '    a-------------d---------------------a------------d--------',
      'P1:M': '------ts--------------------------------------------------',
      'P2:M': 'ts------------d---------------------ts-----------d--------',
      'to P1': '2-----=---------------------------------------------------',
      'to D': '2-------------1---------------------2---1---2----1--------',
    }));
});

describe('of two routers', () => {
  test('of one link, each holds its own prefix: P1 goes with R1', () =>
    play({
      at: '    3------------------------',
      R1: '    a-0----------------------',
      R2: '    ---a---------------------',
      r1: '    y----------n-------------',
      r2: '    ---y---------------------',
      P1: '    a----------d-------------',
      P2: '    ---a---------------------',
      'to D': '1----------2-------------',
    }));

  test('one that retires holds its prefix no longer, and again when it is a default router again', () =>
    play({
      at: '    1----2-------------------------------',
      R1: '    a------------------------------------',
      R2: '    ------a----------z-----a------h------',
      r1: '    y-------------n----------------------',
      r2: '    ------y-----------------------x------',
      P1: '    a-------------d--a-----d------a------',
      P2: '    ------a------------------------------',
      'P1:M': 'ts------------d--ts----d------ts-----',
    }));

  test('each on a link of its own, neither speaks for the other: R1 dies, P1 stays attached', () =>
    play({
      at: '    1------------------------------------',
      'at b': '2------------------------------------',
      R1: '    a-----------0------------------------',
      R2: '    a------------------------------------',
      sends: ' -------------dddddddddddddddd--------',
      r1: '    y--------------------n---------------',
      r2: '    y------------------------------------',
      P1: '    a------------------------------------',
      P2: '    a------------------------------------',
      'P1:M': 'ts-----------------------------------',
      'P2:M': 'ts-----------------------------------',
      'to P1': '=-----------------------------------',
      'to D': '1--------------------2---------------',
      from: '  -1-------------------2---------------',
    }));
});
