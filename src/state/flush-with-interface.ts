import type { Subscription } from 'rxjs';
import type { Interfaces } from './interfaces.ts';
import type { Neighbors } from './neighbors.ts';
import type { Proxies } from './proxies.ts';
import type { Tunnels } from './tunnels.ts';

/** Neighbors go when their link goes down, and with the interface what we answer for on it and its tunnel. */
export const flushWithInterface = (
  interfaces: Interfaces,
  neighbors: Neighbors,
  proxies: Proxies,
  tunnels: Tunnels,
): Subscription =>
  interfaces.changes$.subscribe(({ type, value: { index, up } }) => {
    if (type === 'removed' || !up) neighbors.flush(index);
    if (type !== 'removed') return;
    tunnels.remove(index);
    for (const { address } of proxies.list(index)) proxies.remove(index, address);
  });
