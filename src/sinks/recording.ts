import { closeSync, openSync, writeSync } from 'node:fs';
import { Observable, Subscriber } from 'rxjs';
import type { CaptureTarget, Instant } from '../capture/index.ts';
import type { Packet } from '../packet/packet.ts';
import type { Lane } from '../packet/stage.ts';

export interface RecordingOptions {
  /** The time for packets that carry none. Default: the system's clock, in nanoseconds. */
  readonly now?: () => Instant;
  /**
   * Told once when the target takes no more: from then on packets pass unrecorded. Default: a process warning.
   */
  readonly failed?: (error: Error) => void;
}

/** A capture format, as a recording sees it. */
export interface PacketWriter {
  packet(packet: Packet, time: Instant): void;
  /** Flushes and ends the target. */
  end(): void;
}

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

/** One file being written. A target that fails ends it; whatever happens, packets go on. */
class Recorder {
  readonly #target: CaptureTarget;
  readonly #writer: PacketWriter;
  readonly #now: () => Instant;
  readonly #failed: (error: Error) => void;
  #open = true;

  constructor(target: CaptureTarget, writer: PacketWriter, options: RecordingOptions) {
    this.#target = target;
    this.#writer = writer;
    this.#now = options.now ?? wallClock();
    this.#failed = options.failed ?? ((error) => process.emitWarning(error));
  }

  record(packet: Packet): void {
    if (!this.#open) return;
    try {
      this.#writer.packet(packet, packet.seconds === 0 ? this.#now() : packet);
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

  override next(packet: Packet): void {
    if (this.isStopped) return;
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
 * A lane that writes every packet that passes to a capture file, and hands it on untouched. Each subscription writes a
 * whole file; the rest of it is flushed when the stream completes, errors or is unsubscribed.
 *
 * @param target a path, which errors the stream if it can't be opened, or anything with `write` and perhaps `end`
 */
export const recording =
  (target: CaptureTarget | string, open: (target: CaptureTarget) => PacketWriter, options: RecordingOptions): Lane =>
  (source) =>
    new Observable((out) => {
      const opened = typeof target === 'string' ? openFile(target) : target;
      source.subscribe(new RecordSubscriber(out, new Recorder(opened, open(opened), options)));
    });
