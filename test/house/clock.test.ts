import { expect, test } from 'vitest';
import { lint } from './lint.ts';

const timeless = ['wire', 'packet', 'state', 'operators', 'pipelines'];

/** Every way to real time or real chance that the rooms must not take. */
const wrong: readonly string[] = [
  'export const now = Date.now();',
  'export const now = Date.now;',
  'export const now = new Date();',
  'export const now = new Date;',
  'export const { now } = Date;',
  'export const now = performance.now();',
  'export const now = process.hrtime.bigint();',
  'export const now = globalThis.performance.now();',
  "export const now = globalThis['Date'].now();",
  'setTimeout(() => {}, 10);',
  'setInterval(() => {}, 10);',
  'setImmediate(() => {});',
  'queueMicrotask(() => {});',
  "import { setTimeout } from 'node:timers/promises';\nexport const later = setTimeout(10);",
  "import { performance } from 'node:perf_hooks';\nexport const now = performance.now();",
  'export const dice = Math.random();',
  'export const dice = Math.random;',
  'export const dice = crypto.getRandomValues(new Uint8Array(4));',
  "import { randomBytes } from 'node:crypto';\nexport const dice = randomBytes(4);",
  "import { interval } from 'rxjs';\nexport const tick$ = interval(1000);",
  "import { timer } from 'rxjs';\nexport const tick$ = timer(0, 1000);",
  "import { delay, of } from 'rxjs';\nexport const late$ = of(1).pipe(delay(10));",
  "import { of, timestamp } from 'rxjs';\nexport const dated$ = of(1).pipe(timestamp());",
];

const right: readonly string[] = [
  "import type { SchedulerLike } from 'rxjs';\nexport const now = (scheduler: SchedulerLike): number => scheduler.now();",
  "import { interval, type SchedulerLike } from 'rxjs';\nexport const tick = (scheduler: SchedulerLike) => interval(10, scheduler);",
  "import { type SchedulerLike, timer } from 'rxjs';\nexport const tick = (scheduler: SchedulerLike) => timer(0, 10, scheduler);",
  'export const roll = (random: () => number): number => Math.floor(random() * 6);',
];

const filesIn = (room: string, texts: readonly string[]): [path: string, text: string][] =>
  texts.map((text, at) => [`src/${room}/case-${at}.ts`, `${text}\n`]);

test.each(timeless)('src/%s may not reach for the clock or the dice', (room) => {
  const found = new Set(lint(Object.fromEntries(filesIn(room, wrong))).map(({ file }) => file));
  for (const [path, text] of filesIn(room, wrong)) expect(found, text).toContain(path);
});

test.each(timeless)('src/%s may use what it is given', (room) => {
  expect(lint(Object.fromEntries(filesIn(room, right)))).toEqual([]);
});

test('elsewhere the clock is free', () => {
  const rules = lint(Object.fromEntries([...filesIn('cli', wrong), ...filesIn('sources', wrong)])).map(
    ({ rule }) => rule,
  );
  expect(rules).not.toContain('plugin');
  expect(rules).not.toContain('noRestrictedGlobals');
  expect(rules).not.toContain('noNodejsModules');
});
