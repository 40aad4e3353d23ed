import { writeAddress } from '../wire/address-value.ts';
import * as arpWire from '../wire/arp.ts';
import * as wire from '../wire/ethernet.ts';
import * as icmp6Wire from '../wire/icmp6.ts';
import * as ndp from '../wire/ndp.ts';
import * as ndpOptions from '../wire/ndp-options.ts';
import * as advertised from '../wire/router-advertisement.ts';
import { joinBytes, type Layer, putBefore } from './build.ts';
import { addressOf } from './ip.ts';
import { icmp6 } from './upper.ts';

/** The link-layer address that the text means; throws when it means none. */
export const linkLayerOf = (text: string): wire.LinkLayerAddress => {
  const address = wire.parseLinkLayer(text);
  if (address === undefined) throw new Error(`umigame: ${text} is not a link-layer address`);
  return address;
};

export interface EthernetFields {
  readonly source: string;
  readonly destination: string;
  /** Default: what the IP layer behind it asks for. */
  readonly etherType?: number;
  /** A VLAN tag: priority and identifier. Default none. */
  readonly tag?: number;
}

/** An Ethernet header (RFC 894, RFC 2464), before an IP packet or an ARP message. */
export const ethernet =
  ({ source, destination, etherType, tag }: EthernetFields): Layer =>
  (body) => {
    const header = new Uint8Array(wire.minimumHeaderLength + (tag === undefined ? 0 : wire.tagLength));
    const view = new DataView(header.buffer);
    const to = linkLayerOf(destination);
    const from = linkLayerOf(source);
    wire.setDestination(view, 0, to.high, to.low);
    wire.setSource(view, 0, from.high, from.low);
    if (tag !== undefined) {
      wire.setEtherType(view, 0, wire.EtherType.vlan);
      view.setUint16(14, tag);
    }
    const carried = ((body.bytes[0] as number) ?? 0) >> 4 === 4 ? wire.EtherType.ipv4 : wire.EtherType.ipv6;
    view.setUint16(header.length - 2, etherType ?? carried);
    return putBefore(header, body, 0);
  };

/** An ARP message (RFC 826): the bytes behind an Ethernet header of EtherType 0x0806. */
export const arpMessage = (fields: {
  readonly operation?: 'request' | 'reply';
  readonly sender: string;
  readonly senderLinkLayer: string;
  readonly target: string;
  /** Default: zeros. */
  readonly targetLinkLayer?: string;
}): Uint8Array => {
  const { operation = 'request', sender, senderLinkLayer, target, targetLinkLayer = '00:00:00:00:00:00' } = fields;
  const bytes = new Uint8Array(arpWire.headerLength);
  const from = { ...linkLayerOf(senderLinkLayer), address: addressOf(sender).w0 };
  const to = { ...linkLayerOf(targetLinkLayer), address: addressOf(target).w0 };
  arpWire.write(new DataView(bytes.buffer), 0, arpWire.Operation[operation], from, to);
  return bytes;
};

/** A Source or Target Link-Layer Address option. */
export const linkLayerOption = (kind: 'source' | 'target', linkLayer: string): Uint8Array => {
  const bytes = new Uint8Array(ndpOptions.linkLayerSize);
  const { high, low } = linkLayerOf(linkLayer);
  const { sourceLinkLayerAddress, targetLinkLayerAddress } = ndpOptions.Option;
  const type = kind === 'source' ? sourceLinkLayerAddress : targetLinkLayerAddress;
  ndpOptions.writeLinkLayerAddress(new DataView(bytes.buffer), 0, type, high, low);
  return bytes;
};

/** A Nonce option of six bytes (RFC 7527 §4.1). */
export const nonceOption = (high: number, low: number): Uint8Array => {
  const bytes = new Uint8Array(ndpOptions.nonceSize);
  ndpOptions.writeNonce(new DataView(bytes.buffer), 0, high, low);
  return bytes;
};

/** A message about a target: its 16 bytes and options, behind the ICMPv6 header that `outer` makes. */
const aboutTarget =
  (type: number, parameter: number, target: string, options: readonly Uint8Array[]): Layer =>
  (body) => {
    const bytes = new Uint8Array(16);
    writeAddress(new DataView(bytes.buffer), 0, addressOf(target));
    return icmp6({ type, parameter })(putBefore(joinBytes(bytes, ...options), body, body.protocol));
  };

/** A Neighbor Solicitation (RFC 4861 §4.3) behind an IPv6 header, whose hop limit must be 255 to be valid. */
export const neighborSolicitation = (target: string, ...options: readonly Uint8Array[]): Layer =>
  aboutTarget(icmp6Wire.Type.neighborSolicitation, 0, target, options);

/**
 * A Neighbor Advertisement (RFC 4861 §4.4).
 *
 * @param flags letters: `R` router, `S` solicited, `O` override
 */
export const neighborAdvertisement = (flags: string, target: string, ...options: readonly Uint8Array[]): Layer => {
  const { router, solicited, override } = ndp.AdvertisementFlag;
  const bits =
    (flags.includes('R') ? router : 0) | (flags.includes('S') ? solicited : 0) | (flags.includes('O') ? override : 0);
  return aboutTarget(icmp6Wire.Type.neighborAdvertisement, bits * 0x1000000, target, options);
};

/** A message that begins with the four bytes behind the ICMPv6 header's checksum. */
const message =
  (type: number, bytes: Uint8Array): Layer =>
  (body) => {
    const parameter = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    return icmp6({ type, parameter })(putBefore(bytes.slice(4), body, body.protocol));
  };

/** A Router Solicitation (RFC 4861 §4.1). */
export const routerSolicitation = (...options: readonly Uint8Array[]): Layer =>
  message(icmp6Wire.Type.routerSolicitation, joinBytes(new Uint8Array(4), ...options));

/** What a router says when nothing else is given: that it is a default router for half an hour, and no more. */
const silentRouter: advertised.RouterAdvertisement = {
  currentHopLimit: 0,
  managed: false,
  otherConfiguration: false,
  homeAgent: false,
  preference: ndp.Preference.medium,
  routerLifetime: 1_800,
  reachableTime: 0,
  retransTimer: 0,
  options: [],
};

/**
 * A Router Advertisement (RFC 4861 §4.2).
 *
 * @param fields default: a router lifetime of 1,800 s, and nothing else
 * @param options further ones, as bytes
 */
export const routerAdvertisement = (
  fields: Partial<advertised.RouterAdvertisement> = {},
  ...options: readonly Uint8Array[]
): Layer => {
  const whole = { ...silentRouter, ...fields };
  const bytes = new Uint8Array(advertised.messageSize(whole));
  advertised.write(new DataView(bytes.buffer), 0, whole);
  return message(icmp6Wire.Type.routerAdvertisement, joinBytes(bytes.slice(4), ...options));
};

/** A Redirect (RFC 4861 §4.5). */
export const redirect = (target: string, destination: string, ...options: readonly Uint8Array[]): Layer => {
  const bytes = new Uint8Array(36);
  writeAddress(new DataView(bytes.buffer), 4, addressOf(target));
  writeAddress(new DataView(bytes.buffer), 20, addressOf(destination));
  return message(icmp6Wire.Type.redirect, joinBytes(bytes, ...options));
};
