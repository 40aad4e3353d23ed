export type { CaptureTarget } from './chunk-writer.ts';
export { LinkType, type Locator, locatorOf, notIp } from './link-type.ts';
export { PcapWriter, readPcap } from './pcap.ts';
export { readPcapng } from './pcapng.ts';
export { type PacketNotes, PcapngWriter } from './pcapng-writer.ts';
export { readCapture } from './read.ts';
export { CaptureError, type CaptureRecord, type Direction, type Instant, longestRecord } from './record.ts';
