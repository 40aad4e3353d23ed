import type { InterfacePrefix, IpAddress, IpPrefix } from '../wire/address.ts';
import type { Advertising } from '../wire/advertising.ts';
import type { LinkLayerAddress } from '../wire/ethernet.ts';
import type { IpsecConfig } from './ipsec.ts';
import type { Limits } from './limits.ts';

/** The kernel's side of a device. */
export interface KernelSide {
  readonly addresses: readonly InterfacePrefix[];
  /** Does the kernel route everything it has no better route for to this device; on a TAP device, to the router? */
  readonly defaultRoute: boolean;
  /** Bytes. */
  readonly mtu: number;
}

/** An interface of the router, on a TUN or TAP device that it opens. */
export interface InterfaceConfig {
  /** Name of the interface and of its device. */
  readonly name: string;
  readonly device: 'tun' | 'tap';
  /** Ours on the link of a TAP device. Undefined: one that is made up when the router starts. */
  readonly linkLayerAddress: LinkLayerAddress | undefined;
  /** Existing namespace into which the device is moved once it is open. */
  readonly netns: string | undefined;
  /** Bytes. */
  readonly mtu: number;
  /** The router's own addresses, with their on-link prefixes. */
  readonly addresses: readonly InterfacePrefix[];
  /** Undefined: the kernel's side is left as it is. */
  readonly kernel: KernelSide | undefined;
  /** What the router says of itself on the link; undefined: nothing. */
  readonly advertise: Advertising | undefined;
}

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

/** A checked configuration: everything parsed, every default filled in. */
export interface Config {
  /** In the order of the file. */
  readonly interfaces: readonly InterfaceConfig[];
  readonly routes: readonly RouteConfig[];
  /** Undefined: nothing is protected. */
  readonly ipsec: IpsecConfig | undefined;
  /** Those that the file names; the others are as their stores and operators have them. */
  readonly limits: Limits;
}

/** What holds where the file says nothing. */
export const configDefaults = {
  /** Bytes: what Ethernet carries. */
  mtu: 1500,
  metric: 0,
} as const;
