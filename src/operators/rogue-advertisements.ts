import type { Subject } from 'rxjs';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, type Step, stage } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';
import { TokenBuckets } from '../state/token-bucket.ts';
import { allNodes, equalAddress, type IpAddress, readAddress6 } from '../wire/address.ts';
import * as icmp6 from '../wire/icmp6.ts';
import * as ipv6 from '../wire/ipv6.ts';
import * as ndp from '../wire/ndp.ts';
import { Protocol } from '../wire/protocols.ts';
import { type RouterAdvertisement, read } from '../wire/router-advertisement.ts';
import { advertisementPacket } from './advertise/message.ts';

/** A router that is on no list has advertised itself. */
export interface RogueAdvertisement {
  readonly interfaceIndex: number;
  readonly router: IpAddress;
  readonly said: RouterAdvertisement;
  /** Was it countered? */
  readonly countered: boolean;
}

export interface RogueAdvertisementOptions {
  /** Routers that may advertise on the interface. */
  readonly isAllowed: (router: IpAddress, interfaceIndex: number) => boolean;
  /** Is told of every other. */
  readonly report: (rogue: RogueAdvertisement) => void;
  /**
   * Is an advertisement countered on the interface: said once more, in the rogue's name, with lifetimes of zero, so that
   * hosts forget it? That is to speak for another. Default: nowhere.
   */
  readonly isCountered?: (interfaceIndex: number) => boolean;
  /** Counters a second on each interface. Default 1. */
  readonly counterRate?: number;
}

type RogueNode = Pick<Node, 'addresses' | 'counters' | 'interfaces' | 'pool' | 'scheduler'>;

/** The same message, taken back: no router, no prefixes, no routes, no servers. */
export const counterTo = (said: RouterAdvertisement): RouterAdvertisement => ({
  ...said,
  routerLifetime: 0,
  options: said.options
    .filter(({ kind }) => kind !== 'mtu' && kind !== 'homeAgent')
    .map((option) => {
      if (option.kind === 'prefix') return { ...option, validLifetime: 0, preferredLifetime: 0 };
      return 'lifetime' in option ? { ...option, lifetime: 0 } : option;
    }),
});

/** Unit of {@link rogueAdvertisements}. */
export const rogueAdvertisementsStep = (
  node: RogueNode,
  outbox: Pick<Subject<Packet>, 'next'>,
  options: RogueAdvertisementOptions,
): Step => {
  const { isAllowed, report, isCountered = () => false, counterRate = 1 } = options;
  const budget = new TokenBuckets({ count: node.interfaces.limit + 1, rate: counterRate, burst: counterRate });
  const counter = (interfaceIndex: number, source: IpAddress, said: RouterAdvertisement): boolean => {
    // What is taken back already needs no counter; ours comes back to us where a link echoes.
    const harmless = said.routerLifetime === 0 && !said.options.some((each) => 'lifetime' in each && each.lifetime > 0);
    if (!isCountered(interfaceIndex) || (harmless && !said.options.some(isAlive))) return false;
    if (!budget.take(interfaceIndex, node.scheduler.now())) return false;
    const packet = advertisementPacket(node, counterTo(said), { interfaceIndex, source, destination: allNodes });
    if (packet === undefined) return false;
    node.counters.originated(0, 6);
    outbox.next(packet);
    return true;
  };
  return (given) => {
    const { family, protocol, view, start, upper, end, inInterface } = given;
    if (family !== 6 || protocol !== Protocol.icmpv6 || inInterface === 0 || end - upper < icmp6.headerLength) return;
    if (icmp6.type(view, upper) !== icmp6.Type.routerAdvertisement) return;
    if (ndp.check(view, start, upper, end) !== 'ok' || !icmp6.verify(view, start, upper, end)) return;
    const router = readAddress6(view, start + ipv6.offsets.source);
    const ours = node.addresses.list(inInterface).some(({ address }) => equalAddress(address, router));
    if (ours || isAllowed(router, inInterface)) return;
    const said = read(view, upper, end);
    if (said === undefined) return;
    given.refuse(Drop.rogueAdvertisement);
    report({ interfaceIndex: inInterface, router, said, countered: counter(inInterface, router, said) });
  };
};

const isAlive = (option: RouterAdvertisement['options'][number]): boolean =>
  option.kind === 'prefix' && option.validLifetime + option.preferredLifetime > 0;

/**
 * Watches for routers that advertise themselves and should not (RFC 6104): KAME's rafixd. What they say is refused here,
 * and reported, and, only when told to, countered. The default router has it when it is given these options: in the
 * local lane before `deliver`, where extension headers hide nothing any more.
 *
 * Drops: `rogueAdvertisement`.
 *
 * @param outbox takes the counters
 *
 * @example
 * const rogues$ = new Subject<RogueAdvertisement>();
 * const report = (rogue: RogueAdvertisement) => rogues$.next(rogue);
 * router(node, undefined, { rogueAdvertisements: { isAllowed: () => false, report } });
 */
export const rogueAdvertisements = (
  node: RogueNode,
  outbox: Pick<Subject<Packet>, 'next'>,
  options: RogueAdvertisementOptions,
): Lane => stage(rogueAdvertisementsStep(node, outbox, options));
