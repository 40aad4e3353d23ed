import { filter, type Subscription } from 'rxjs';
import { type DeviceConfig, gatewayOf, type InterfaceConfig } from '../config/index.ts';
import type { Device } from '../packet/device.ts';
import { PlatformError } from '../platform/error.ts';
import { configureKernelSide } from '../platform/interface.ts';
import { openPacketSocket, type PacketSocket } from '../platform/packet-socket.ts';
import { openDevice } from '../platform/tun.ts';
import type { Node } from '../state/node.ts';
import type { IpAddress } from '../wire/address.ts';
import { minimumMtu } from '../wire/ipv6.ts';
import { addInterface, randomLinkLayer } from './configure.ts';

/** An interface of the node, and the device that is under it. */
export interface Opened {
  readonly index: number;
  readonly name: string;
  readonly device: Device;
}

/** On Ethernet a host routes to a router, not to a link. */
const gatewaysOf = (config: DeviceConfig): readonly IpAddress[] =>
  config.device === 'tun' ? [] : ([6, 4] as const).flatMap((family) => gatewayOf(config, family) ?? []);

/** What the interface carries, or less if it is told so. */
const mtuOn = ({ name, mtu, addresses }: InterfaceConfig, device: PacketSocket): number => {
  if (mtu !== undefined && mtu > device.mtu) {
    throw new PlatformError(
      `the interface ${name} carries ${device.mtu} bytes, and its "mtu" says ${mtu}: write no more than that, or raise it on the interface (ip link set ${name} mtu ${mtu})`,
    );
  }
  const carried = mtu ?? device.mtu;
  if (carried < minimumMtu && addresses.some(({ address }) => address.family === 6)) {
    throw new PlatformError(
      `the interface ${name} carries ${carried} bytes, too few for IPv6 addresses: raise its MTU to ${minimumMtu} at least`,
    );
  }
  return carried;
};

/** Opens what the configuration names, and sets up both sides of it, or what is ours. */
export const openInterface = (node: Node, config: DeviceConfig): Opened => {
  const { name, device: kind, netns, mtu, kernel } = config;
  if (kind === 'packet') {
    const linkLayerAddress = config.linkLayerAddress ?? randomLinkLayer(node.random);
    const socket = openPacketSocket({ interface: name, netns, linkLayerAddress });
    return closedOnFailure(socket, () => ({ ...config, linkLayerAddress, mtu: mtuOn(config, socket) }), node);
  }
  const device = openDevice({ name, kind });
  const configured = () => {
    configureKernelSide({ device, netns, mtu: kernel?.mtu ?? mtu, ...kernel, gateways: gatewaysOf(config) });
    return config;
  };
  return closedOnFailure(device, configured, node);
};

const closedOnFailure = (device: Device, configured: () => InterfaceConfig, node: Node): Opened => {
  try {
    const config = configured();
    return { index: addInterface(node, config).index, name: config.name, device };
  } catch (error) {
    device.close();
    throw error;
  }
};

const isPacketSocket = (device: Device): device is PacketSocket => device.kind === 'packet';

/** Packet sockets let in what is for us: under our link-layer address of the moment. */
export const followLinkLayerAddresses = (node: Node, opened: readonly Opened[]): Subscription =>
  node.interfaces.changes$.pipe(filter(({ type }) => type === 'updated')).subscribe(({ value }) => {
    const { device } = opened.find(({ index }) => index === value.index) ?? {};
    if (device === undefined || !isPacketSocket(device) || value.linkLayerAddress === undefined) return;
    device.changeLinkLayerAddress(value.linkLayerAddress);
  });
