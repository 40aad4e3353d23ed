import { relative } from 'node:path';
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node';

/** What a run comes to. Files that did not load and hooks that threw count as failed, as do errors nobody caught. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** One line per skipped test, with its reason. */
  readonly skipped: readonly string[];
}

/** Why a test did not run: what it said itself, or a hook that threw before it could. */
const reasonOf = (test: TestCase, note: string | undefined): string => {
  if (note !== undefined) return note;
  if (test.options.mode === 'todo') return 'to be written';
  for (let parent: TestSuite | TestModule = test.parent; ; parent = parent.parent) {
    if (parent.errors().length > 0) return 'a hook before it failed';
    if (parent.type === 'module') return 'no reason given';
  }
};

const skipLine = (test: TestCase, note: string | undefined): string =>
  `skipped: ${relative(process.cwd(), test.module.moduleId)} > ${test.fullName}: ${reasonOf(test, note)}`;

export const tally = (modules: readonly TestModule[], unhandled: readonly SerializedError[] = []): Tally => {
  let passed = 0;
  let failed = unhandled.length;
  const skipped: string[] = [];
  for (const module of modules) {
    failed += module.errors().length;
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'passed') passed += 1;
      else if (result.state === 'skipped') skipped.push(skipLine(test, result.note));
      else failed += 1;
    }
  }
  return { passed, failed, skipped };
};

/** `12 passed, 0 failed`, and `, 3 skipped` when some were. */
export const closingLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed${skipped.length === 0 ? '' : `, ${skipped.length} skipped`}`;

/** Lists what was skipped and why, and makes {@link closingLine} the last thing the process prints. */
export class ClosingLine implements Reporter {
  #tally: Tally = { passed: 0, failed: 0, skipped: [] };

  onInit(): void {
    process.once('exit', () => {
      process.stdout.write(`${closingLine(this.#tally)}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    this.#tally = tally(modules, unhandled);
    for (const line of this.#tally.skipped) process.stdout.write(`${line}\n`);
    if (this.#tally.passed + this.#tally.failed === 0) process.exitCode = 1;
  }
}
