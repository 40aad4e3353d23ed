import type { Address, Libc } from './libc.ts';

/** struct mmsghdr on a 64-bit machine: a msghdr, then how many bytes were received or sent. */
const messageLength = 64;
const at = { vector: 16, vectorCount: 24, control: 32, controlLength: 40, flags: 48, length: 56 } as const;
/** struct iovec: an address and a length. */
const vectorLength = 16;

export interface MessageVectorOptions {
  /** The memory of each message. They must be off V8's heap, and so longer than 64 bytes, for V8 moves what is on it. */
  readonly buffers: readonly Uint8Array[];
  /** Bytes for ancillary data of each message. Default 0. */
  readonly controlLength?: number;
}

/**
 * Messages for `recvmmsg` and `sendmmsg`, each with one buffer: written once, then only lengths change. 64-bit numbers
 * are written as two of 32, for a BigInt would be garbage.
 */
export class MessageVector {
  /** Where the first message begins; the next ones follow every {@link stride} bytes. */
  readonly address: Address;
  readonly stride = messageLength;
  /** Ancillary data of all messages, one after the other. */
  readonly control: DataView;
  readonly #controlLength: number;
  readonly #messages: DataView;
  readonly #vectors: DataView;
  /** Known to Linux by their addresses only: kept from being collected. */
  readonly buffers: readonly Uint8Array[];

  constructor({ addressOf }: Pick<Libc, 'addressOf'>, { buffers, controlLength = 0 }: MessageVectorOptions) {
    const messages = new Uint8Array(buffers.length * messageLength);
    const vectors = new Uint8Array(Math.max(128, buffers.length * vectorLength));
    const control = new Uint8Array(Math.max(128, buffers.length * controlLength));
    this.#messages = new DataView(messages.buffer);
    this.#vectors = new DataView(vectors.buffer);
    this.control = new DataView(control.buffer);
    this.#controlLength = controlLength;
    this.buffers = buffers;
    this.address = addressOf(messages);
    for (const [i, buffer] of buffers.entries()) {
      const message = i * messageLength;
      const vector = i * vectorLength;
      this.#write(this.#vectors, vector, addressOf(buffer));
      this.#write(this.#vectors, vector + 8, buffer.length);
      this.#write(this.#messages, message + at.vector, addressOf(vectors) + vector);
      this.#write(this.#messages, message + at.vectorCount, 1);
      if (controlLength > 0) this.#write(this.#messages, message + at.control, addressOf(control) + i * controlLength);
    }
    this.resetControl(buffers.length);
  }

  #write(view: DataView, offset: number, value: number): void {
    view.setUint32(offset, value, true);
    view.setUint32(offset + 4, Math.floor(value / 0x1_0000_0000), true);
  }

  /** Bytes that were received into message `i`. */
  received(i: number): number {
    return this.#messages.getUint32(i * messageLength + at.length, true);
  }

  /** Says how many bytes of its buffer message `i` has, to be sent. */
  setLength(i: number, length: number): void {
    this.#vectors.setUint32(i * vectorLength + 8, length, true);
  }

  /** Where the ancillary data of message `i` lie in {@link control}, and in how many bytes. */
  controlOffset(i: number): number {
    return i * this.#controlLength;
  }
  controlReceived(i: number): number {
    return this.#messages.getUint32(i * messageLength + at.controlLength, true);
  }

  /** Gives the first `count` messages all of their room for ancillary data back: receiving made it as short as they were. */
  resetControl(count: number): void {
    if (this.#controlLength === 0) return;
    for (let i = 0; i < count; i += 1) {
      this.#messages.setUint32(i * messageLength + at.controlLength, this.#controlLength, true);
    }
  }
}
