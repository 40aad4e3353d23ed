import { readFileSync } from 'node:fs';
import { Observable } from 'rxjs';
import { type CaptureRecord, LinkType, locatorOf, notIp, readCapture } from '../capture/index.ts';
import type { Packet } from '../packet/packet.ts';
import type { PacketPool } from '../packet/pool.ts';
import * as ethernet from '../wire/ethernet.ts';

/**
 * Why a record became no packet: it is longer than the pool's large slab, the pool's packets were all out, or its
 * link type is not supported (see `LinkType`).
 */
export type SkipReason = 'tooLarge' | 'noBuffer' | 'unknownLinkType';

export interface FromCaptureOptions {
  readonly pool: PacketPool;
  /** Which interface a record came in by; the packet's `inInterface`. Default: the record's number plus one. */
  readonly interfaceIndex?: (record: CaptureRecord) => number;
  /** Told of each record that became no packet. Default: they are passed over. */
  readonly skipped?: (record: CaptureRecord, reason: SkipReason) => void;
}

/** Times that fit a packet's fields; a file may claim any. */
const lastSecond = 0xffff_ffff;

const readFile = (path: string): Uint8Array => {
  try {
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The capture ${path} can't be read: ${reason}; check the path and its permissions.`, { cause });
  }
};

const toPacket = (record: CaptureRecord, pool: PacketPool, inInterface: number): Packet | SkipReason => {
  const { data, linkType } = record;
  const locate = locatorOf(linkType);
  if (locate === undefined) return 'unknownLinkType';
  const packet = pool.acquire(data.length);
  if (packet === undefined) return data.length > pool.options.large ? 'tooLarge' : 'noBuffer';
  packet.bytes.set(data, packet.start);
  const network = locate(packet.view, packet.link, packet.end);
  packet.start = network === notIp ? packet.end : network;
  // Only Ethernet has a header here that means something to those who look at `link`.
  if (linkType !== LinkType.ethernet) packet.link = packet.start;
  else if (network !== notIp) packet.linkCast = ethernet.linkCast(packet.view, packet.link);
  packet.upper = packet.start;
  packet.inInterface = inInterface;
  packet.seconds = Math.min(Math.max(record.seconds, 0), lastSecond);
  packet.nanoseconds = record.nanoseconds;
  return packet;
};

/**
 * The packets of a pcap or pcapng file, as they came, at once and in order. Cold: each subscription reads the file
 * anew; unsubscribing stops between two packets.
 *
 * A packet carries its time and interface. Ethernet headers stay before the packet (`link` to `start`, VLAN tags
 * included); other link-layer headers are left out. A frame without an IP packet becomes a packet with no bytes behind
 * its link-layer header, which `decode` refuses as `empty`: pointing `start` at the frame itself would let a
 * link-layer address that begins with 4 or 6 pass for an IP header. Of a record that the capture cut short the packet
 * has what is there, and `decode` refuses it as `truncated`.
 *
 * Errors with a `CaptureError` where the file is damaged, after the packets before that.
 *
 * @param capture the file's bytes, or its path
 *
 * @example
 * const pool = new PacketPool();
 * fromCapture('captures/demo.pcapng', { pool }).subscribe((packet) => {
 *   console.log(summarize(packet));
 *   packet.release();
 * });
 */
export const fromCapture = (capture: Uint8Array | string, options: FromCaptureOptions): Observable<Packet> =>
  new Observable((out) => {
    const { pool, interfaceIndex = ({ interfaceId }) => interfaceId + 1, skipped } = options;
    for (const record of readCapture(typeof capture === 'string' ? readFile(capture) : capture)) {
      const packet = toPacket(record, pool, interfaceIndex(record));
      if (typeof packet === 'string') {
        skipped?.(record, packet);
        continue;
      }
      out.next(packet);
      if (out.closed) return;
    }
    out.complete();
  });
