/** Two Linux hosts and the router command between them. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { RouterConfig } from '../../src/config/index.ts';
import { umigame } from './command.ts';
import { Host } from './host.ts';
import { dropNamespace, makeNamespace, uniqueName } from './live.ts';
import { type Ended, mustRun, type Program } from './program.ts';

/** Addresses of the hosts, and of the router on either side. */
export const addressOf = {
  a: { 6: 'fd00:a::2', 4: '10.0.1.2' },
  b: { 6: 'fd00:b::2', 4: '10.0.2.2' },
  routerA: { 6: 'fd00:a::1', 4: '10.0.1.1' },
  routerB: { 6: 'fd00:b::1', 4: '10.0.2.1' },
} as const;

type InterfaceConfig = Extract<RouterConfig['interfaces'][string], { device: 'tun' | 'tap' | 'packet' }>;

export interface LabOptions {
  /** Bytes, of both devices. Default 1,500, both as a number and as what holds when nothing is said. */
  readonly mtu?: number;
  /** What the first interface says besides, such as another device. */
  readonly a?: Partial<InterfaceConfig>;
  /** What the second interface says besides. */
  readonly b?: Partial<InterfaceConfig>;
  readonly limits?: RouterConfig['limits'];
  /** Interfaces without devices, by name. */
  readonly tunnels?: RouterConfig['interfaces'];
  /** Further routes. */
  readonly routes?: RouterConfig['routes'];
  /** Further arguments of `umigame router`. */
  readonly arguments?: (lab: Lab) => readonly string[];
  /** Is done before the router starts, when the namespaces are there. */
  readonly prepare?: (lab: Lab) => Promise<unknown>;
  /** Do the hosts write down what comes in? Default false. */
  readonly listen?: boolean;
}

/** The configuration of the lab: routes of every sort, and what both ends of two links are called. */
export const labConfig = (
  a: Host,
  b: Host,
  { mtu, a: moreOfA, b: moreOfB, limits, tunnels = {}, routes = [] }: LabOptions = {},
): RouterConfig => ({
  interfaces: {
    [a.device]: {
      device: 'tun',
      netns: a.namespace,
      mtu: mtu ?? 1500,
      addresses: ['fd00:a::1/64', 'fe80::a1/64', '10.0.1.1/24'],
      kernel: { addresses: ['fd00:a::2/64', '10.0.1.2/24'], defaultRoute: true },
      ...moreOfA,
    } as InterfaceConfig,
    [b.device]: {
      device: 'tun',
      netns: b.namespace,
      ...(mtu === undefined ? {} : { mtu }),
      addresses: ['fd00:b::1/64', 'fe80::b1/64', '10.0.2.1/24'],
      kernel: { addresses: ['fd00:b::2/64', '10.0.2.2/24'], defaultRoute: true },
      ...moreOfB,
    } as InterfaceConfig,
    ...tunnels,
  },
  routes: [
    { to: '2001:db8::/32', via: 'fd00:b::2', dev: b.device },
    { to: '2001:db8:dead::/48', reject: true },
    { to: '198.51.100.0/24', reject: true },
    ...routes,
  ],
  ...(limits === undefined ? {} : { limits }),
});

/**
 * Two hosts in namespaces of their own, and `umigame router` with a JSON configuration as a process between them. It
 * runs in a third namespace, so its devices are called `uma` and `umb` here, whatever else goes on on the machine.
 *
 * Its names are known from the start; it works between {@link open} and {@link close}.
 */
export class Lab {
  readonly a = new Host(uniqueName(), 'uma');
  readonly b = new Host(uniqueName(), 'umb');
  /** Where the router runs. */
  readonly home = uniqueName();
  readonly #options: LabOptions;
  #folder: string | undefined;
  #router: Program | undefined;

  constructor(options: LabOptions = {}) {
    this.#options = options;
  }

  get hosts(): readonly [Host, Host] {
    return [this.a, this.b];
  }

  get router(): Program {
    if (this.#router === undefined) throw new Error('the lab is not open');
    return this.#router;
  }

  /** A path in the lab's folder, which anyone may use. The folder is there from the first call on. */
  path(name: string): string {
    if (this.#folder === undefined) {
      this.#folder = mkdtempSync(join(tmpdir(), 'umigame-live-'));
      chmodSync(this.#folder, 0o777);
    }
    return join(this.#folder, name);
  }

  /** Writes a file, JSON unless it is text already, into the lab's folder. */
  write(name: string, content: unknown): string {
    const path = this.path(name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    return path;
  }

  makeNamespaces(): void {
    for (const name of this.#namespaces) makeNamespace(name);
  }

  dropNamespaces(): void {
    for (const name of this.#namespaces) dropNamespace(name);
  }

  /** Starts `umigame` where the router runs. */
  umigame(args: readonly string[], prefix: readonly string[] = []): Program {
    return umigame(args, ['ip', 'netns', 'exec', this.home, ...prefix]);
  }

  /** Interfaces that there are: `uma` before it is moved, `a/uma` when it is where it should be. */
  async interfaces(): Promise<string[]> {
    const places = { '': this.home, 'a/': this.a.namespace, 'b/': this.b.namespace };
    const found = Object.entries(places).map(async ([prefix, namespace]) => {
      const links = await mustRun('ip', '-n', namespace, '-o', 'link');
      const names = [...links.matchAll(/^\d+: ([^:@]+)/gm)].map(([, name = '']) => name);
      return names.filter((name) => name !== 'lo').map((name) => `${prefix}${name}`);
    });
    return (await Promise.all(found)).flat();
  }

  get #namespaces(): readonly string[] {
    return [this.home, this.a.namespace, this.b.namespace];
  }

  /** Makes the hosts and starts the router; resolves when it is ready. */
  async open(): Promise<void> {
    this.makeNamespaces();
    await this.#options.prepare?.(this);
    const config = this.write('router.json', labConfig(this.a, this.b, this.#options));
    const further = this.#options.arguments?.(this) ?? [];
    this.#router = this.umigame(['router', config, ...further]);
    await this.#router.says('umigame: ready');
    if (this.#options.listen === true)
      for (const host of this.hosts) await host.listen(this.path(`${host.device}.pcap`));
  }

  /** Stops the router as a user would. */
  stop(signal: 'SIGINT' | 'SIGTERM' = 'SIGTERM'): Promise<Ended> {
    return this.router.end(signal);
  }

  /** Whatever has happened before: nothing of the lab is left. */
  async close(): Promise<void> {
    try {
      await this.#router?.end();
    } finally {
      this.dropNamespaces();
      if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

/** A lab for all tests of the suite in which this is called. */
export const suiteLab = (options: LabOptions = {}): Lab => {
  const lab = new Lab(options);
  beforeAll(() => lab.open());
  afterAll(() => lab.close());
  return lab;
};

/** A lab for the running test; with the router when it is opened. */
export const testLab = (options: LabOptions = {}): Lab => {
  const lab = new Lab(options);
  onTestFinished(() => lab.close());
  return lab;
};
