import type { Packet } from '../../packet/packet.ts';
import type { Node } from '../../state/node.ts';
import { allRouters, type IpAddress } from '../../wire/address.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as ndp from '../../wire/ndp.ts';
import * as ndpOptions from '../../wire/ndp-options.ts';
import { seal } from '../advertise/message.ts';

const messageLength = 8;

/**
 * A Router Solicitation (RFC 4861 §4.1) for the outbox; undefined when there is no slab for it.
 *
 * @param tells does it tell our link-layer address? Not from an optimistic address (RFC 4429 §3.3)
 */
export const routerSolicitation = (
  { counters, interfaces, pool }: Pick<Node, 'counters' | 'interfaces' | 'pool'>,
  interfaceIndex: number,
  source: IpAddress,
  tells: boolean,
): Packet | undefined => {
  const { ethernet, linkLayerHigh, linkLayerLow } = interfaces.table;
  const tellsAddress = tells && ethernet[interfaceIndex] === 1;
  const packet = pool.acquire(ipv6.headerLength + messageLength + (tellsAddress ? ndpOptions.linkLayerSize : 0));
  if (packet === undefined) {
    counters.icmp.notSent(6);
    return undefined;
  }
  const at = packet.start + ipv6.headerLength;
  ndp.writeRouterSolicitation(packet.view, at);
  if (tellsAddress) {
    const { sourceLinkLayerAddress } = ndpOptions.Option;
    const high = linkLayerHigh[interfaceIndex] as number;
    const low = linkLayerLow[interfaceIndex] as number;
    ndpOptions.writeLinkLayerAddress(packet.view, at + messageLength, sourceLinkLayerAddress, high, low);
  }
  counters.originated(0, 6);
  return seal(packet, { interfaceIndex, source, destination: allRouters });
};
