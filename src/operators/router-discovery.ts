import { Observable, type Subject } from 'rxjs';
import type { Packet } from '../packet/packet.ts';
import { type AdvertiserNode, RouterAdvertiser } from './router-advertiser.ts';
import { type MessagesNode, RouterMessages } from './router-messages.ts';

export interface RouterDiscoveryOptions {
  /** Does the node advertise itself where `node.advertisements` says so? A host does not. Default true. */
  readonly advertises?: boolean;
}

/**
 * Router Discovery (RFC 4861 §6) on all links of a node, while it is subscribed to, and completes with the outbox: a
 * {@link RouterAdvertiser} where the node is a router. Both hear the same
 * {@link RouterMessages}. Emits nothing.
 *
 * Drops, of delivered messages: those of {@link RouterMessages}.
 *
 * @param outbox takes solicitations and advertisements
 */
export const routerDiscovery = (
  node: AdvertiserNode & MessagesNode,
  outbox: Subject<Packet>,
  { advertises = true }: RouterDiscoveryOptions = {},
): Observable<never> =>
  new Observable((out) => {
    const messages = new RouterMessages(node);
    out.add(() => messages.close());
    if (advertises) {
      const advertiser = new RouterAdvertiser(node, outbox, messages);
      out.add(() => advertiser.close());
    }
    out.add(outbox.subscribe({ complete: () => out.complete() }));
  });
