/**
 * The only room that talks to Linux.
 *
 * @module
 */
export { PlatformError } from './error.ts';
export { configureKernelSide, type KernelSideOptions, readInterface } from './interface.ts';
export { libcrypto, type NativeLibrary } from './libcrypto.ts';
export {
  type AddAddressOptions,
  type InterfaceChange,
  type KernelInterface,
  type KernelRoute,
  RouteSocket,
} from './netlink.ts';
export { createNamespace, deleteNamespace, inNamespace, namespaceExists, withNamespace } from './netns.ts';
export { type OpenPacketSocketOptions, openPacketSocket, type PacketSocket } from './packet-socket.ts';
export { type OpenDeviceOptions, openDevice } from './tun.ts';
