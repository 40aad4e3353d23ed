import { expect, test } from 'vitest';
import { lint } from './lint.ts';

test.each([
  ['noExplicitAny', 'src/state/bad.ts', 'export const it: any = 1;'],
  ['noNonNullAssertion', 'src/state/bad.ts', 'export const first = (words: number[]): number => words[0]!;'],
  ['noTsIgnore', 'src/state/bad.ts', '// @ts-ignore\nexport const it: string = 1;'],
  ['noDefaultExport', 'src/state/bad.ts', 'export default 1;'],
  ['noEnum', 'src/state/bad.ts', 'export enum Fate { local }'],
  ['noNamespace', 'src/state/bad.ts', 'export namespace Fate { export const local = 1; }'],
  ['noParameterProperties', 'src/state/bad.ts', 'export class Store { constructor(readonly limit: number) {} }'],
  ['noConsole', 'src/state/bad.ts', "console.log('here');"],
  ['useImportType', 'src/state/bad.ts', "import { Observable } from 'rxjs';\nexport type It = Observable<number>;"],
  [
    'useNodejsImportProtocol',
    'src/platform/bad.ts',
    "import { readFileSync } from 'fs';\nexport const it = readFileSync;",
  ],
  [
    'noNodejsModules',
    'src/operators/bad.ts',
    "import { readFileSync } from 'node:fs';\nexport const it = readFileSync;",
  ],
  ['noRestrictedImports', 'src/state/bad.ts', "export { Observable } from 'rxjs/internal/Observable';"],
  ['noRestrictedImports', 'test/bad.test.ts', "export { Observable } from 'rxjs/dist/cjs/internal/Observable';"],
  ['noUndeclaredDependencies', 'src/state/bad.ts', "export { map } from 'lodash';"],
  ['useFilenamingConvention', 'src/state/linkType.ts', 'export const it = 1;'],
  ['noSkippedTests', 'test/bad.test.ts', "import { test } from 'vitest';\ntest.skip('later', () => {});"],
  ['noFocusedTests', 'test/bad.test.ts', "import { test } from 'vitest';\ntest.only('this', () => {});"],
])('%s fires in %s', (rule, path, text) => {
  expect(lint({ [path]: `${text}\n` }).map((complaint) => complaint.rule)).toContain(rule);
});

test('two files that import each other are found', () => {
  const found = lint({
    'src/state/hen.ts': "import { egg } from './egg.ts';\nexport const hen = (): number => egg();\n",
    'src/state/egg.ts': "import { hen } from './hen.ts';\nexport const egg = (): number => hen();\n",
  });
  expect(found.map(({ rule }) => rule)).toEqual(['noImportCycles', 'noImportCycles']);
});
