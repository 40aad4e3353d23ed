/**
 * Tests on the running Linux: they open devices, make network namespaces, and need root. Where they can't run they
 * are skipped, and the closing lines say why.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, onTestFinished, test } from 'vitest';
import type { Device } from '../../src/packet/device.ts';
import { createNamespace, deleteNamespace, openDevice } from '../../src/platform/index.ts';
import { searchPath } from './program.ts';

let names = 0;

/** A name that no one else has, short enough for a device and a namespace both. */
export const uniqueName = (): string => {
  names += 1;
  return `um-${process.pid.toString(36)}-${names.toString(36)}`;
};

/** Namespaces that exist because of us. A test that hangs and is killed does not run its hooks. */
const leftovers = new Set<string>();
process.on('exit', () => {
  for (const name of leftovers) deleteNamespace(name);
});

/** Makes a network namespace that is deleted, if nothing else does it, when the tests end. */
export const makeNamespace = (name = uniqueName()): string => {
  createNamespace(name);
  leftovers.add(name);
  return name;
};

export const dropNamespace = (name: string): void => {
  deleteNamespace(name);
  leftovers.delete(name);
};

/** Tries what live tests do. */
const tryLive = (): { readonly ok: boolean; readonly reason: string } => {
  try {
    openDevice({ name: uniqueName(), kind: 'tun' }).close();
    dropNamespace(makeNamespace());
    return { ok: true, reason: '' };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
};

/** Can live tests run here? If not, why. */
export const live = tryLive();

/** The tools that are not installed. */
const missing = (tools: readonly string[]): string[] => {
  const folders = searchPath.split(delimiter);
  return tools.filter((tool) => !folders.some((folder) => existsSync(join(folder, tool))));
};

/**
 * A suite of live tests. Where they can't run, one skipped test stands for all of them and names the reason.
 * Put it into a file called `*.live.test.ts`.
 *
 * @param tools programs that the tests start; `scripts/ci-packages.txt` tells which packages they come from
 */
export const describeLive = (name: string, tests: () => void, tools: readonly string[] = []): void => {
  const absent = missing(tools);
  const reason = live.ok && absent.length > 0 ? `not installed: ${absent.join(', ')}` : live.reason;
  describe(name, reason === '' ? tests : () => test('needs a live Linux', ({ skip }) => skip(reason)));
};

/** A network namespace of its own for the running test, deleted after it; its loopback interface is up. */
export const testNamespace = (): string => {
  const name = makeNamespace();
  onTestFinished(() => dropNamespace(name));
  return name;
};

/** A network namespace for all tests of the suite in which this is called; `name` can be read inside tests. */
export const suiteNamespace = (): { readonly name: string } => {
  const namespace = { name: '' };
  beforeAll(() => {
    namespace.name = makeNamespace();
  });
  afterAll(() => dropNamespace(namespace.name));
  return namespace;
};

/** A device for the running test, closed after it. */
export const testDevice = (kind: 'tun' | 'tap' = 'tun'): Device => {
  const device = openDevice({ name: uniqueName(), kind });
  onTestFinished(() => device.close());
  return device;
};

/** Resolves when `condition` holds; rejects after so many seconds, two if nothing is said. */
export const until = async (condition: () => boolean, what = 'the condition', seconds = 2): Promise<void> => {
  const end = performance.now() + seconds * 1_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not come to pass within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
