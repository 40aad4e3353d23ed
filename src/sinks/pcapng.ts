import { type CaptureTarget, type Instant, LinkType, type PacketNotes, PcapngWriter } from '../capture/index.ts';
import { dropNames, dropReasons } from '../packet/drop.ts';
import { type Packet, Status } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';
import { type PacketWriter, type RecordingOptions, recording } from './recording.ts';

export interface ToPcapngOptions extends RecordingOptions {
  /** Name of an interface by its index, from 1; 0, for what this node made, is `self`. Default: `interface 2`. */
  readonly interfaces?: (index: number) => string | undefined;
}

/** Most interfaces that a file names; packets of further ones are recorded under `others`. */
const interfaceLimit = 4_096;
const others = -1;

const encoder = new TextEncoder();

/** Notes by drop code, their comments encoded once. */
const refusals: readonly { readonly inbound: PacketNotes; readonly outbound: PacketNotes }[] = dropReasons.map(
  (reason, code) => {
    const why = reason === undefined ? '' : ` — ${reason.sentence} (${reason.rfc})`;
    const comment = encoder.encode(`refused: ${dropNames[code]}${why}`);
    return { inbound: { direction: 'inbound', comment }, outbound: { direction: 'outbound', comment } };
  },
);
const delivered: PacketNotes = { direction: 'inbound', comment: encoder.encode('delivered: to this node') };
const inbound: PacketNotes = { direction: 'inbound' };
const outbound: PacketNotes = { direction: 'outbound' };

/** Puts packets where they belong in a pcapng file: interface, direction, comment. */
class ExplainingWriter implements PacketWriter {
  readonly #writer: PcapngWriter;
  readonly #name: (index: number) => string | undefined;
  /** Interface number in the file by index and kind of link: two for one that carries both. */
  readonly #numbers = new Map<number, number>();

  constructor(target: CaptureTarget, name: (index: number) => string | undefined) {
    this.#writer = new PcapngWriter(target);
    this.#name = name;
  }

  packet(packet: Packet, time: Instant): void {
    const { status } = packet;
    // What was sent, and what is on its way out, is recorded where it leaves; all else where it came in.
    const leaves =
      packet.outInterface !== 0 && (status === Status.sent || status === Status.inFlight || packet.inInterface === 0);
    const number = this.#number(leaves ? packet.outInterface : packet.inInterface, packet.link < packet.start);
    this.#writer.packet(number, time, packet.bytes, packet.link, packet.end, this.#notes(packet, leaves));
  }

  end(): void {
    this.#writer.end();
  }

  #notes(packet: Packet, leaves: boolean): PacketNotes {
    if (packet.status === Status.delivered) return delivered;
    const refusal = packet.status === Status.refused ? refusals[packet.drop] : undefined;
    if (leaves) return refusal?.outbound ?? outbound;
    return refusal?.inbound ?? inbound;
  }

  #number(index: number, ethernet: boolean): number {
    const key = index * 2 + (ethernet ? 1 : 0);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#numbers.size >= interfaceLimit && index !== others) return this.#number(others, ethernet);
    const number = this.#writer.addInterface(this.#nameOf(index), ethernet ? LinkType.ethernet : LinkType.raw);
    this.#numbers.set(key, number);
    return number;
  }

  #nameOf(index: number): string {
    if (index === others) return 'others';
    return index === 0 ? 'self' : (this.#name(index) ?? `interface ${index}`);
  }
}

/**
 * Records every packet that passes in a pcapng file and hands it on untouched. Wireshark then shows each packet's
 * fate: what was refused carries the reason as its comment, what was delivered says so.
 *
 * Sent packets, and packets in flight that know their way out, are recorded on their outgoing interface; refused and
 * delivered ones on the interface they came in by (what we made ourselves: the one it was to leave by). A packet with
 * a link-layer header (`link` before `start`) is recorded with it, as Ethernet; others begin with their IP header.
 *
 * Bytes are copied at once and written in chunks of 64 KiB; the rest is flushed when the stream completes, errors or is
 * unsubscribed. A target that fails ends the recording, not the stream. A path that can't be opened errors it.
 *
 * @param target a path, or anything with `write` and perhaps `end`: a Node stream (which holds in memory what it can't
 *   write yet, so give a path to what runs for long), or your own. Each subscription writes a whole file
 *
 * @example
 * const recorded = toPcapng('out.pcapng', { interfaces: (index) => node.interfaces.nameOf(index) });
 * wire$.pipe(router(node), recorded).subscribe((packet) => packet.release());
 */
export const toPcapng = (target: CaptureTarget | string, options: ToPcapngOptions = {}): Lane =>
  recording(target, (opened) => new ExplainingWriter(opened, options.interfaces ?? (() => undefined)), options);
