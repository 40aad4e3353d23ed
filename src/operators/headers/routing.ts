import { Drop } from '../../packet/drop.ts';
import * as extension from '../../wire/extension.ts';
import { Protocol } from '../../wire/protocols.ts';
import * as routingHeader from '../../wire/routing.ts';
import { type HeaderHandler, isWhole, passOver } from './handler.ts';

/**
 * The Routing header (RFC 8200 §4.4). Each type is for a `RoutingHandler`. Of a type that has none the header is passed
 * over if no segments are left, and refused otherwise, pointing at the type. That goes for Type 0 too, which no node
 * may obey any more (RFC 5095 §3).
 */
export const routing: HeaderHandler = {
  protocol: Protocol.routing,
  name: 'Routing',
  step: (packet, walk) => {
    if (!isWhole(packet)) return;
    const { view, upper, start } = packet;
    const next = upper + extension.headerLength(view, upper, Protocol.routing);
    const handler = walk.routing[routingHeader.routingType(view, upper)];
    if (handler !== undefined) handler.step(packet, next);
    else if (routingHeader.segmentsLeft(view, upper) === 0) passOver(packet, next);
    else packet.refuse(Drop.badRoutingHeader, upper + routingHeader.offsets.routingType - start);
  },
};
