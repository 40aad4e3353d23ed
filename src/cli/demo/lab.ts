import { readdirSync } from 'node:fs';
import { type Config, parseConfig } from '../../config/index.ts';
import { createNamespace, deleteNamespace, inNamespace } from '../../platform/netns.ts';
import type { Node } from '../../state/node.ts';
import { type Host, startHost } from './hosts.ts';
import { demoConfig, type HostName } from './scenario.ts';

/** A router that runs. */
export interface Running {
  readonly node: Node;
  stop(): void;
}

/** Starts the default router on devices, as `run/router.ts` does. */
export type StartRouter = (config: Config) => Running;

/** Two hosts and a router, with everything that they need. */
export interface Lab {
  readonly router: Running;
  readonly hosts: Readonly<Record<HostName, Host>>;
  /** Ends processes, devices and namespaces. Never rejects, does it once. */
  close(): Promise<void>;
}

const prefix = 'umigame-demo';

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Deletes the namespaces of a demo that was killed before it could. */
const sweep = (): void => {
  let names: string[] = [];
  try {
    names = readdirSync('/run/netns');
  } catch {
    // None was ever made.
  }
  for (const name of names) {
    const [, pid] = new RegExp(`^${prefix}-(\\d+)-[ab]$`).exec(name) ?? [];
    if (pid !== undefined && !alive(Number(pid))) deleteNamespace(name);
  }
};

/** Takes everything down in the opposite order of its making; goes on when a part fails. */
class Cleanup {
  readonly #parts: (() => void | Promise<void>)[] = [];
  readonly #atExit = (): void => {
    // Nothing waits for promises any more: hosts leave by themselves when this process does.
    for (const part of this.#parts.reverse()) this.#attempt(part);
  };

  constructor() {
    process.once('exit', this.#atExit);
  }

  add(part: () => void | Promise<void>): void {
    this.#parts.push(part);
  }

  async run(): Promise<void> {
    while (this.#parts.length > 0) {
      const part = this.#parts.at(-1);
      if (part !== undefined) await this.#attempt(part);
      this.#parts.pop();
    }
    process.removeListener('exit', this.#atExit);
  }

  #attempt(part: () => void | Promise<void>): void | Promise<void> {
    try {
      return Promise.resolve(part()).catch(() => undefined);
    } catch {
      return undefined;
    }
  }
}

/**
 * Builds the demo's network.
 *
 * @throws PlatformError without privileges or /dev/net/tun; nothing is left behind
 */
export const buildLab = async (startRouter: StartRouter): Promise<Lab> => {
  const netns = { a: `${prefix}-${process.pid}-a`, b: `${prefix}-${process.pid}-b` };
  const cleanup = new Cleanup();
  try {
    sweep();
    for (const name of [netns.a, netns.b]) {
      createNamespace(name);
      cleanup.add(() => deleteNamespace(name));
    }
    const router = startRouter(parseConfig(demoConfig(netns), 'demo'));
    cleanup.add(() => router.stop());
    const start = (name: HostName): Host => {
      const host = inNamespace(netns[name], () => startHost(name));
      cleanup.add(() => host.stop());
      return host;
    };
    const hosts = { a: start('a'), b: start('b') };
    return { router, hosts, close: () => cleanup.run() };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
};
