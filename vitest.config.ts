import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ClosingLine } from './scripts/reporter.ts';

/** Tests that open devices and make network namespaces: one file at a time, after all others. */
const live = 'test/**/*.live.test.ts';

/** Examples import the package by its name; here that is its sources, as in tsconfig.json. */
const sources = fileURLToPath(new URL('src', import.meta.url));
const alias = [
  { find: /^umigame$/, replacement: `${sources}/index.ts` },
  { find: /^umigame\/(\w+)$/, replacement: `${sources}/$1/index.ts` },
];

export default defineConfig({
  test: {
    reporters: ['default', new ClosingLine()],
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'units',
          include: ['test/**/*.test.ts', 'marble-tests/**/*.test.ts'],
          exclude: [live],
          execArgv: ['--expose-gc'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'live',
          include: [live],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: 'tsconfig.types.json',
          },
        },
      },
    ],
  },
});
