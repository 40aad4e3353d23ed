/** What {@link LineReader.next} says of a line that is longer than allowed. Nothing behind it can be read. */
export const tooLong = Symbol('too long');

const lineFeed = 0x0a;

/**
 * Cuts a stream of bytes into lines of UTF-8. Holds at most one unfinished line and what was pushed last.
 *
 * @example
 * reader.push(chunk);
 * for (let line = reader.next(); typeof line === 'string'; line = reader.next()) handle(line);
 */
export class LineReader {
  readonly #limit: number;
  #bytes = Buffer.alloc(1_024);
  /** Where the next line begins, where the bytes end, and up to where no line feed was found. */
  #start = 0;
  #end = 0;
  #searched = 0;

  /** @param limit most bytes of a line, without its line feed */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): void {
    const held = this.#end - this.#start;
    if (this.#end + chunk.length > this.#bytes.length) {
      const from = this.#bytes;
      const needed = held + chunk.length;
      if (needed > from.length)
        this.#bytes = Buffer.alloc(Math.max(needed, Math.min(from.length * 2, this.#limit + 1)));
      from.copy(this.#bytes, 0, this.#start, this.#end);
      this.#searched -= this.#start;
      this.#start = 0;
      this.#end = held;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole line; undefined when there is none yet. */
  next(): string | typeof tooLong | undefined {
    const found = this.#bytes.subarray(this.#searched, this.#end).indexOf(lineFeed);
    const end = found < 0 ? this.#end : this.#searched + found;
    if (end - this.#start > this.#limit) return tooLong;
    this.#searched = end;
    if (found < 0) return undefined;
    const line = this.#bytes.toString('utf8', this.#start, end);
    this.#start = end + 1;
    this.#searched = end + 1;
    return line;
  }
}
