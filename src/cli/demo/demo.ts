import { setTimeout as sleep } from 'node:timers/promises';
import { buildLab, type Lab, type StartRouter } from './lab.ts';
import { scenario as allSteps, type Step } from './scenario.ts';
import { carryOut, type Pace, paceDefaults } from './steps.ts';
import { awaitEnding, createScreen, type Ending, type Screen } from './terminal.ts';
import { livePane, type Outcome, picture, type Snapshot, snapshotOf, stepLine, summary } from './view.ts';

export interface DemoOptions {
  /** End when everything has been shown, even in a terminal. */
  readonly exit: boolean;
  readonly startRouter: StartRouter;
  /**
   * What to do where real traffic isn't possible: no root, no /dev/net/tun, not Linux.
   *
   * @param why the sentence to begin with
   * @returns the exit code
   */
  readonly replay: (why: string) => number | Promise<number>;
  /** Default: this process's. */
  readonly stdin?: NodeJS.ReadStream;
  readonly stdout?: NodeJS.WriteStream;
  /** Default: all of {@link allSteps}. */
  readonly scenario?: readonly Step[];
  readonly pace?: Pace;
}

/** Codes that say that this process may not, or this system can't: not that something is in the way. */
const notPossible = new Set(['', 'EPERM', 'EACCES', 'EROFS', 'ENOENT', 'ENODEV', 'ENXIO', 'ENOSYS', 'EOPNOTSUPP']);

const isNotPossible = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && notPossible.has(error.code);

/** How often a watched screen changes, in milliseconds. */
const frame = 250;
/** How many round-trip times the sparkline can show. */
const memory = 200;

class Show {
  readonly #lab: Lab;
  readonly #screen: Screen;
  readonly #ending: Ending;
  readonly #pace: Pace;
  readonly #outcomes: Outcome[] = [];
  readonly #times: number[] = [];
  #running: Step | undefined;
  #before: Snapshot | undefined;
  #over = false;

  constructor(lab: Lab, screen: Screen, ending: Ending, pace: Pace) {
    this.#lab = lab;
    this.#screen = screen;
    this.#ending = ending;
    this.#pace = pace;
  }

  /** Everything as it should be so far? */
  get ok(): boolean {
    return this.#outcomes.every(({ verdict }) => verdict.ok);
  }

  async run(steps: readonly Step[], stay: boolean): Promise<void> {
    const { signal } = this.#ending;
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    const timer = this.#screen.live ? setInterval(() => this.#draw(), frame) : undefined;
    try {
      await Promise.race([this.#play(steps, stay), ended]);
    } finally {
      clearInterval(timer);
      this.#screen.clear();
    }
    const now = this.#snapshot();
    if (this.#outcomes.length > 0) this.#screen.write(`\n${summary(this.#outcomes, now, this.#screen.page())}`);
  }

  async #play(steps: readonly Step[], stay: boolean): Promise<void> {
    const { signal } = this.#ending;
    for (const step of steps) {
      const verdict = await this.#carryOut(step);
      if (signal.aborted) return;
      this.#outcomes.push({ step, verdict });
      this.#screen.write(stepLine(this.#screen.page(), step, verdict));
    }
    if (!stay) return;
    this.#over = true;
    // What makes traffic, over and over, with room to breathe.
    const traffic = steps.filter(
      (step) => step.kind !== 'traceroute' && (step.kind !== 'ping' || step.expect === 'answers'),
    );
    while (!signal.aborted && traffic.length > 0) {
      for (const step of traffic) {
        if (signal.aborted) return;
        await this.#carryOut(step);
        await sleep(frame);
      }
    }
  }

  async #carryOut(step: Step) {
    this.#running = step;
    const verdict = await carryOut(step, this.#lab.hosts, this.#pace);
    this.#running = undefined;
    this.#times.push(...(verdict.times ?? []));
    this.#times.splice(0, this.#times.length - memory);
    return verdict;
  }

  #snapshot(): Snapshot {
    return snapshotOf(this.#lab.router.node, performance.now());
  }

  #draw(): void {
    const now = this.#snapshot();
    const pane = { now, before: this.#before, times: this.#times, running: this.#running, over: this.#over };
    this.#screen.update(livePane(pane, this.#screen.page()));
    this.#before = now;
  }
}

/**
 * Builds two hosts in network namespaces, runs the default router between them in this process, sends real traffic
 * through it and shows what happened. Needs Linux, root and /dev/net/tun; no other programs.
 *
 * In a terminal it goes on until `q`; with `exit`, or without a terminal, it ends by itself. Processes, devices and
 * namespaces are gone afterwards, whichever way it ends.
 *
 * @returns the exit code: 0 when every step went as it should
 */
export const runDemo = async (options: DemoOptions): Promise<number> => {
  const { stdin = process.stdin, stdout = process.stdout, scenario = allSteps, pace = paceDefaults } = options;
  const watched = stdout.isTTY === true && stdin.isTTY === true;
  const screen = createScreen(stdout, watched);
  const ending = awaitEnding(watched ? stdin : undefined);
  let lab: Lab | undefined;
  try {
    lab = await buildLab(options.startRouter);
    screen.write(`${picture(screen.page())}\n`);
    const show = new Show(lab, screen, ending, pace);
    await show.run(scenario, watched && !options.exit);
    return show.ok ? 0 : 1;
  } catch (error) {
    if (lab !== undefined || !isNotPossible(error)) throw error;
    return await options.replay(error.message);
  } finally {
    await lab?.close();
    ending.release();
  }
};
