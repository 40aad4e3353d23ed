import type { Subject } from 'rxjs';
import { routerDiscovery } from '../operators/index.ts';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';
import { joinLanes, type RouterAdapter, type RouterLanes, type RouterOptions, routerLanes } from './router.ts';

/** The default lanes of a host: those of a router, but that nothing is forwarded and nobody told that we would. */
export const hostLanes = (
  node: Node,
  outbox: Subject<Packet>,
  again: Subject<Packet>,
  options: RouterOptions = {},
): RouterLanes => ({
  ...routerLanes(node, outbox, again, {
    ...options,
    classify: { ...options.classify, forwarding: false }, // RFC 8200 §2
    neighborDiscovery: { ...options.neighborDiscovery, isRouter: false }, // RFC 4861 §4.4
  }),
  forward: stage((packet) => packet.refuse(Drop.notForwarding)),
});

/**
 * A host: takes what is for it, sends what is its own, and configures itself on the interfaces of
 * `node.autoconfigurations`. What is for others it refuses as `notForwarding`, silently. Make its node with
 * `forwarding: false`, lest it join the routers' groups. Programs send their packets by `originate`.
 *
 * @param adapt takes the default lanes and returns the lanes to use
 * @param options what the default lanes leave to choice
 *
 * @example
 * const node = createNode({ random: Math.random, forwarding: false });
 * source$.pipe(host(node), toInterfaces(ports), countOutcome(node.counters), release()).subscribe();
 */
export const host = (node: Node, adapt: RouterAdapter = (lanes) => lanes, options: RouterOptions = {}): Lane =>
  joinLanes(
    node,
    (outbox, again) => adapt(hostLanes(node, outbox, again, options), outbox),
    (outbox) => routerDiscovery(node, outbox, { ...options, advertises: false }),
  );
