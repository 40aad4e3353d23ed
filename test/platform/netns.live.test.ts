import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync, unlinkSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import {
  createNamespace,
  deleteNamespace,
  inNamespace,
  namespaceExists,
  PlatformError,
  readInterface,
  withNamespace,
} from '../../src/platform/index.ts';
import { describeLive, testNamespace, uniqueName } from '../support/live.ts';

const here = () => readlinkSync('/proc/thread-self/ns/net');

const sentence = (attempt: () => unknown): string => {
  try {
    attempt();
  } catch (error) {
    expect(error).toBeInstanceOf(PlatformError);
    if (error instanceof Error) return error.message;
  }
  return 'it went well';
};

const hasIp = spawnSync('ip', ['-V']).status === 0;

describeLive('a network namespace', () => {
  test('has its loopback interface up', () => {
    expect(readInterface('lo', testNamespace())).toMatchObject({ name: 'lo', up: true });
  });

  test('leaves this thread where it was when it is made', () => {
    const before = here();
    testNamespace();
    expect(here()).toBe(before);
  });

  test('exists until it is deleted; deleting it again does nothing', () => {
    const name = uniqueName();
    expect(namespaceExists(name)).toBe(false);
    createNamespace(name);
    expect(namespaceExists(name)).toBe(true);
    deleteNamespace(name);
    deleteNamespace(name);
    expect(namespaceExists(name)).toBe(false);
  });

  test('cannot be made twice', () => {
    const name = testNamespace();
    expect(sentence(() => createNamespace(name))).toBe(
      `umigame: there is a network namespace ${name} already: choose another name, or delete it (ip netns delete ${name})`,
    );
    expect(namespaceExists(name)).toBe(true);
  });

  test.each(['', '.', '..', 'a/b', 'a\0b', 'x'.repeat(256)])('cannot be called %j', (name) => {
    expect(sentence(() => createNamespace(name))).toContain("can't name a network namespace");
    expect(sentence(() => namespaceExists(name))).toContain("can't name a network namespace");
  });

  test('is one that the ip command knows, and the other way round', ({ skip }) => {
    skip(!hasIp, 'needs the ip command');
    const ours = testNamespace();
    expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).toContain(ours);
    const theirs = uniqueName();
    execFileSync('ip', ['netns', 'add', theirs]);
    onTestFinished(() => deleteNamespace(theirs));
    expect(inNamespace(theirs, here)).not.toBe(here());
    execFileSync('ip', ['netns', 'delete', ours]);
    expect(namespaceExists(ours)).toBe(false);
  });
});

describeLive('inNamespace', () => {
  test('runs a function there, gives its value, and comes back', () => {
    const name = testNamespace();
    const before = here();
    const there = inNamespace(name, here);
    expect(there).not.toBe(before);
    expect(inNamespace(name, here)).toBe(there);
    expect(here()).toBe(before);
  });

  test('comes back when the function throws', () => {
    const name = testNamespace();
    const before = here();
    expect(() =>
      inNamespace(name, () => {
        throw new RangeError('mine');
      }),
    ).toThrow(new RangeError('mine'));
    expect(here()).toBe(before);
  });

  test('starts child processes there', () => {
    const name = testNamespace();
    const there = inNamespace(name, here);
    const child = inNamespace(name, () => spawnSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' }));
    expect(child.stdout.trim()).toBe(there);
  });

  test('shows the files of that namespace', () => {
    const devices = () => readFileSync('/proc/thread-self/net/dev', 'utf8').match(/^\s*\S+:/gm)?.length;
    expect(inNamespace(testNamespace(), devices)).toBe(1);
  });

  test('can be nested', () => {
    const [a, b] = [testNamespace(), testNamespace()];
    const before = here();
    const [outer, inner, again] = inNamespace(a, () => [here(), inNamespace(b, here), here()]);
    expect(new Set([before, outer, inner]).size).toBe(3);
    expect(again).toBe(outer);
    expect(here()).toBe(before);
  });

  test('says what to do when there is no such namespace', () => {
    const name = uniqueName();
    const expected = `umigame: there is no network namespace ${name}: make it first (ip netns add ${name}), or choose another`;
    expect(sentence(() => inNamespace(name, here))).toBe(expected);
    expect(sentence(() => withNamespace(name, () => 1))).toBe(expected);
  });

  test('says so when only a file is left of it', () => {
    testNamespace(); // so that the directory exists
    const name = uniqueName();
    const path = `/run/netns/${name}`;
    closeSync(openSync(path, 'wx'));
    onTestFinished(() => unlinkSync(path));
    const before = here();
    expect(sentence(() => inNamespace(name, here))).toBe(
      `umigame: the network namespace ${name} can't be entered: there is only a file left of it, delete that`,
    );
    expect(here()).toBe(before);
  });
});
