import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { onReadable } from '../../src/platform/poll.ts';

/** A pipe whose both ends are one descriptor: bytes that are written to it can be read from it. */
const openPipe = () => {
  const directory = mkdtempSync(join(tmpdir(), 'umigame-'));
  const path = join(directory, 'pipe');
  execFileSync('mkfifo', [path]);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  rmSync(directory, { recursive: true });
  onTestFinished(() => closeSync(descriptor));
  return {
    descriptor,
    put: (count: number) => writeSync(descriptor, new Uint8Array(count)),
    take: (count: number) => readSync(descriptor, new Uint8Array(count)),
  };
};

const passed = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.each([
  ["Node's loop", false],
  ['a worker thread', true],
])('onReadable by %s', (_, fallback) => {
  test('calls back when there is something to read, not before and not after', async () => {
    const { descriptor, put, take } = openPipe();
    let calls = 0;
    await new Promise<void>((resolve) => {
      const watch = onReadable(
        descriptor,
        () => {
          calls += 1;
          take(8);
          resolve();
        },
        { fallback },
      );
      onTestFinished(() => watch.close());
      setTimeout(() => {
        expect(calls).toBe(0);
        put(8);
      }, 20);
    });
    await passed(50);
    expect(calls).toBe(1);
  });

  test('calls back again for what was left', async () => {
    const { descriptor, put, take } = openPipe();
    put(5);
    let left = 5;
    await new Promise<void>((resolve) => {
      const watch = onReadable(
        descriptor,
        () => {
          left -= take(1);
          if (left === 0) resolve();
        },
        { fallback },
      );
      onTestFinished(() => watch.close());
    });
    await passed(20);
    expect(left).toBe(0);
  });

  test('calls back no more once it is closed, be it in the callback', async () => {
    const { descriptor, put } = openPipe();
    put(1);
    let calls = 0;
    const watch = onReadable(
      descriptor,
      () => {
        calls += 1;
        watch.close();
        watch.close();
      },
      { fallback },
    );
    await passed(50);
    expect(calls).toBe(1);
  });

  test('never calls back when it is closed at once', async () => {
    const { descriptor, put } = openPipe();
    put(1);
    onReadable(descriptor, () => expect.unreachable(), { fallback }).close();
    await passed(20);
  });
});
