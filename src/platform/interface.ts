import { readFileSync, writeFileSync } from 'node:fs';
import type { Device } from '../packet/device.ts';
import { type InterfacePrefix, type IpAddress, prefixOf, unspecified4, unspecified6 } from '../wire/address.ts';
import { Errno, PlatformError } from './error.ts';
import { type KernelInterface, RouteSocket } from './netlink.ts';
import { inPlace, withNamespace } from './netns.ts';

/** What Linux is told about its side of a device. */
export interface KernelSideOptions {
  readonly device: Pick<Device, 'name'>;
  /** Network namespace to move the device to; it must exist. Default: the device stays. */
  readonly netns?: string | undefined;
  /** Largest packet in bytes. Default: as it is, 1,500 for a fresh device. */
  readonly mtu?: number | undefined;
  /** Usable at once, without duplicate address detection. Default none. */
  readonly addresses?: readonly InterfacePrefix[];
  /** Route everything to the device that Linux has no better route for, in each family of `addresses`? Default false. */
  readonly defaultRoute?: boolean;
  /** Where default routes lead, one for each family. Default: to the link itself, as is right for one with two ends. */
  readonly gateways?: readonly IpAddress[];
}

const withKernel = <T>(fn: (kernel: RouteSocket) => T): T => {
  const kernel = new RouteSocket();
  try {
    return fn(kernel);
  } finally {
    kernel.close();
  }
};

/** Containers often come with IPv6 switched off; an address can't be added then. */
const enableIpv6 = (name: string): void => {
  const path = `/proc/sys/net/ipv6/conf/${name}/disable_ipv6`;
  try {
    if (readFileSync(path, 'latin1').trim() !== '0') writeFileSync(path, '0');
  } catch {
    // No such file, or it may not be written: adding the address will say what is the matter.
  }
};

const moveTo = (netns: string, name: string): void => {
  try {
    withNamespace(netns, (namespace) => withKernel((kernel) => kernel.set(name, { namespace })));
  } catch (cause) {
    if (!(cause instanceof PlatformError) || cause.code !== 'EEXIST') throw cause;
    throw new PlatformError(
      `the interface ${name} can't be moved to the network namespace ${netns}: one of that name is there already; choose another name`,
      Errno.EEXIST,
      { cause },
    );
  }
};

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** How often, a millisecond apart, Linux is asked whether it is ready. */
const patience = 1_000;

/**
 * Linux acknowledges an IPv6 address a moment before it takes packets to it: a worker of its own puts in the local
 * route, up to 18 ms later on a busy machine. Whoever sends a packet at once would lose it.
 */
const waitUntilLocal = (kernel: RouteSocket, { address }: InterfacePrefix): void => {
  for (let tries = 0; tries < patience && !kernel.isLocal(address); tries += 1) Atomics.wait(sleeper, 0, 0, 1);
};

/**
 * Sets up the host at the other end of a device: Linux. Moves the device to its namespace, sets the MTU, brings it up,
 * adds addresses and default routes. All of it goes away with the device.
 *
 * @returns the interface as Linux now has it
 * @throws PlatformError what could not be done, and why
 *
 * @example
 * const device = openDevice({ name: 'uma', kind: 'tun' });
 * const addresses = [parseInterfaceAddress('fd00:a::2/64')!];
 * configureKernelSide({ device, netns: 'a', mtu: 1500, addresses, defaultRoute: true });
 */
export const configureKernelSide = (options: KernelSideOptions): KernelInterface => {
  const { netns, mtu, addresses = [], defaultRoute = false, gateways = [] } = options;
  const { name } = options.device;
  if (netns !== undefined) moveTo(netns, name);
  return inPlace(netns, () =>
    withKernel((kernel) => {
      if (mtu !== undefined) kernel.set(name, { mtu });
      kernel.set(name, { up: true });
      const hasIpv6 = addresses.some(({ address }) => address.family === 6);
      if (hasIpv6) enableIpv6(name);
      for (const address of addresses) kernel.addAddress(name, address);
      for (const address of addresses) waitUntilLocal(kernel, address);
      if (defaultRoute) {
        for (const to of [unspecified6, unspecified4]) {
          if (!addresses.some(({ address }) => address.family === to.family)) continue;
          const via = gateways.find(({ family }) => family === to.family);
          kernel.addRoute({ to: prefixOf(to, 0), device: name, ...(via === undefined ? {} : { via }) });
        }
      }
      return kernel.get(name);
    }),
  );
};

/**
 * An interface as Linux has it now: index, MTU, up or down.
 *
 * @param netns the network namespace it is in; default this thread's
 * @throws PlatformError when there is none of that name
 */
export const readInterface = (name: string, netns?: string): KernelInterface =>
  inPlace(netns, () => withKernel((kernel) => kernel.get(name)));
