import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lint, root } from './lint.ts';

const library = ['wire', 'packet', 'state', 'crypto', 'operators', 'pipelines'];

/** Each room of src/, and which others it may import: wire <- packet <- crypto <- state <- operators <- pipelines <- run. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  packet: ['wire'],
  state: ['wire', 'packet', 'crypto'],
  crypto: ['wire', 'packet'],
  operators: ['wire', 'packet', 'state', 'crypto'],
  pipelines: ['wire', 'packet', 'state', 'crypto', 'operators'],
  capture: ['wire'],
  platform: ['wire', 'packet'],
  sources: ['wire', 'packet', 'capture', 'platform'],
  sinks: ['wire', 'packet', 'capture', 'platform'],
  config: ['wire'],
  run: [...library, 'capture', 'platform', 'sources', 'sinks', 'config'],
  testing: [...library, 'capture', 'platform', 'sources', 'sinks', 'config', 'run'],
};
const rooms = [...Object.keys(mayImport), 'cli'];

const complaintsAbout = (files: Readonly<Record<string, string>>): string[] =>
  lint(files)
    .filter(({ message }) => message.startsWith('Imports point one way'))
    .map(({ file }) => file)
    .sort();

test('src/ has no room that the plan does not name', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(rooms).toEqual(expect.arrayContaining(folders.map(({ name }) => name)));
});

test('of all pairs of rooms, exactly the wrong ones are refused', () => {
  const files: Record<string, string> = {};
  const wrong: string[] = [];
  for (const from of rooms) {
    for (const to of rooms) {
      const path = `src/${from}/from-${to}.ts`;
      files[path] = `import { it } from '../${to}/it.ts';\nexport const mine = it;\n`;
      if (from !== to && from !== 'cli' && !mayImport[from]?.includes(to)) wrong.push(path);
    }
  }
  expect(complaintsAbout(files)).toEqual(wrong.sort());
});

test('src/index.ts may name every room but cli', () => {
  const exporting = (names: readonly string[]): string =>
    names.map((room) => `export { it as ${room} } from './${room}/it.ts';\n`).join('');
  expect(complaintsAbout({ 'src/index.ts': exporting(Object.keys(mayImport)) })).toEqual([]);
  expect(complaintsAbout({ 'src/index.ts': exporting(['cli']) })).toEqual(['src/index.ts']);
});

test.each([
  ['a type', "import type { It } from '../state/it.ts';\nexport type Mine = It;\n"],
  ['a re-export', "export { it } from '../state/it.ts';\n"],
  ['everything', "export * from '../state/it.ts';\n"],
  ['a dynamic import', "export const it = () => import('../state/it.ts');\n"],
  ['a type in place', "export type It = import('../state/it.ts').It;\n"],
  ['a detour', "export { it } from '../../src/state/it.ts';\n"],
])('%s is an import too', (_, text) => {
  expect(complaintsAbout({ 'src/wire/bad.ts': text })).toEqual(['src/wire/bad.ts']);
});

test('a folder within a room is in that room', () => {
  expect(
    complaintsAbout({
      'src/state/routes/bad.ts': "export { it } from '../../operators/it.ts';\n",
      'src/state/routes/good.ts': "export { it } from '../../wire/it.ts';\nexport { that } from '../that.ts';\n",
      'src/sources/config/good.ts': "export { it } from './state/it.ts';\n",
    }),
  ).toEqual(['src/state/routes/bad.ts']);
});

test('the complaint names both rooms and the remedy', () => {
  const [complaint] = lint({ 'src/wire/bad.ts': "export { it } from '../packet/it.ts';\n" });
  expect(complaint).toEqual({
    file: 'src/wire/bad.ts',
    rule: 'plugin',
    message:
      'Imports point one way, and wire may not import packet: move what you need down a room, or take it as a parameter.',
  });
});
