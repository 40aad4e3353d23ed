/**
 * `umigame/wire`: bytes. Addresses as values by name; every header as a namespace of accessors that take a DataView
 * and the offset of the header.
 *
 * @example
 * import { formatAddress, ipv6, readAddress6, udp } from 'umigame/wire';
 *
 * const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
 * if (ipv6.check(view, 0, bytes.length) === 'ok' && udp.check(view, 40, bytes.length) === 'ok') {
 *   console.log(formatAddress(readAddress6(view, 8)), udp.sourcePort(view, 40));
 * }
 *
 * @module
 */
export * from './address.ts';
export * as addressBytes from './address-bytes.ts';
export * as advertising from './advertising.ts';
export * as ah from './ah.ts';
export * as arp from './arp.ts';
export * as checksum from './checksum.ts';
export * as domainNames from './domain-names.ts';
export * as esp from './esp.ts';
export * as ethernet from './ethernet.ts';
export * as extension from './extension.ts';
export * as fragment from './fragment.ts';
export * as headerChain from './header-chain.ts';
export * as icmp4 from './icmp4.ts';
export * as icmp6 from './icmp6.ts';
export { eui64Address, eui64LinkLocal } from './interface-identifier.ts';
export * as ipcomp from './ipcomp.ts';
export * as ipv4 from './ipv4.ts';
export * as ipv6 from './ipv6.ts';
export * as ndp from './ndp.ts';
export * as ndpOptions from './ndp-options.ts';
export * as options from './options.ts';
export { Protocol } from './protocols.ts';
export * as quoted from './quoted.ts';
export * as routerAdvertisement from './router-advertisement.ts';
export * as routing from './routing.ts';
export * as tcp from './tcp.ts';
export * as udp from './udp.ts';
