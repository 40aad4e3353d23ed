import type { Subscription } from 'rxjs';
import type { Interfaces } from './interfaces.ts';
import type { Learned } from './learned.ts';
import type { Neighbors } from './neighbors.ts';
import type { Prefixes } from './prefixes.ts';
import type { Proxies } from './proxies.ts';
import type { Redirects } from './redirects.ts';
import type { Routers } from './routers.ts';
import type { Tunnels } from './tunnels.ts';

/**
 * Neighbors go when their link goes down, and with the interface what we answer for on it, what its routers said, and its
 * tunnel. A link that only goes down may be the same one when it comes up: what its routers said stays for its lifetime.
 */
export const flushWithInterface = (node: {
  readonly interfaces: Interfaces;
  readonly neighbors: Neighbors;
  readonly proxies: Proxies;
  readonly routers: Routers;
  readonly prefixes: Prefixes;
  readonly learned: Learned;
  readonly redirects: Redirects;
  readonly tunnels: Tunnels;
}): Subscription =>
  node.interfaces.changes$.subscribe(({ type, value: { index, up } }) => {
    if (type === 'removed' || !up) node.neighbors.flush(index);
    if (type !== 'removed') return;
    node.tunnels.remove(index);
    for (const { address } of node.proxies.list(index)) node.proxies.remove(index, address);
    for (const each of [node.redirects, node.routers, node.prefixes, node.learned]) each.flush(index);
  });
