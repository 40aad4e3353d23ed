import { closeSync, openSync, writeSync } from 'node:fs';
import { Observable, Subscriber } from 'rxjs';
import { type CaptureTarget, type Instant, LinkType, type PacketNotes, PcapngWriter } from '../capture/index.ts';
import { dropNames, dropReasons } from '../packet/drop.ts';
import { type Packet, Status } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';

export interface ToPcapngOptions {
  /** Name of an interface by its index, from 1; 0, for what this node made, is `self`. Default: `interface 2`. */
  readonly interfaces?: (index: number) => string | undefined;
  /** The time for packets that carry none. Default: the system's clock, in nanoseconds. */
  readonly now?: () => Instant;
  /**
   * Told once when the target takes no more: from then on packets pass unrecorded. Default: a process warning.
   */
  readonly failed?: (error: Error) => void;
}

/** Most interfaces that a file names; packets of further ones are recorded under `others`. */
const interfaceLimit = 4_096;
const others = -1;

/** The system's clock, read as a start and the time since: `Date` alone knows milliseconds. */
const wallClock = (): (() => Instant) => {
  const milliseconds = Date.now();
  const start = process.hrtime();
  const instant = { seconds: 0, nanoseconds: 0 };
  return () => {
    const [seconds, nanoseconds] = process.hrtime(start);
    const total = (milliseconds % 1_000) * 1_000_000 + nanoseconds;
    instant.seconds = Math.floor(milliseconds / 1_000) + seconds + Math.floor(total / 1e9);
    instant.nanoseconds = total % 1e9;
    return instant;
  };
};

const openFile = (path: string): CaptureTarget => {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'w');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The capture ${path} can't be written: ${reason}; choose another path.`, { cause });
  }
  return {
    write(bytes) {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    },
    end() {
      closeSync(descriptor);
    },
  };
};

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

/** One file being written. */
class Recorder {
  readonly #target: CaptureTarget;
  readonly #writer: PcapngWriter;
  readonly #name: (index: number) => string | undefined;
  readonly #now: () => Instant;
  readonly #failed: (error: Error) => void;
  /** Interface number in the file by index and kind of link: two for one that carries both. */
  readonly #numbers = new Map<number, number>();
  #open = true;

  constructor(target: CaptureTarget, options: ToPcapngOptions) {
    this.#target = target;
    this.#name = options.interfaces ?? (() => undefined);
    this.#now = options.now ?? wallClock();
    this.#failed = options.failed ?? ((error) => process.emitWarning(error));
    this.#writer = new PcapngWriter(target);
  }

  record(packet: Packet): void {
    if (!this.#open) return;
    const { status } = packet;
    // What was sent, and what is on its way out, is recorded where it leaves; all else where it came in.
    const leaves =
      packet.outInterface !== 0 && (status === Status.sent || status === Status.inFlight || packet.inInterface === 0);
    const index = leaves ? packet.outInterface : packet.inInterface;
    const time = packet.seconds === 0 ? this.#now() : packet;
    try {
      const number = this.#number(index, packet.link < packet.start);
      this.#writer.packet(number, time, packet.bytes, packet.link, packet.end, this.#notes(packet, leaves));
    } catch (cause) {
      this.#fail(cause);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.#writer.end();
    } catch (cause) {
      this.#fail(cause);
    }
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

  #fail(cause: unknown): void {
    const wasOpen = this.#open;
    this.#open = false;
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#failed(new Error(`The capture ended early: ${reason}; packets go on unrecorded.`, { cause }));
    if (wasOpen) {
      try {
        this.#target.end?.();
      } catch {
        // It failed already, and that was told.
      }
    }
  }
}

class RecordSubscriber extends Subscriber<Packet> {
  readonly #out: Subscriber<Packet>;
  readonly #recorder: Recorder;

  constructor(out: Subscriber<Packet>, recorder: Recorder) {
    super(out);
    this.#out = out;
    this.#recorder = recorder;
    this.add(() => recorder.close());
  }

  protected override _next(packet: Packet): void {
    this.#recorder.record(packet);
    this.#out.next(packet);
  }

  /** The file is whole before anyone hears that the stream has ended. */
  protected override _error(error: unknown): void {
    this.#recorder.close();
    super._error(error);
  }

  protected override _complete(): void {
    this.#recorder.close();
    super._complete();
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
export const toPcapng =
  (target: CaptureTarget | string, options: ToPcapngOptions = {}): Lane =>
  (source) =>
    new Observable((out) => {
      const recorder = new Recorder(typeof target === 'string' ? openFile(target) : target, options);
      source.subscribe(new RecordSubscriber(out, recorder));
    });
