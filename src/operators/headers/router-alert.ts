import type { Packet } from '../../packet/packet.ts';
import * as extension from '../../wire/extension.ts';
import * as icmp6 from '../../wire/icmp6.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import * as options from '../../wire/options.ts';
import { Protocol } from '../../wire/protocols.ts';
import type { OptionHandler } from './handler.ts';

/**
 * The Router Alert option (RFC 2711). It has two bytes of data and, of itself, changes nothing: a packet that carries
 * it is forwarded like any other, whatever its value (RFC 6398 §5, RFC 9673 §5.2.1). The one exception, messages of
 * Multicast Listener Discovery, is made by `classify`, which asks {@link alertsListenerRouter}.
 */
export const routerAlert: OptionHandler = {
  type: options.Option.routerAlert,
  name: 'Router Alert',
  where: 'hopByHop',
  dataLength: 2,
};

/** The value for Multicast Listener Discovery (RFC 2711 §2.1). */
const listenerDiscovery = 0;

/**
 * Does this packet for a group call for routers that listen to Multicast Listener Discovery (RFC 2710 §3)? It has a
 * Hop-by-Hop Options header with Router Alert 0, and behind it such a message: nothing else that carries the option
 * gets past the question whether we are a member of the group.
 *
 * For an IPv6 packet as `decode` leaves it.
 */
export const alertsListenerRouter = (packet: Packet): boolean => {
  const { view, start, end } = packet;
  const header = start + ipv6.headerLength;
  if (ipv6.nextHeader(view, start) !== Protocol.hopByHop) return false;
  if (extension.check(view, header, end, Protocol.hopByHop) !== 'ok') return false;
  const message = header + extension.headerLength(view, header, Protocol.hopByHop);
  if (extension.nextHeader(view, header) !== Protocol.icmpv6 || message >= end) return false;
  if (!isListenerMessage(icmp6.type(view, message))) return false;
  const alert = options.find(view, header + options.first, message, options.Option.routerAlert);
  return alert >= 0 && options.routerAlertValue(view, alert) === listenerDiscovery;
};

const isListenerMessage = (type: number): boolean =>
  (type >= icmp6.Type.multicastListenerQuery && type <= icmp6.Type.multicastListenerDone) ||
  type === icmp6.Type.multicastListenerReportV2;
