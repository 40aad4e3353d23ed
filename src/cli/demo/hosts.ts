import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command, Response, Results } from './messages.ts';

/** How long a host may take to answer anything, in milliseconds: a little longer than it gives itself. */
const answerLimit = 35_000;
/** How long it may take to leave when asked to. */
const leaveLimit = 500;

interface Waiting {
  readonly resolve: (result: Results[keyof Results]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** A host's process, seen from the demo: give it commands, get results. */
export class Host {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #left: Promise<void>;
  #id = 0;

  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    child.on('message', (response: Response) => this.#settle(response));
    child.on('error', (error) => this.#fail(error.message));
    this.#left = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#fail(`its process ended (${signal ?? `exit code ${code}`})`);
        resolve();
      });
      child.once('error', () => resolve());
    });
  }

  /** Rejects with one sentence when the host can't, or doesn't answer in time. */
  ask<C extends Command>(command: C): Promise<Results[C['do']]> {
    this.#id += 1;
    const id = this.#id;
    return new Promise<Results[keyof Results]>((resolve, reject) => {
      const late = (): void => this.#settle({ id, failure: `no answer within ${answerLimit / 1_000} s` });
      this.#waiting.set(id, { resolve, reject, timer: setTimeout(late, answerLimit) });
      if (!this.#child.connected) this.#settle({ id, failure: 'its process is gone' });
      else {
        this.#child.send({ id, command }, (error) => {
          if (error !== null) this.#settle({ id, failure: error.message });
        });
      }
    }) as Promise<Results[C['do']]>;
  }

  /** Ends the process; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    if (this.#child.connected) this.#child.disconnect();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), leaveLimit);
    await this.#left;
    clearTimeout(force);
  }

  #settle(response: Response): void {
    const waiting = this.#waiting.get(response.id);
    if (waiting === undefined) return;
    this.#waiting.delete(response.id);
    clearTimeout(waiting.timer);
    if ('result' in response) waiting.resolve(response.result);
    else waiting.reject(new Error(`host ${this.name}: ${response.failure}`));
  }

  #fail(why: string): void {
    for (const id of [...this.#waiting.keys()]) this.#settle({ id, failure: why });
  }
}

/** From source, a host needs the same loader that this process was started with. */
const loader = (extension: string): string[] =>
  extension === '.ts' ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];

/**
 * Starts a host's process. It lives in the network namespace of the thread that calls this, so call it inside
 * `inNamespace`.
 */
export const startHost = (name: string): Host => {
  const extension = extname(fileURLToPath(import.meta.url));
  const child = fork(fileURLToPath(new URL(`./host${extension}`, import.meta.url)), [], {
    execArgv: loader(extension),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Host(name, child);
};
