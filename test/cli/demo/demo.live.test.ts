import { readdirSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type DemoOptions, runDemo } from '../../../src/cli/demo/demo.ts';
import type { StartRouter } from '../../../src/cli/demo/lab.ts';
import { scenario } from '../../../src/cli/demo/scenario.ts';
import { PlatformError } from '../../../src/platform/error.ts';
import { startRouter } from '../../../src/run/router.ts';
import { describeLive } from '../../support/live.ts';

const pace = { udpDuration: 100, udpRate: 1_000, tcpDuration: 200, timeout: 1_000 };

/** A stream that looks like a file, or like a terminal of a given size. */
const fakeStream = (terminal: object = {}): NodeJS.WriteStream & { text(): string } => {
  const chunks: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return Object.assign(stream, { text: () => chunks.join(''), ...terminal }) as never;
};

const demo = async (options: Partial<DemoOptions> = {}): Promise<{ code: number; text: string }> => {
  const stdout = options.stdout ?? fakeStream();
  const replay = (why: string): number => {
    stdout.write(`replay: ${why}\n`);
    return 0;
  };
  const code = await runDemo({ exit: true, startRouter, replay, pace, ...options, stdout });
  return { code, text: 'text' in stdout && typeof stdout.text === 'function' ? String(stdout.text()) : '' };
};

const ours = (): string[] => {
  try {
    return readdirSync('/run/netns').filter((name) => name.startsWith(`umigame-demo-${process.pid}-`));
  } catch {
    return [];
  }
};

describeLive('the demo', () => {
  test('shows every step, and leaves nothing behind', async () => {
    const { code, text } = await demo();
    expect(text).toContain(`All ${scenario.length} steps went as they should.`);
    expect(code).toBe(0);
    expect(text.match(/✔ [ab]/g)).toHaveLength(scenario.length);
    for (const words of [
      'packet too big, MTU 1,400, says fd00:a::1',
      'packet too big, MTU 1,400, says 10.0.1.1',
      'fd00:a::1 → fd00:b::2',
      'same hash at both ends',
      'nothing vanished',
      'hopLimitExceeded',
    ]) {
      expect(text).toContain(words);
    }
    expect(ours()).toEqual([]);
  });

  test('a step that goes wrong makes the exit code 1', async () => {
    const wrong = {
      kind: 'ping',
      title: 'nobody',
      from: 'a',
      to: 'fd00:b::77',
      sizes: [56],
      expect: 'answers',
    } as const;
    const { code, text } = await demo({ scenario: [wrong], pace: { ...pace, timeout: 100 } });
    expect(code).toBe(1);
    expect(text).toContain('1 of 1 steps did not go as they should.');
    expect(ours()).toEqual([]);
  });

  test('in a terminal it stays until q', async () => {
    const keyboard = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: () => keyboard,
      ref: () => keyboard,
      unref: () => keyboard,
    });
    const stdin = keyboard as unknown as NodeJS.ReadStream;
    const stdout = fakeStream({ isTTY: true, columns: 100, rows: 50, hasColors: () => false });
    const short = scenario.filter(({ kind }) => kind === 'udp');
    const ended = demo({ exit: false, stdin, stdout, scenario: short });
    await expect.poll(() => stdout.text(), { timeout: 10_000 }).toContain('The traffic goes on until you press q.');
    keyboard.write('q');
    const { code, text } = await ended;
    expect(code).toBe(0);
    expect(text).toContain('All 2 steps went as they should.');
    expect(ours()).toEqual([]);
  });

  describe('where it is not possible', () => {
    const fail =
      (error: Error): StartRouter =>
      () => {
        throw error;
      };

    test('it replays, and says why', async () => {
      const denied = new PlatformError('no device demo-a: run as root', 1);
      const { code, text } = await demo({ startRouter: fail(denied) });
      expect(text).toBe('replay: umigame: no device demo-a: run as root\n');
      expect(code).toBe(0);
      expect(ours()).toEqual([]);
    });

    test('but not when something is in the way, or broken', async () => {
      const busy = new PlatformError('the name demo-a is in use', 16);
      await expect(demo({ startRouter: fail(busy) })).rejects.toBe(busy);
      const bug = new TypeError('undefined is not a function');
      await expect(demo({ startRouter: fail(bug) })).rejects.toBe(bug);
      expect(ours()).toEqual([]);
    });
  });
});
