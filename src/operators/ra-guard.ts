import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, type Step, stage } from '../packet/stage.ts';
import * as extension from '../wire/extension.ts';
import * as fragment from '../wire/fragment.ts';
import * as icmp6 from '../wire/icmp6.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { Protocol } from '../wire/protocols.ts';

/** What a port of a switch may bring. */
export interface RaGuardOptions {
  /** Is there a router behind the interface? From all others neither advertisements nor redirects come. */
  readonly isRouterPort: (interfaceIndex: number) => boolean;
  /** Is a first fragment let through that does not hold its whole header chain (RFC 7113 §2)? Default false. */
  readonly allowIncompleteChains?: boolean;
}

/** What the header chain of a packet ends in. */
const End = { other: 0, routerOnly: 1, incomplete: 2 } as const;

/**
 * Walks the entire chain (RFC 7113 §3): every turn takes a header of at least eight bytes. What ESP hides can't be told
 * and is let through, as are fragments behind the first: without it they come to nothing.
 */
const endOf = ({ view, start, end }: Packet): number => {
  let at = start + ipv6.headerLength;
  let protocol = ipv6.nextHeader(view, start);
  let cut = false;
  while (extension.isExtensionHeader(protocol)) {
    if (extension.check(view, at, end, protocol) !== 'ok') return End.incomplete;
    if (protocol === Protocol.fragment) {
      if (fragment.fragmentOffset(view, at) !== 0) return End.other;
      cut = fragment.moreFragments(view, at);
    }
    const next = at + extension.headerLength(view, at, protocol);
    protocol = extension.nextHeader(view, at);
    at = next;
  }
  if (protocol !== Protocol.icmpv6) return End.other;
  if (at >= end) return cut ? End.incomplete : End.other;
  const type = icmp6.type(view, at);
  return type === icmp6.Type.routerAdvertisement || type === icmp6.Type.redirect ? End.routerOnly : End.other;
};

/** Unit of {@link raGuard}. */
export const raGuardStep =
  ({ isRouterPort, allowIncompleteChains = false }: RaGuardOptions): Step =>
  (packet) => {
    if (packet.family !== 6 || isRouterPort(packet.inInterface)) return;
    const found = endOf(packet);
    if (found === End.routerOnly) packet.refuse(Drop.rogueAdvertisement);
    else if (found === End.incomplete && !allowIncompleteChains) packet.refuse(Drop.hiddenHeaders);
  };

/**
 * Keeps Router Advertisements and Redirects out that come from where no router is (RFC 6105), behind whatever extension
 * headers and in whatever first fragment they hide (RFC 7113). For pipelines that join ports as a switch does; a router
 * forwards none of these messages anyway. Put it behind `decode`.
 *
 * Drops: `rogueAdvertisement`; `hiddenHeaders` for a packet that is cut off before its upper-layer header.
 *
 * @example
 * const ports$ = merge(first$, second$).pipe(decode(), raGuard({ isRouterPort: (index) => index === uplink.index }));
 */
export const raGuard = (options: RaGuardOptions): Lane => stage(raGuardStep(options));
