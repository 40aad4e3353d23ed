import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the linter holds against a file: `rule` is its name, `plugin` for our own. */
export interface Complaint {
  readonly file: string;
  readonly rule: string;
  readonly message: string;
}

interface RdJson {
  readonly diagnostics: readonly {
    readonly code?: { readonly value?: string };
    /** Absent when the complaint is about the file as such. */
    readonly location?: { readonly path: string };
    readonly message: string;
  }[];
}

/** Runs `use` in a temporary folder that has the files, and removes it afterwards. */
export const inFolder = <T>(files: Readonly<Record<string, string>>, use: (folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'umigame-house-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Lints the files, each named by its path in the project, by the project's own rules. */
export const lint = (files: Readonly<Record<string, string>>): Complaint[] =>
  inFolder(files, (folder) => {
    for (const path of ['biome.json', 'package.json', 'scripts/lint']) {
      cpSync(join(root, path), join(folder, path), { recursive: true });
    }
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [biome, 'lint', '--reporter=rdjson', '--max-diagnostics=none', '.'],
      { cwd: folder, encoding: 'utf8' },
    );
    if (!stdout.startsWith('{')) throw new Error(`the linter did not run: ${stderr}`);
    const { diagnostics } = JSON.parse(stdout) as RdJson;
    return diagnostics.map(({ code, location, message }) => ({
      file: location?.path ?? '',
      rule: code?.value?.split('/').at(-1) ?? '',
      message,
    }));
  });
