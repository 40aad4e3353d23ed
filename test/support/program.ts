/** Programs that tests start: what they say, how they end, and that none outlives the tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that has ended. */
export interface Ended {
  /** Exit code; null when a signal ended it. 127 when it could not be started. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long anything may take, in milliseconds: an age, even on a slow machine that does other things too. */
const patience = 30_000;

/**
 * Where programs are looked for. That of a user who is no administrator may lack those where `ip` is, and nobody's has
 * that of FRR's daemons.
 */
export const searchPath = [process.env.PATH, '/usr/sbin', '/sbin', '/usr/lib/frr'].join(delimiter);

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * A running program. Its messages are in English, whatever the machine speaks.
 *
 * @example
 * const server = new Program(['iperf3', '-s']);
 * await server.says('Server listening');
 * const { code } = await server.end('SIGINT');
 */
export class Program {
  readonly command: readonly string[];
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #over = false;

  constructor(command: readonly string[]) {
    const [file = '', ...rest] = command;
    this.command = command;
    const env = { ...process.env, PATH: searchPath, LC_ALL: 'C' };
    this.#child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], env });
    running.add(this.#child);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = new Promise((resolve) => {
      const over = (code: number | null): void => {
        this.#over = true;
        running.delete(this.#child);
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
      };
      this.#child.once('close', over);
      this.#child.once('error', ({ message }) => {
        this.#stderr += message;
        over(127);
      });
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves when it has said `what`, on standard output or error; rejects with its words when it ends without. */
  async says(what: string): Promise<void> {
    const end = performance.now() + patience;
    while (!`${this.#stdout}${this.#stderr}`.includes(what)) {
      if (this.#over || performance.now() > end) {
        throw new Error(`${this.command.join(' ')} did not say "${what}" but:\n${this.#stdout}${this.#stderr}`);
      }
      await sleep(5);
    }
  }

  /** Sends a signal, and SIGKILL when that does not end it. */
  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.#child.kill(signal);
    return this.waitFor(10_000);
  }

  /** The end of a program that ends by itself; SIGKILL when it does not, within so many milliseconds. */
  async waitFor(limit = patience): Promise<Ended> {
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), limit);
    const ended = await this.ended;
    clearTimeout(kill);
    return ended;
  }
}

/** Runs a program to its end, whatever its exit code. */
export const run = (...command: readonly string[]): Promise<Ended> => new Program(command).waitFor();

/** Runs a program to its end, and rejects with its words when it fails. */
export const mustRun = async (...command: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(...command);
  if (code !== 0) throw new Error(`${command.join(' ')} failed (exit code ${code}):\n${stdout}${stderr}`);
  return stdout;
};
