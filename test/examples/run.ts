import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../house/lint.ts';

/** Arguments that make node run an example as `npx tsx` does. */
const nodeArguments = (example: string, args: readonly string[]): string[] => [
  '--import',
  'tsx',
  join('examples', example),
  ...args,
];

/** What an example prints, standard error included, when it runs by itself to its end. */
export const outputOf = (example: string, ...args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, nodeArguments(example, args), {
    cwd: root,
    encoding: 'utf8',
  });
  return `${stdout}${stderr}${status === 0 ? '' : `exit code ${status}\n`}`;
};

/** An example that runs until it is interrupted. */
export class RunningExample {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #output = '';

  constructor(example: string, ...args: readonly string[]) {
    this.#child = spawn(process.execPath, nodeArguments(example, args), {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const gather = (text: Buffer): void => {
      this.#output += text.toString();
    };
    this.#child.stdout?.on('data', gather);
    this.#child.stderr?.on('data', gather);
    this.#ended = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves when the output has this in it. */
  async says(what: string | RegExp, patience = 10_000): Promise<void> {
    const end = performance.now() + patience;
    while (this.#output.search(what) < 0) {
      if (performance.now() > end || this.#child.exitCode !== null) {
        throw new Error(`the example never said ${what}, but:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Interrupts it as Ctrl-C does; its exit code. */
  interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return this.#ended;
  }

  /** Ends it in any case. */
  end(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
  }
}
