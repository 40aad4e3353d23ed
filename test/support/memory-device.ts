import type { Closeable, Device } from '../../src/packet/device.ts';
import { DeviceRead } from '../../src/packet/device.ts';
import { Drop } from '../../src/packet/drop.ts';
import type { Packet } from '../../src/packet/packet.ts';

/** A device without a kernel: what is put into `waiting` is read after {@link wake}, what is written is kept. */
export class MemoryDevice implements Device {
  readonly name: string;
  readonly kind = 'tun';
  readonly waiting: Uint8Array[] = [];
  readonly written: Uint8Array[] = [];
  /** What `write` answers. */
  verdict = Drop.none;
  lost = false;
  /** How often nothing was found. */
  emptyReads = 0;
  readonly #callbacks = new Set<() => void>();

  constructor(name = 'mem0') {
    this.name = name;
  }

  /** Handles of `onReadable` that are open. */
  get watches(): number {
    return this.#callbacks.size;
  }

  /** One turn of the event loop: whoever watches is told, if there is something. */
  wake(): void {
    if (this.waiting.length === 0 && !this.lost) return;
    for (const callback of [...this.#callbacks]) callback();
  }

  read(packet: Packet): DeviceRead {
    if (this.lost) return DeviceRead.lost;
    const bytes = this.waiting.shift();
    if (bytes === undefined) {
      this.emptyReads += 1;
      return DeviceRead.empty;
    }
    packet.bytes.set(bytes, packet.link);
    packet.end = packet.link + bytes.length;
    return DeviceRead.packet;
  }

  write(packet: Packet): number {
    if (this.verdict === Drop.none) this.written.push(packet.bytes.slice(packet.start, packet.end));
    return this.verdict;
  }

  onReadable(callback: () => void): Closeable {
    const own = () => callback();
    this.#callbacks.add(own);
    return { close: () => this.#callbacks.delete(own) };
  }

  close(): void {
    this.#callbacks.clear();
    this.lost = true;
  }
}
