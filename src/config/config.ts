import type { InterfacePrefix, IpAddress, IpPrefix } from '../wire/address.ts';
import type { Advertising } from '../wire/advertising.ts';
import type { LinkLayerAddress } from '../wire/ethernet.ts';
import type { TunnelKindName, TunnelParameters } from '../wire/tunneling.ts';
import type { Autoconf } from './autoconf.ts';
import type { Limits } from './limits.ts';

/** The kernel's side of a device. */
export interface KernelSide {
  readonly addresses: readonly InterfacePrefix[];
  /** Does the kernel route everything it has no better route for to this device; on a TAP device, to the router? */
  readonly defaultRoute: boolean;
  /** Bytes. */
  readonly mtu: number;
}

/**
 * An interface of the router: on a TUN or TAP device that it makes, on an interface that there is, or a tunnel, which has
 * no device.
 */
export interface InterfaceConfig {
  /** Name of the interface and of its device. */
  readonly name: string;
  readonly device: 'tun' | 'tap' | 'packet' | TunnelKindName;
  /** Ours on an Ethernet link. Undefined: one that is made up when the router starts. */
  readonly linkLayerAddress: LinkLayerAddress | undefined;
  /** Existing namespace into which the device is moved once it is open; in which an interface that there is, is. */
  readonly netns: string | undefined;
  /** Bytes; of a tunnel whose MTU follows the path the least that it has. Undefined: as the interface that there is has it. */
  readonly mtu: number | undefined;
  /** The router's own addresses, with their on-link prefixes. */
  readonly addresses: readonly InterfacePrefix[];
  /** Undefined: the kernel's side is left as it is. */
  readonly kernel: KernelSide | undefined;
  /** Probes for each IPv6 address before it is used (RFC 4862 §5.1 DupAddrDetectTransmits); 0: none. */
  readonly duplicateAddressDetection: number;
  /** What the router says of itself on the link; undefined: nothing. */
  readonly advertise: Advertising | undefined;
  /** How the interface configures itself from what routers say; undefined: it does not. */
  readonly autoconf: Autoconf | undefined;
  /** Addresses of others that the router answers for on the link (RFC 4861 §7.2.8, RFC 1027). */
  readonly proxies: readonly IpAddress[];
  /** What is done about routers that advertise themselves and should not. Undefined: they are not watched for. */
  readonly rogueAdvertisements: RogueWatch | undefined;
  /** How its packets leave in other packets; undefined: it is on a device. */
  readonly tunnel: TunnelParameters | undefined;
}

/** A watch for rogue advertisements (RFC 6104). */
export interface RogueWatch {
  /** Are they taken back, in the name of who sent them, besides being refused and reported? */
  readonly counter: boolean;
  /** Link-local addresses of routers that may advertise. */
  readonly routers: readonly IpAddress[];
}

export interface DeviceConfig extends InterfaceConfig {
  readonly device: 'tun' | 'tap' | 'packet';
}

export interface TunnelConfig extends InterfaceConfig {
  readonly device: TunnelKindName;
  readonly mtu: number;
  readonly tunnel: TunnelParameters;
}

export const isDevice = (config: InterfaceConfig): config is DeviceConfig => config.tunnel === undefined;

export const isTunnel = (config: InterfaceConfig): config is TunnelConfig => config.tunnel !== undefined;

/** A route: forward through an interface, or refuse with or without an error to the sender. */
export type RouteConfig =
  | {
      readonly action: 'forward';
      readonly to: IpPrefix;
      readonly metric: number;
      /** Name of the outgoing interface; found by `via` when the file did not say. */
      readonly dev: string;
      /** Undefined: the destination is on the link. */
      readonly via: IpAddress | undefined;
    }
  | { readonly action: 'reject' | 'blackhole'; readonly to: IpPrefix; readonly metric: number };

/** Which addresses are preferred (RFC 6724). */
export interface AddressSelection {
  /** Beside those of the default policy table, or in their place. */
  readonly policies: readonly { readonly prefix: IpPrefix; readonly precedence: number; readonly label: number }[];
  /** Do temporary addresses speak rather than others? */
  readonly temporary: boolean;
}

/** A checked configuration: everything parsed, every default filled in. */
export interface Config {
  /** Is it a router's? A host takes what is for it, and sends what is its own. */
  readonly forwarding: boolean;
  /** In the order of the file. */
  readonly interfaces: readonly InterfaceConfig[];
  readonly routes: readonly RouteConfig[];
  readonly addressSelection: AddressSelection;
  /** Those that the file names; the others are as their stores and operators have them. */
  readonly limits: Limits;
}

/** What holds where the file says nothing. */
export const configDefaults = {
  /** Bytes: what Ethernet carries. */
  mtu: 1500,
  metric: 0,
  forwarding: true,
  /** Probes: as RFC 4862 §5.1 has it. */
  duplicateAddressDetection: 1,
  /** As RFC 6724 §5 has it. */
  temporary: true,
} as const;
