import { Observable, type Subject } from 'rxjs';
import type { Packet } from '../packet/packet.ts';
import { HostDiscovery, type HostDiscoveryOptions, type HostNode } from './host-discovery.ts';
import { type AdvertiserNode, RouterAdvertiser } from './router-advertiser.ts';
import { type MessagesNode, RouterMessages } from './router-messages.ts';

export interface RouterDiscoveryOptions {
  /** Does the node advertise itself where `node.advertisements` says so? A host does not. Default true. */
  readonly advertises?: boolean;
  /** Where it is a host. */
  readonly hostDiscovery?: HostDiscoveryOptions;
}

/**
 * Router Discovery (RFC 4861 §6) on all links of a node, while it is subscribed to, and completes with the outbox: a
 * {@link RouterAdvertiser} where the node is a router, and a {@link HostDiscovery} where it is a host. Both hear the same
 * {@link RouterMessages}. Emits nothing.
 *
 * Drops, of delivered messages: those of {@link RouterMessages} and {@link HostDiscovery}.
 *
 * @param outbox takes solicitations and advertisements
 */
export const routerDiscovery = (
  node: AdvertiserNode & HostNode & MessagesNode,
  outbox: Subject<Packet>,
  { advertises = true, hostDiscovery }: RouterDiscoveryOptions = {},
): Observable<never> =>
  new Observable((out) => {
    const messages = new RouterMessages(node);
    out.add(() => messages.close());
    if (advertises) {
      const advertiser = new RouterAdvertiser(node, outbox, messages);
      out.add(() => advertiser.close());
    }
    const host = new HostDiscovery(node, outbox, messages, hostDiscovery);
    out.add(() => host.close());
    out.add(outbox.subscribe({ complete: () => out.complete() }));
  });
