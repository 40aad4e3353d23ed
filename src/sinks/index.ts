/**
 * Where packets go. All but `release` are lanes: they mark packets as sent, or refuse them, and hand them on.
 *
 * @module
 */
export { deviceStep, toDevice } from './device.ts';
export { toInterfaces } from './interfaces.ts';
export { toMemory } from './memory.ts';
export { toNull } from './null.ts';
export { toPcap } from './pcap.ts';
export { type ToPcapngOptions, toPcapng } from './pcapng.ts';
export type { RecordingOptions } from './recording.ts';
export { release } from './release.ts';
export { type Tuntap2Sink, toTuntap2 } from './tuntap2.ts';
