import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lint.ts';

/** The pages that people read, by path from the root. */
export const pages: readonly string[] = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];

export const readPage = (path: string): string => readFileSync(join(root, path), 'utf8');

/** A fenced block. */
export interface Block {
  readonly page: string;
  /** Line of its opening fence, from 1. */
  readonly line: number;
  /** What stands behind the fence: `ts`, `json`, `ts continued`. */
  readonly info: string;
  readonly text: string;
  /** Is there nothing but blank lines between this and the block before? */
  readonly adjacent: boolean;
}

export const blocksOf = (page: string): Block[] => {
  const blocks: Block[] = [];
  let open: { line: number; info: string; text: string[] } | undefined;
  let adjacent = false;
  for (const [index, text] of readPage(page).split('\n').entries()) {
    if (open !== undefined) {
      if (text.startsWith('```')) {
        blocks.push({ page, line: open.line, info: open.info, text: `${open.text.join('\n')}\n`, adjacent });
        open = undefined;
        adjacent = true;
      } else open.text.push(text);
    } else if (text.startsWith('```')) open = { line: index + 1, info: text.slice(3), text: [] };
    else if (text !== '') adjacent = false;
  }
  return blocks;
};

/** A program of the documentation: a `ts` block, those that continue it, and what the page says it prints. */
export interface Program {
  readonly name: string;
  readonly source: string;
  /** Undefined: the page does not say. */
  readonly output: string | undefined;
}

export const programsOf = (page: string): Program[] => {
  const programs: Program[] = [];
  let previous: Block | undefined;
  for (const block of blocksOf(page)) {
    const last = programs.at(-1);
    if (block.info === 'ts') programs.push({ name: `${page}:${block.line}`, source: block.text, output: undefined });
    else if (last !== undefined && block.info === 'ts continued') {
      programs[programs.length - 1] = { ...last, source: last.source + block.text };
    } else if (last !== undefined && block.info === 'text' && block.adjacent && previous?.info.startsWith('ts')) {
      programs[programs.length - 1] = { ...last, output: (last.output ?? '') + block.text };
    }
    previous = block;
  }
  return programs;
};
