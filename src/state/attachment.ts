import { filter, merge, type SchedulerLike, type Subscription } from 'rxjs';
import { equalAddress } from '../wire/address.ts';
import { type Addresses, AddressFlag, type InterfaceAddress, isFromRouter } from './addresses.ts';
import type { Autoconfigurations } from './autoconfigurations.ts';
import type { Interfaces } from './interfaces.ts';
import { NextTurn } from './next-turn.ts';
import type { LinkPrefix, Prefixes } from './prefixes.ts';
import type { Router, Routers } from './routers.ts';

/**
 * Which prefixes of a link are attached, in their order: INET'99 §3.4. Pure.
 *
 * A host that moves keeps the prefixes of where it was, for their lifetimes are long. Whether it is there still, it can
 * tell only by the routers that advertise them: one that can be reached holds its prefixes attached, and detaches those
 * of which nobody can be reached. If nobody at all can be reached, nothing is known, and all are attached: the router
 * may have died while the host slept, and its neighbors are there still.
 *
 * ```
 * has the prefix an advertiser    has another prefix, or is there a default router    the prefix
 * that can be reached?            in reach that advertises no prefix?                 is
 * ------------------------------  --------------------------------------------------  --------
 * yes                             -                                                   attached
 * no                              yes                                                 detached
 * no                              no                                                  attached
 * ```
 *
 * Routers that retired are not counted: what they said is no longer theirs to say.
 *
 * @param prefixes of one link
 * @param routers of the same link
 */
export const attachment = (
  prefixes: readonly Pick<LinkPrefix, 'advertisers'>[],
  routers: readonly Pick<Router, 'address' | 'role' | 'isReachable'>[],
): boolean[] => {
  const present = routers.filter(({ role, isReachable }) => isReachable && role !== 'retired');
  const advertises = ({ address }: Pick<Router, 'address'>, { advertisers }: Pick<LinkPrefix, 'advertisers'>) =>
    advertisers.some((advertiser) => equalAddress(advertiser, address));
  const isHeld = prefixes.map((prefix) => present.some((router) => advertises(router, prefix)));
  const isSilent = (router: Pick<Router, 'address' | 'role'>): boolean =>
    router.role === 'default' && !prefixes.some((prefix) => advertises(router, prefix));
  const isSomewhere = isHeld.includes(true) || present.some(isSilent);
  return isHeld.map((held) => held || !isSomewhere);
};

interface AttachmentNode {
  readonly scheduler: SchedulerLike;
  readonly interfaces: Interfaces;
  readonly addresses: Addresses;
  readonly autoconfigurations: Autoconfigurations;
  readonly prefixes: Prefixes;
  readonly routers: Routers;
}

/**
 * Keeps prefixes attached or detached, each link for itself, while routers come and go, are reached or not, and
 * advertise; and with them the addresses that were made of them: those of a detached prefix are `detached`, no source
 * for anything new. When a prefix is attached again, so are its addresses, tentative at first: somebody may have taken
 * them meanwhile (KAME runs Duplicate Address Detection again).
 *
 * What one message says is looked at when all of it has been taken: at the next turn of the scheduler, not between its
 * router and its prefixes.
 */
export const deriveAttachment = (node: AttachmentNode): Subscription => {
  const { scheduler, interfaces, addresses, autoconfigurations, prefixes, routers } = node;
  const { detached, tentative, optimistic, noDetection, anycast, duplicated } = AddressFlag;
  const due = new Set<number>();

  /** Is anybody asked whether the address is free? Only where there are neighbors. */
  const flagsBack = ({ interfaceIndex, flags }: InterfaceAddress): number => {
    if ((flags & (noDetection | anycast | duplicated)) !== 0 || interfaces.table.ethernet[interfaceIndex] !== 1)
      return 0;
    return tentative | (autoconfigurations.get(interfaceIndex)?.optimistic === true ? optimistic : 0);
  };

  const settleAddress = (entry: InterfaceAddress): void => {
    const isAttached = prefixes.get(entry.interfaceIndex, entry.prefix)?.isAttached ?? true;
    const was = (entry.flags & detached) === 0;
    if (isAttached === was) return;
    if (isAttached) addresses.mark(entry.interfaceIndex, entry.address, flagsBack(entry), detached);
    else addresses.mark(entry.interfaceIndex, entry.address, detached);
  };

  const settle = (interfaceIndex: number): void => {
    const list = prefixes.list(interfaceIndex);
    const attached = attachment(list, routers.list(interfaceIndex));
    for (const [i, { prefix }] of list.entries()) prefixes.attach(interfaceIndex, prefix, attached[i] as boolean);
    for (const entry of addresses.list(interfaceIndex)) if (isFromRouter(entry)) settleAddress(entry);
  };

  const settling = new NextTurn(scheduler, () => {
    const links = [...due];
    due.clear();
    for (const link of links) settle(link);
  });

  const watching = merge(
    routers.changes$,
    prefixes.changes$,
    addresses.changes$.pipe(filter(({ type, value }) => type === 'added' && isFromRouter(value))),
  ).subscribe(({ value }) => {
    due.add(value.interfaceIndex);
    settling.ask();
  });
  watching.add(() => settling.cancel());
  return watching;
};
