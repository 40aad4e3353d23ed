/** What the kernel does with `recvmmsg` and `sendmmsg`, done to the memory of this process: for tests without it. */
import { libc } from '../../src/platform/libc.ts';

const messageLength = 64;

/** Copies bytes from anywhere in this process. */
const peek = (address: number, length: number): DataView => {
  const bytes = new Uint8Array(Math.max(128, length));
  libc().memcpy(libc().addressOf(bytes), address, length);
  return new DataView(bytes.buffer, 0, length);
};

/** Copies bytes to anywhere in this process. */
const poke = (address: number, given: ArrayLike<number>): void => {
  const bytes = new Uint8Array(Math.max(128, given.length));
  bytes.set(given);
  libc().memcpy(address, libc().addressOf(bytes), given.length);
};

const pointer = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

/** The bytes of message `i` of an array of struct mmsghdr. */
export const sentMessage = (messages: number, i: number): Uint8Array => {
  const header = peek(messages + i * messageLength, messageLength);
  const vector = peek(pointer(header, 16), 16);
  const body = peek(pointer(vector, 0), pointer(vector, 8));
  return new Uint8Array(body.buffer.slice(0, body.byteLength));
};

export interface Received {
  readonly bytes: ArrayLike<number>;
  /** Ancillary data: struct cmsghdr and what follows it. */
  readonly control?: ArrayLike<number>;
}

/** Puts what was received into message `i`, cut to its buffers as the kernel does. */
export const putMessage = (messages: number, i: number, { bytes, control = [] }: Received): void => {
  const at = messages + i * messageLength;
  const header = peek(at, messageLength);
  const vector = peek(pointer(header, 16), 16);
  const length = Math.min(bytes.length, pointer(vector, 8));
  poke(pointer(vector, 0), Array.from(bytes).slice(0, length));
  const room = pointer(header, 40);
  if (control.length > room) throw new Error(`there is room for ${room} bytes of ancillary data`);
  if (control.length > 0) poke(pointer(header, 32), control);
  poke(at + 40, Uint8Array.of(control.length, 0, 0, 0, 0, 0, 0, 0));
  poke(at + 56, new Uint8Array(Uint32Array.of(length).buffer));
};
