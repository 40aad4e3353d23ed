import { createLogUpdate } from 'log-update';
import { type Page, pageOf } from '../page.ts';

/** Where the demo shows itself, and how. */
export interface Screen {
  /** A person sits in front of it. */
  readonly live: boolean;
  page(): Page;
  /** Writes lines that stay. */
  write(text: string): void;
  /** Replaces the part at the bottom that changes; nothing happens when no one watches. */
  update(text: string): void;
  /** Takes that part away. */
  clear(): void;
}

/** @param live show what changes, too */
export const createScreen = (stream: NodeJS.WriteStream, live: boolean): Screen => {
  const pane = live ? createLogUpdate(stream) : undefined;
  return {
    live,
    page: () => pageOf(stream),
    write: (text) => {
      pane?.clear();
      stream.write(`${text}\n`);
    },
    update: (text) => pane?.(text),
    clear: () => pane?.clear(),
  };
};

const quitKeys = new Set(['q', 'Q', '\u0003', '\u0004']);
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Ending {
  /** Aborted when someone asks for the end: q, Ctrl-C, or a signal. */
  readonly signal: AbortSignal;
  /** Gives keyboard and signals back. Idempotent. */
  release(): void;
}

/**
 * Listens for those who want the demo to end.
 *
 * @param keyboard undefined when no one sits there
 */
export const awaitEnding = (keyboard: NodeJS.ReadStream | undefined): Ending => {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  const press = (keys: Buffer): void => {
    if ([...keys.toString('latin1')].some((key) => quitKeys.has(key))) end();
  };
  for (const name of signals) process.on(name, end);
  if (keyboard !== undefined) {
    keyboard.setRawMode(true);
    keyboard.on('data', press);
    keyboard.on('end', end);
    keyboard.resume();
  }
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.removeListener(name, end);
      if (keyboard === undefined) return;
      keyboard.removeListener('data', press);
      keyboard.removeListener('end', end);
      keyboard.setRawMode(false);
      keyboard.pause();
      keyboard.unref();
    },
  };
};
