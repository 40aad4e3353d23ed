/**
 * Where packets come from.
 *
 * @module
 */
export { type Closeable, type Device, DeviceRead } from '../packet/device.ts';
export { PlatformError } from '../platform/error.ts';
export { type OpenPacketSocketOptions, openPacketSocket, type PacketSocket } from '../platform/packet-socket.ts';
export { type OpenDeviceOptions, openDevice } from '../platform/tun.ts';
export { type FromCaptureOptions, fromCapture, type SkipReason } from './capture.ts';
export { type FromDeviceOptions, fromDevice, fromDeviceDefaults } from './device.ts';
export { type FromMemoryOptions, fromMemory } from './memory.ts';
export { openTap, openTun } from './tun.ts';
export { type FromTuntap2Options, fromTuntap2, type Tuntap2Source } from './tuntap2.ts';
