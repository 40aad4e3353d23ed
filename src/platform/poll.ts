import type { Closeable } from '../packet/device.ts';
import { libc, type Polling } from './libc.ts';

const POLLIN = 1;

/** How long one `poll` of the fallback sleeps, in milliseconds. Finite, for a sleeping thread holds up `process.exit`. */
const fallbackTimeout = 100;

export interface ReadableOptions {
  /** Uses koffi's asynchronous `poll()` even where Node's own loop can be asked. Default false. */
  readonly fallback?: boolean;
}

/**
 * Calls back while the descriptor is readable, or broken (its next `read` says how). Level-triggered: a callback that
 * leaves something unread is called again on the next turn of the loop, after all other descriptors had theirs.
 *
 * Close the handle before the descriptor.
 *
 * The only file that knows how: koffi 3.3.4 hands out libuv's poll, undocumented (114 µs round trip between two
 * namespaces); without it, koffi's asynchronous `poll()` is called over and over on a worker thread (150 µs).
 */
export const onReadable = (
  descriptor: number,
  callback: () => void,
  { fallback = false }: ReadableOptions = {},
): Closeable => {
  const polling = libc();
  return fallback || typeof polling.node?.poll !== 'function'
    ? byThread(polling, descriptor, callback)
    : byLoop(polling.node, descriptor, callback);
};

const byLoop = (node: NonNullable<Polling['node']>, descriptor: number, callback: () => void): Closeable => {
  let open = true;
  const start = () => node.poll(descriptor, (status: unknown) => wake(status));
  // koffi's types promise (events); it calls with (status, events). A failing status stops the handle for good: a
  // reader that is still open then, and so has not found the descriptor broken, gets a new one.
  const wake = (status: unknown) => {
    callback();
    if (open && typeof status === 'number' && status < 0) {
      handle.close();
      handle = start();
    }
  };
  let handle = start();
  return {
    close: () => {
      if (!open) return;
      open = false;
      handle.close();
    },
  };
};

const byThread = (polling: Polling, descriptor: number, callback: () => void): Closeable => {
  let open = true;
  // struct pollfd: int fd, short events, short revents.
  const entry = new Uint8Array(8);
  const view = new DataView(entry.buffer);
  view.setInt32(0, descriptor, true);
  view.setInt16(4, POLLIN, true);
  const again = () => {
    polling.pollAsync(entry, 1, fallbackTimeout, (_error, ready) => {
      if (!open) return;
      if (ready > 0) callback();
      if (open) again();
    });
  };
  again();
  return {
    close: () => {
      open = false;
    },
  };
};
