import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { testNamespace } from './live.ts';
import { mustRun, Program } from './program.ts';

/**
 * An Ethernet in a namespace of its own: a bridge, which is a Linux router's interface, too. Network 1 has the prefix
 * `2001:db8:1::/64`, and its router the addresses `2001:db8:1::1` and `fe80::ff:fe00:101`.
 */
export class Network {
  readonly namespace: string;
  readonly prefix: string;
  readonly router: string;
  readonly routerLinkLocal: string;
  readonly routerLinkLayer: string;
  readonly #folder: string;
  readonly #number: number;

  constructor(number: number) {
    this.#number = number;
    this.namespace = testNamespace();
    this.prefix = `2001:db8:${number}::/64`;
    this.router = `2001:db8:${number}::1`;
    this.routerLinkLocal = `fe80::ff:fe00:${number}01`;
    this.routerLinkLayer = `02:00:00:00:0${number}:01`;
    this.#folder = mkdtempSync(join(tmpdir(), 'umigame-network-'));
    chmodSync(this.#folder, 0o777);
    onTestFinished(() => rmSync(this.#folder, { recursive: true, force: true }));
  }

  ip(...rest: readonly string[]): Promise<string> {
    return mustRun('ip', '-n', this.namespace, ...rest);
  }

  async open(): Promise<void> {
    await this.ip('link', 'add', 'br0', 'address', this.routerLinkLayer, 'type', 'bridge', 'mcast_snooping', '0');
    await mustRun('ip', 'netns', 'exec', this.namespace, 'sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1');
    await this.claim(this.router);
    await this.ip('link', 'set', 'br0', 'up');
  }

  /** Gives the Linux router another address, unasked. */
  async claim(address: string): Promise<void> {
    await this.ip('addr', 'add', `${address}/64`, 'dev', 'br0', 'nodad');
  }

  /** Puts a device that is in the namespace into the Ethernet. */
  async plug(device: string): Promise<void> {
    await this.ip('link', 'set', device, 'master', 'br0', 'up');
  }

  /** Starts radvd, which ends with the test. */
  radvd(...settings: readonly string[]): Promise<Program> {
    const file = this.#write('radvd.conf', [
      'interface br0 {',
      'AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;',
      ...settings,
      '};',
    ]);
    const pid = join(this.#folder, 'radvd.pid');
    return this.#start(['radvd', '-n', '-C', file, '-p', pid, '-m', 'stderr', '-d', '1'], 'version');
  }

  /** Starts FRR's zebra, which ends with the test. */
  async zebra(...settings: readonly string[]): Promise<Program> {
    const file = this.#write('zebra.conf', ['hostname zebra', 'interface br0', ...settings]);
    const zebra = ['zebra', '-f', file, '-i', join(this.#folder, 'zebra.pid'), '-z', join(this.#folder, 'api')];
    await mustRun('chown', '-R', 'frr:frr', this.#folder);
    const log = ['--log', 'stdout', '--log-level', 'informational'];
    return this.#start([...zebra, '--vty_socket', this.#folder, '-u', 'frr', '-g', 'frr', ...log], 'starting');
  }

  /** What radvd is told of the network's prefix. */
  advertisedPrefix(...settings: readonly string[]): string {
    return `prefix ${this.prefix} { ${settings.join(' ')} };`;
  }

  /** What a host is called whose identifier ends so. */
  address(identifier: string): string {
    return `2001:db8:${this.#number}::${identifier}`;
  }

  #write(name: string, lines: readonly string[]): string {
    const path = join(this.#folder, name);
    writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o644 });
    return path;
  }

  async #start(command: readonly string[], says: string): Promise<Program> {
    const program = new Program(['ip', 'netns', 'exec', this.namespace, ...command]);
    onTestFinished(() => program.end('SIGKILL').then(() => undefined));
    await program.says(says);
    return program;
  }
}
