import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Advertising, completeAdvertising } from '../wire/advertising.ts';
import { ConfigError } from './error.ts';
import { readingProblem } from './reading.ts';
import { parseRtadvd, type RtadvdConfig } from './rtadvd.ts';
import { show, suggest } from './words.ts';

/** What an entry says, and what is wrong: a sentence each. */
export interface RtadvdEntry {
  readonly advertising: Advertising;
  readonly sentences: readonly string[];
}

const nothing: RtadvdConfig = new Map();

/** The `rtadvd.conf` files that a configuration names: each is read once, and its mistakes are told once. */
export class RtadvdFiles {
  readonly #folder: string;
  /** By name; undefined for one that can't be used. */
  readonly #files = new Map<string, RtadvdConfig | undefined>();

  /** @param folder that names are relative to: the configuration's own */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The entry that is called as the interface is. Nothing is assumed where there is none: it may be misspelt. */
  entry(file: string, name: string): RtadvdEntry {
    const sentences = this.#files.has(file) ? [] : this.#read(file);
    const config = this.#files.get(file);
    const found = (config ?? nothing).get(name);
    if (found !== undefined) return { advertising: found, sentences };
    const advertising = completeAdvertising();
    if (config === undefined) return { advertising, sentences };
    const names = [...config.keys()];
    const allowed = names.length === 0 ? 'it has none at all' : `allowed: ${names.join(', ')}`;
    return { advertising, sentences: [`${file} has no entry ${show(name)}${suggest(name, names)}; ${allowed}`] };
  }

  /** Remembers what the file says; returns what is wrong with it. */
  #read(file: string): string[] {
    this.#files.set(file, undefined);
    try {
      this.#files.set(file, parseRtadvd(readFileSync(resolve(this.#folder, file), 'utf8'), file));
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) return [`${file}: ${readingProblem(error)}`];
      return error.problems.map(({ path, sentence }) => `${file}: ${path}: ${sentence}`);
    }
  }
}
