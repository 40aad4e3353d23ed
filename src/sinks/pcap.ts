import { type CaptureTarget, LinkType, PcapWriter } from '../capture/index.ts';
import type { Packet } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';
import { type RecordingOptions, recording } from './recording.ts';

/**
 * Records every packet that passes, from its IP header on, in a plain pcap file with nanosecond times, and hands it on
 * untouched. For tools that read nothing newer: pcap knows neither interfaces nor reasons, which {@link toPcapng} has.
 *
 * @param target a path, or anything with `write` and perhaps `end`
 *
 * @example
 * wire$.pipe(router(node), toPcap('out.pcap')).subscribe((packet) => packet.release());
 */
export const toPcap = (target: CaptureTarget | string, options: RecordingOptions = {}): Lane =>
  recording(
    target,
    (opened) => {
      const writer = new PcapWriter(opened, LinkType.raw);
      return {
        packet: (packet: Packet, time) => writer.packet(time, packet.bytes, packet.start, packet.end),
        end: () => writer.end(),
      };
    },
    options,
  );
