/**
 * Whole Linux kernels as processes: user-mode Linux guests, whose network cards are UDP sockets of ours. They know
 * tunnels that the kernel under the tests may not.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const kernel = '/usr/bin/linux.uml';
const folder = join(import.meta.dirname, 'uml');
/** Seconds after which a guest ends in any case. */
const lifetime = 900;

/** What ends the answer to a command: a record separator, and an exit code. */
const answerEnd = new RegExp(`${String.fromCharCode(0x1e)}(ready|\\d+)\\r?\\n`);

/** Why guests can't run here; empty if they can. */
export const umlReason = (): string => {
  if (!existsSync(kernel)) return 'not installed: user-mode-linux';
  if (!existsSync('/usr/sbin/modprobe')) return 'not installed: kmod';
  return process.getuid?.() === 0 ? '' : 'guests need root';
};

/** On some processors guests need a hand: a library to preload. */
const preload = (home: string): NodeJS.ProcessEnv => {
  if (!readFileSync('/proc/cpuinfo', 'utf8').includes('amx')) return {};
  const library = join(home, 'xstate.so');
  execFileSync('gcc', ['-O2', '-fPIC', '-shared', '-o', library, join(folder, 'xstate.c')]);
  return { LD_PRELOAD: library };
};

export interface Said {
  /** Exit code. */
  readonly code: number;
  /** What it printed, on either stream. */
  readonly output: string;
}

export interface GuestOptions {
  readonly name: string;
  /** Kernel modules that it loads when it starts. */
  readonly modules: readonly string[];
  /** Its network card: an Ethernet address, the UDP port where it listens on 127.0.0.1, and the one it sends to. */
  readonly card: readonly [linkLayerAddress: string, port: number, peer: number];
}

/** A running guest. It dies with the tests, or after a quarter of an hour. */
export class Guest {
  readonly #process: ChildProcess;
  readonly #home = mkdtempSync(join(tmpdir(), 'umigame-uml-'));
  readonly #waiting: ((said: Said) => void)[] = [];
  readonly #gone: Promise<void>;
  #heard = '';
  /** What its kernel said. */
  console = '';
  /** When it takes commands. */
  readonly ready: Promise<Said>;

  constructor({ name, modules, card: [linkLayerAddress, port, peer] }: GuestOptions) {
    const boot = [
      ...['mem=128M', 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', `init=${join(folder, 'init.sh')}`],
      ...['con=null', 'con0=null,fd:1', 'con1=fd:3,fd:4', 'quiet', `umid=${name}`, `uml_dir=${this.#home}`],
      ...[`eth0=ucast,${linkLayerAddress},127.0.0.1,${port},${peer}`, `MODS=${modules.join(',')}`],
    ];
    // A guest is several processes that leave their session: they end together in a process namespace of their own.
    const cage = ['--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const bounded = ['timeout', '-s', 'KILL', String(lifetime), kernel, ...boot];
    this.#process = spawn('setpriv', [...cage, ...bounded], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...preload(this.#home) },
    });
    const [, out, err, input, output] = this.#process.stdio as unknown as [
      null,
      Readable,
      Readable,
      Writable,
      Readable,
    ];
    for (const stream of [out, err]) stream.on('data', (data) => (this.console += data));
    input.on('error', () => undefined);
    output.setEncoding('latin1');
    output.on('data', (text: string) => this.#hear(text));
    this.#gone = new Promise((resolve) => {
      this.#process.on('exit', () => {
        for (const waiting of this.#waiting.splice(0)) waiting({ code: -1, output: `gone: ${this.console}` });
        rmSync(this.#home, { recursive: true, force: true });
        resolve();
      });
    });
    this.ready = new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Runs a line of shell. */
  run(line: string): Promise<Said> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      (this.#process.stdio[3] as Writable).write(`${line.replaceAll('\n', ' ')}\n`);
    });
  }

  /** Ends it, and waits until it is gone. */
  stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    return this.#gone;
  }

  #hear(text: string): void {
    this.#heard += text;
    for (;;) {
      const end = answerEnd.exec(this.#heard);
      if (end === null) return;
      const output = this.#heard.slice(0, end.index).replaceAll('\r\n', '\n');
      this.#heard = this.#heard.slice(end.index + end[0].length);
      this.#waiting.shift()?.({ code: end[1] === 'ready' ? 0 : Number(end[1]), output });
    }
  }
}
