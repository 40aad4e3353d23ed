/**
 * JSON (RFC 8259) for files that people write: a mistake is reported with its line and column, and a key that
 * stands twice in one object is a mistake, where `JSON.parse` would quietly keep the last one. So is the key
 * `__proto__`, which in JavaScript is more than a key.
 *
 * @module
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Objects and arrays inside each other that {@link parseJson} follows. */
export const maximumDepth = 100;

/** A syntax error, and where it is: lines and columns count from 1, columns in UTF-16 units. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly line: number;
  readonly column: number;

  constructor(sentence: string, text: string, at: number) {
    super(sentence);
    const before = text.slice(0, at).split(/\r\n|\n|\r/);
    this.line = before.length;
    this.column = (before.at(-1) ?? '').length + 1;
  }
}

const space = /[ \t\r\n]*/y;
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 §7 forbids them in strings
const plainText = /[^"\\\x00-\x1f]*/y;
const word = /\w+/y;

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith('\ufeff')) this.#at = 1;
  }

  document(): Json {
    const value = this.#value(0);
    this.#take(space);
    if (this.#at < this.#text.length) this.#fail(`${this.#here()} after the end of the configuration`);
    return value;
  }

  #value(depth: number): Json {
    this.#take(space);
    if (depth > maximumDepth) this.#fail(`more than ${maximumDepth} objects and arrays inside each other`);
    const next = this.#text[this.#at];
    if (next === '{') return this.#object(depth);
    if (next === '[') return this.#array(depth);
    if (next === '"') return this.#string();
    const digits = this.#take(numberToken);
    if (digits !== '') return Number(digits);
    return this.#literal();
  }

  #literal(): null | boolean {
    const start = this.#at;
    const name = this.#take(word);
    if (name === 'null') return null;
    if (name === 'true') return true;
    if (name === 'false') return false;
    this.#at = start;
    return this.#fail(`${this.#here()} where a value should be`);
  }

  #object(depth: number): Json {
    const entries = new Map<string, Json>();
    this.#at += 1;
    this.#take(space);
    if (this.#skip('}')) return {};
    for (;;) {
      this.#take(space);
      const start = this.#at;
      if (this.#text[this.#at] !== '"') this.#fail(`${this.#here()} where a key in double quotes should be`);
      const key = this.#string();
      if (key === '__proto__') this.#fail('the key "__proto__"', start);
      if (entries.has(key)) this.#fail(`the key ${JSON.stringify(key)} stands twice in one object`, start);
      this.#take(space);
      if (!this.#skip(':')) this.#fail(`${this.#here()} where a ':' should be`);
      entries.set(key, this.#value(depth + 1));
      this.#take(space);
      if (this.#skip('}')) return Object.fromEntries(entries);
      if (!this.#skip(',')) this.#fail(`${this.#here()} where ',' or '}' should be`);
    }
  }

  #array(depth: number): Json {
    const items: Json[] = [];
    this.#at += 1;
    this.#take(space);
    if (this.#skip(']')) return items;
    for (;;) {
      items.push(this.#value(depth + 1));
      this.#take(space);
      if (this.#skip(']')) return items;
      if (!this.#skip(',')) this.#fail(`${this.#here()} where ',' or ']' should be`);
    }
  }

  #string(): string {
    const start = this.#at;
    let value = '';
    this.#at += 1;
    for (;;) {
      value += this.#take(plainText);
      if (this.#skip('"')) return value;
      if (this.#skip('\\')) value += this.#escape();
      else if (this.#at >= this.#text.length) this.#fail('a string without its closing double quote', start);
      else this.#fail('a line break or control character inside a string');
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at] ?? '';
    const digits = this.#text.slice(this.#at + 1, this.#at + 5);
    if (letter === 'u' && /^[0-9a-fA-F]{4}$/.test(digits)) {
      this.#at += 5;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = escapes[letter];
    if (character === undefined) return this.#fail("an unknown escape after '\\'", this.#at - 1);
    this.#at += 1;
    return character;
  }

  #take(token: RegExp): string {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #here(): string {
    if (this.#at >= this.#text.length) return 'the end of the file';
    if (this.#text.startsWith('//', this.#at) || this.#text.startsWith('/*', this.#at)) {
      return 'a comment (JSON has none; a .js or .ts file may)';
    }
    word.lastIndex = this.#at;
    return JSON.stringify((word.exec(this.#text)?.[0] ?? this.#text[this.#at] ?? '').slice(0, 20));
  }

  #fail(sentence: string, at = this.#at): never {
    throw new JsonError(sentence, this.#text, at);
  }
}

/**
 * Parses a JSON text. What it accepts, it reads as `JSON.parse` does.
 *
 * @throws {JsonError} with line and column
 *
 * @example
 * parseJson('{ "mtu": 1500, }') // JsonError: "}" where a key in double quotes should be, line 1, column 16
 */
export const parseJson = (text: string): Json => new Reader(text).document();
