/**
 * What tests of packet code need: packets built from layers, and chance that repeats itself.
 *
 * @example
 * const packet = packetOf(bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2', hopLimit: 1 }), udp()));
 * decodeStep(packet);
 * hopLimitStep(packet);
 * packet.drop === Drop.hopLimitExceeded; // true
 *
 * @module
 */
export {
  type Body,
  bytesIn,
  bytesOf,
  joinBytes,
  type Layer,
  type PacketOfOptions,
  packetOf,
  payload,
} from './build.ts';
export {
  destinationOptions,
  extensionHeader,
  type FragmentFields,
  fragmentHeader,
  hopByHop,
  option,
  pad1,
  padN,
  type RoutingFields,
  routerAlert,
  routing,
} from './extension.ts';
export { type CutOptions, fragmentsOf } from './fragments.ts';
export { addressOf, type Ipv4Fields, type Ipv6Fields, ipv4, ipv6 } from './ip.ts';
export {
  arpMessage,
  type EthernetFields,
  ethernet,
  linkLayerOf,
  linkLayerOption,
  neighborAdvertisement,
  neighborSolicitation,
  nonceOption,
  redirect,
  routerAdvertisement,
  routerSolicitation,
} from './neighbor.ts';
export { seededRandom } from './random.ts';
export {
  type EchoFields,
  echoRequest4,
  echoRequest6,
  type IcmpFields,
  icmp4,
  icmp6,
  type TcpFields,
  tcp,
  type UdpFields,
  udp,
} from './upper.ts';
