import { createRequire } from 'node:module';
import type * as koffi from 'koffi';
import { PlatformError } from './error.ts';

/** An address in this process's memory. */
export type Address = number;

/**
 * The calls of the C library that this room makes, as they are in C: -1 is failure, and `errno()` says why if it is
 * asked at once. Lengths and results are in bytes.
 */
export interface Libc {
  readonly errno: () => number;
  /** Where the first byte lies. An ArrayBuffer never moves while it lives; keep it alive as long as the address. */
  readonly addressOf: (bytes: Uint8Array) => Address;
  readonly open: (path: string, flags: number) => number;
  readonly close: (descriptor: number) => number;
  /** By address: a packet is read into the middle of its slab without a `subarray`. */
  readonly read: (descriptor: number, address: Address, length: number) => number;
  readonly write: (descriptor: number, address: Address, length: number) => number;
  /** From one place in memory to another: 90 ns for 1,514 bytes, and no view of them to be made and thrown away. */
  readonly memcpy: (to: Address, from: Address, length: number) => void;
  readonly ioctl: (descriptor: number, request: number, argument: Uint8Array) => number;
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly setsockopt: (descriptor: number, level: number, option: number, value: Uint8Array, length: number) => number;
  readonly bind: (descriptor: number, address: Uint8Array, length: number) => number;
  /** `length` is an int: room for the address, then bytes that it took. */
  readonly getsockname: (descriptor: number, address: Uint8Array, length: Uint8Array) => number;
  /** Messages are an array of struct mmsghdr; the result is how many were received. */
  readonly recvmmsg: (
    descriptor: number,
    messages: Address,
    count: number,
    flags: number,
    timeout: Uint8Array | null,
  ) => number;
  readonly sendmmsg: (descriptor: number, messages: Address, count: number, flags: number) => number;
  readonly send: (descriptor: number, bytes: Uint8Array, length: number, flags: number) => number;
  readonly recv: (descriptor: number, bytes: Uint8Array, length: number, flags: number) => number;
  readonly unshare: (flags: number) => number;
  readonly setns: (descriptor: number, type: number) => number;
  readonly mount: (
    source: string | null,
    target: string,
    type: string | null,
    flags: number,
    data: string | null,
  ) => number;
  readonly umount2: (target: string, flags: number) => number;
}

/** koffi's polling, for `poll.ts` alone. */
export interface Polling {
  readonly node: typeof koffi.node | undefined;
  /** The C library's `poll` on a worker thread: 1 when ready, 0 when `timeout` milliseconds have passed. */
  readonly pollAsync: (
    entries: Uint8Array,
    count: number,
    timeout: number,
    done: (error: unknown, ready: number) => void,
  ) => void;
}

const require = createRequire(import.meta.url);

const loadKoffi = (): typeof koffi => {
  if (process.platform !== 'linux') {
    throw new PlatformError(
      `devices and network namespaces are reached through Linux, and this is ${process.platform}: replay a capture instead`,
    );
  }
  try {
    return require('koffi') as typeof koffi;
  } catch (cause) {
    const options = cause instanceof Error ? { cause } : undefined;
    throw new PlatformError(
      `koffi, which calls the C library, can't be loaded on ${process.platform}-${process.arch}: install umigame again without --omit=optional, or replay a capture instead`,
      0,
      options,
    );
  }
};

const load = (): Libc & Polling => {
  const loaded = loadKoffi();
  // null: whatever C library this process already runs on, glibc or musl.
  const library = loaded.load(null);
  // Addresses as integers: koffi looks at a `void *` argument four ways before it takes it for a number.
  return {
    errno: () => loaded.errno(),
    addressOf: (bytes) => Number(loaded.address(bytes)),
    open: library.func('int open(const char *path, int flags)'),
    close: library.func('int close(int descriptor)'),
    read: library.func('long read(int descriptor, intptr_t address, size_t length)'),
    write: library.func('long write(int descriptor, intptr_t address, size_t length)'),
    memcpy: library.func('void memcpy(intptr_t to, intptr_t from, size_t length)'),
    ioctl: library.func('int ioctl(int descriptor, unsigned long request, void *argument)'),
    socket: library.func('int socket(int domain, int type, int protocol)'),
    setsockopt: library.func('int setsockopt(int descriptor, int level, int option, void *value, uint length)'),
    bind: library.func('int bind(int descriptor, void *address, uint length)'),
    getsockname: library.func('int getsockname(int descriptor, void *address, void *length)'),
    recvmmsg: library.func('int recvmmsg(int descriptor, intptr_t messages, uint count, int flags, void *timeout)'),
    sendmmsg: library.func('int sendmmsg(int descriptor, intptr_t messages, uint count, int flags)'),
    send: library.func('long send(int descriptor, void *bytes, size_t length, int flags)'),
    recv: library.func('long recv(int descriptor, void *bytes, size_t length, int flags)'),
    unshare: library.func('int unshare(int flags)'),
    setns: library.func('int setns(int descriptor, int type)'),
    mount: library.func(
      'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
    ),
    umount2: library.func('int umount2(const char *target, int flags)'),
    node: loaded.node as typeof koffi.node | undefined,
    pollAsync: library.func('int poll(void *entries, unsigned long count, int timeout)').async,
  };
};

let loaded: (Libc & Polling) | undefined;

/**
 * The C library of this process, loaded when it is first asked for: importing umigame elsewhere than on Linux, or to
 * replay a capture, needs no native code.
 *
 * @throws PlatformError where it can't be had
 */
export const libc = (): Libc & Polling => {
  loaded ??= load();
  return loaded;
};
