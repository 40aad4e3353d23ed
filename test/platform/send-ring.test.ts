import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Drop, dropNames } from '../../src/packet/drop.ts';
import { Packet } from '../../src/packet/packet.ts';
import { Errno } from '../../src/platform/error.ts';
import { libc } from '../../src/platform/libc.ts';
import { SendRing } from '../../src/platform/send-ring.ts';
import { sentMessage } from '../support/messages.ts';

/** A ring whose `sendmmsg` takes so many frames a call as it is told, or fails. */
const setUp = () => {
  const kernel = {
    /** Numbers of the frames that were sent. */
    sent: [] as number[],
    /** What each call offered. */
    offered: [] as number[],
    /** Most that a call takes; below 0 an error number. */
    verdicts: [] as number[],
    otherwise: Number.POSITIVE_INFINITY,
  };
  let errno = 0;
  const ring = new SendRing(
    {
      addressOf: libc().addressOf,
      memcpy: libc().memcpy,
      errno: () => errno,
      sendmmsg: (_, messages, count) => {
        kernel.offered.push(count);
        const verdict = kernel.verdicts.shift() ?? kernel.otherwise;
        if (verdict < 0) {
          errno = -verdict;
          return -1;
        }
        const taken = Math.min(count, verdict);
        for (let i = 0; i < taken; i += 1) {
          const bytes = sentMessage(messages, i);
          expect(bytes.slice(0, 10)).toEqual(new Uint8Array(10)); // nothing is left to be done
          kernel.sent.push(bytes[10 + 14]! * 256 + bytes[10 + 15]!);
          expect(bytes.length).toBe(10 + 60);
        }
        return taken;
      },
    },
    7,
    100,
  );
  onTestFinished(() => ring.close());
  let numbers = 0;
  const put = (length = 60): string => {
    const packet = new Packet(256).reset(64, length);
    packet.view.setUint16(64 + 14, numbers);
    const drop = ring.put(packet);
    if (drop === Drop.none) numbers += 1;
    return dropNames[drop] ?? '';
  };
  const putMany = (count: number): string[] => [...new Set(Array.from({ length: count }, () => put()))];
  return { kernel, ring, put, putMany };
};

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe.runIf(process.platform === 'linux')('SendRing', () => {
  test('sends what a turn of the loop has written together', async () => {
    const { kernel, putMany } = setUp();
    expect(putMany(10)).toEqual(['none']);
    expect(kernel.offered).toEqual([]);
    await turn();
    expect(kernel.offered).toEqual([10]);
    expect(kernel.sent).toEqual(upTo(10));
  });

  test('sends a full batch at once', () => {
    const { kernel, putMany } = setUp();
    putMany(64);
    expect(kernel.offered).toEqual([64]);
    expect(kernel.sent).toEqual(upTo(64));
  });

  test('goes on where the kernel stopped, in order, round the end of the ring', async () => {
    const { kernel, putMany } = setUp();
    for (let round = 0; round < 20; round += 1) {
      kernel.verdicts = [3, 1, 7];
      putMany(50);
      await turn();
    }
    expect(kernel.sent).toEqual(upTo(1_000));
  });

  test.each([Errno.EAGAIN, Errno.ENOBUFS, Errno.ENOMEM])(
    'keeps what the kernel has no room for (%i), and tries again',
    async (errno) => {
      const { kernel, ring, put, putMany } = setUp();
      kernel.verdicts = [5];
      kernel.otherwise = -errno;
      expect(putMany(256)).toEqual(['none']);
      expect(kernel.sent).toEqual(upTo(5));
      // One attempt, not one for each further frame.
      expect(kernel.offered).toEqual([64, 59]);
      expect(putMany(5)).toEqual(['none']);
      expect(put()).toBe('deviceFull');
      await sleep(20);
      expect(kernel.sent).toEqual(upTo(5));
      kernel.otherwise = Number.POSITIVE_INFINITY;
      await sleep(20);
      expect(kernel.sent).toEqual(upTo(261));
      expect(putMany(64)).toEqual(['none']);
      expect(kernel.sent).toEqual(upTo(325));
      expect(ring.flush()).toBe(Drop.none);
    },
  );

  test('an interrupted call is made again', () => {
    const { kernel, putMany } = setUp();
    kernel.verdicts = [-Errno.EINTR];
    putMany(64);
    expect(kernel.sent).toEqual(upTo(64));
  });

  test('passes over a frame that is refused for itself', () => {
    const { kernel, putMany } = setUp();
    kernel.verdicts = [3, -Errno.EINVAL];
    putMany(64);
    expect(kernel.sent).toEqual(upTo(64).filter((number) => number !== 3));
  });

  test('while the link is down every sender hears of it; when it is up again, it goes on', async () => {
    const { kernel, put } = setUp();
    kernel.otherwise = -Errno.ENETDOWN;
    expect(put()).toBe('none'); // not known yet
    await turn();
    expect([put(), put()]).toEqual(['noInterface', 'noInterface']);
    kernel.otherwise = 1;
    expect(put()).toBe('none');
    expect(kernel.sent).toEqual([1]);
    put();
    expect(kernel.sent).toEqual([1]);
    await turn();
    expect(kernel.sent).toEqual([1, 2]);
  });

  test.each([Errno.ENXIO, Errno.ENODEV, Errno.EBADF])('a lost interface (%i) takes nothing any more', async (errno) => {
    const { kernel, put } = setUp();
    kernel.otherwise = -errno;
    put();
    await turn();
    kernel.otherwise = 1;
    expect(put()).toBe('deviceLost');
    await turn();
    expect(kernel.offered).toEqual([1]);
  });

  test('refuses a frame that is too long', () => {
    const { put } = setUp();
    expect([put(101), put(60)]).toEqual(['deviceRefused', 'none']);
  });

  test('sends what waits when it is closed, and nothing later', async () => {
    const { kernel, ring, put } = setUp();
    put();
    ring.close();
    ring.close();
    expect(kernel.sent).toEqual([0]);
    expect(put()).toBe('deviceLost');
    await turn();
    expect(kernel.offered).toEqual([1]);
  });

  test('closed while the kernel is full, it does not try again', async () => {
    const { kernel, ring, put } = setUp();
    kernel.otherwise = -Errno.EAGAIN;
    put();
    ring.close();
    await sleep(10);
    expect(kernel.offered).toEqual([1]);
  });
});
