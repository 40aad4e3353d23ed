import { Observable, type Subject } from 'rxjs';
import type { Packet } from '../packet/packet.ts';
import type { Node } from '../state/node.ts';
import { solicitedNode, unspecified6 } from '../wire/address.ts';
import { type MessageNode, neighborSolicitation } from './neighbor/message.ts';

type DetectionNode = MessageNode & Pick<Node, 'detections'>;

/**
 * Runs the detections of a node while it is subscribed to, and completes with the outbox: Neighbor Solicitations from
 * `::` for its tentative addresses (RFC 4862 §5.4.2), each with a nonce of its own (RFC 7527 §4.2). The default router
 * has it. What comes back, `neighborDiscovery` hears.
 *
 * @param outbox takes the solicitations
 *
 * @example
 * merge(originated$, duplicateAddressDetection(node, outbox), received$);
 */
export const duplicateAddressDetection = (node: DetectionNode, outbox: Subject<Packet>): Observable<never> =>
  new Observable((out) => {
    const detach = node.detections.attach(({ interfaceIndex, address, nonceHigh: high, nonceLow: low }) => {
      const envelope = { interfaceIndex, source: unspecified6, destination: solicitedNode(address) };
      const packet = neighborSolicitation(node, address, envelope, { high, low });
      if (packet !== undefined) outbox.next(packet);
    });
    out.add(detach);
    out.add(outbox.subscribe({ complete: () => out.complete() }));
  });
