import { Blocks } from './blocks.ts';
import type { Radix } from './radix.ts';

/** The first bits of an address, looked up in one table. */
const rootBits = 16;
const rootSlots = 1 << rootBits;
/** Most prefixes in a new list. Between 4 and 8 the speed hardly differs. */
const listLimit = 6;
/** Strides of fans. The largest bounds what one rebuild may take: a fan of 10 holds 256 prefixes or any number more. */
const leastStride = 3;
const largestStride = 10;

// An entry that points to a block: sign, kind, stride - 3 (fans only), offset of the first slot or key.
const pointer = 1 << 31;
const listBit = 1 << 30;
const strideShift = 27;
const offsetMask = (1 << strideShift) - 1;

// Before that offset a block has its region's length; fans also their number of prefixes.
const listHeader = 1;
const fanHeader = 2;
const largestBlock = fanHeader + (1 << largestStride);

const isList = (entry: number): boolean => (entry & listBit) !== 0;
const strideOf = (entry: number): number => ((entry >>> strideShift) & 7) + leastStride;

/** Two to four slots for each prefix. */
const idealStride = (prefixes: number, bitsLeft: number): number =>
  Math.min(largestStride, bitsLeft, 33 - Math.clz32(prefixes));

/**
 * The look-up structure: a burst trie of int32 words, made from the radix tree and kept in step with it.
 *
 * The radix tree asks one bit per visit and each visit may miss the cache. Here a visit settles up to 10 bits by
 * indexing (a *fan*) or up to 32 by comparing (a *list*), and what is found at the end needs no way back: every slot
 * knows the row of the longest prefix around it.
 *
 * ```
 *   first 16 bits            fan of 2^stride slots                list, longest prefixes first
 *  ┌─────────────┐          ┌───┬───┬───┬─── ─┬───┐          ┌────────────────┬─────────────┬─────┐
 *  │ 2001: entry ┼────────▶ │ 7 │ 7 │ ╷ │ ··· │ 7 │    ┌───▶ │ key  mask  row │ key mask ╷  │ row │
 *  │ 2002: 0     │          └───┴───┴─┼─┴─── ─┴───┘    │     └────────────────┴──────────┼──┴─────┘
 *  └─────────────┘                    └────────────────┘      the rest of it: ───────────▶ another block
 * ```
 *
 * An *entry* is a row (0: no prefix longer than 16 bits), or, if negative, points to a block for the *region* of
 * addresses that share the bits so far:
 * - a fan branches on the next `stride` bits. It has two to four times as many slots as there are prefixes in it.
 * - a list holds the few prefixes of a sparse region. A *window* of 32 address bits is compared with key under mask.
 *   An entry for longer prefixes points on to the region behind the window. The last entry has mask 0: it always fits.
 *   A list of one skips the bits that all prefixes of a dense region share.
 *
 * A list that outgrows its limit bursts into a fan; a fan is rebuilt when its number of prefixes calls for a stride two
 * larger or smaller, so that the cost of rebuilding spreads over the changes in between. Prefixes of up to 16 bits
 * stay out of all that: they lie in a column of their own, asked when nothing longer fits. So a change of the default
 * route rewrites 65,536 words and not the whole structure.
 *
 * Measured on one core of a shared EPYC with an Internet-like mix and random destinations that all have a route, in
 * million look-ups/s (radix tree): 1,000 routes 32 (6), 200,000 routes 14 (1.2), 1,000,000 routes 5 (0.6). With 200,000
 * routes it takes 34 bytes a route and 350,000 changes/s. `bench/routes.ts` measures it again.
 */
export class BurstTrie {
  readonly #radix: Radix;
  readonly #rowOf: (route: number) => number;
  /** Entries by the first 16 bits, then the blocks. */
  readonly #blocks = new Blocks({ reserved: rootSlots, largest: largestBlock, limit: offsetMask + 1 });
  /** Rows of the longest prefix of up to 16 bits, by the first 16 bits. */
  readonly #short = new Int32Array(rootSlots);
  /** Last byte of an address at which a window may begin. */
  readonly #lastByte: number;
  /** The prefix of the update under way. */
  readonly #key = new DataView(new ArrayBuffer(16));
  readonly #stack = new Int32Array(264);

  /**
   * @param radix prefixes to routes; the source of all that is here
   * @param rowOf the row of a route, 1 or more
   */
  constructor(radix: Radix, rowOf: (route: number) => number) {
    this.#radix = radix;
    this.#rowOf = rowOf;
    this.#lastByte = radix.bits / 8 - 4;
  }

  /** Bytes allocated. */
  get bytes(): number {
    return this.#blocks.words.byteLength + this.#short.byteLength;
  }

  /** The row of the longest prefix that the address at `at` lies in, 0 if there is none. Reads 16 (4) bytes. */
  lookup(view: DataView, at: number): number {
    const words = this.#blocks.words;
    const lastByte = this.#lastByte;
    const first = view.getUint16(at);
    let entry = words[first] as number;
    let position = rootBits;
    while (entry < 0) {
      let byte = position >> 3;
      if (byte > lastByte) byte = lastByte;
      const window = view.getInt32(at + byte);
      let offset = entry & offsetMask;
      if ((entry & listBit) !== 0) {
        while (((window ^ (words[offset] as number)) & (words[offset + 1] as number)) !== 0) offset += 3;
        entry = words[offset + 2] as number;
        if (entry >= 0) break;
        position = words[(entry & offsetMask) - 1] as number;
      } else {
        const stride = ((entry >>> strideShift) & 7) + leastStride;
        entry = words[offset + ((window << (position - (byte << 3))) >>> (32 - stride))] as number;
        position += stride;
      }
    }
    return entry === 0 ? (this.#short[first] as number) : entry;
  }

  /**
   * Takes over a change of one prefix from the radix tree.
   *
   * @param added 1 if the prefix is new there, -1 if it is gone, 0 if it leads to another route
   */
  update(w0: number, w1: number, w2: number, w3: number, length: number, added: -1 | 0 | 1): void {
    const first = w0 >>> 16;
    if (length <= rootBits) {
      const node = this.#radix.seek(w0, w1, w2, w3, length);
      this.#spreadShort(node, this.#covering(), first, first + (1 << (rootBits - length)));
      return;
    }
    const key = this.#key;
    key.setInt32(0, w0);
    key.setInt32(4, w1);
    key.setInt32(8, w2);
    key.setInt32(12, w3);
    // Down to the smallest region that the prefix lies in, but never past one that has to be rebuilt anyway.
    const { words } = this.#blocks;
    let link = first;
    let position = rootBits;
    for (let entry = words[link] as number; entry < 0; entry = words[link] as number) {
      const byte = this.#windowByte(position);
      const window = key.getInt32(byte);
      let offset = entry & offsetMask;
      if (isList(entry)) {
        while (((window ^ (words[offset] as number)) & (words[offset + 1] as number)) !== 0) offset += 3;
        const inner = words[offset + 2] as number;
        const innerPosition = inner < 0 ? (words[(inner & offsetMask) - 1] as number) : length;
        if (innerPosition >= length) break;
        link = offset + 2;
        position = innerPosition;
      } else {
        const count = (words[offset - fanHeader] as number) + added;
        words[offset - fanHeader] = count;
        const stride = strideOf(entry);
        const ideal = idealStride(count, this.#radix.bits - position);
        if (count * 2 <= listLimit || Math.abs(ideal - stride) >= 2) break;
        const slot = (window << (position - byte * 8)) >>> (32 - stride);
        position += stride;
        if (length <= position) {
          const end = slot + (1 << (position - length));
          for (let i = slot; i < end; i += 1) this.#release(words[offset + i] as number);
          const node = this.#radix.seek(w0, w1, w2, w3, length);
          this.#spread(offset, position, node, this.#coveringEntry(), slot, end);
          return;
        }
        link = offset + slot;
      }
    }
    this.#release(words[link] as number);
    const node = this.#radix.seek(w0, w1, w2, w3, position);
    const built = this.#build(node, position, this.#coveringEntry());
    this.#blocks.words[link] = built;
  }

  /** After a seek: the row around the region. */
  #covering(): number {
    const route = this.#radix.covering;
    return route === 0 ? 0 : this.#rowOf(route);
  }

  /** After a seek: the same, but 0 for prefixes that are in the column of short ones. */
  #coveringEntry(): number {
    return this.#radix.coveringLength > rootBits ? this.#covering() : 0;
  }

  /** The row of a node if it has one that belongs into entries. */
  #row(node: number, otherwise: number): number {
    const route = this.#radix.value(node);
    return route === 0 || this.#radix.length(node) <= rootBits ? otherwise : this.#rowOf(route);
  }

  /** Where the window of a region begins, in bytes: at its first bit or a little before, and never past the end. */
  #windowByte(position: number): number {
    return Math.min(position >> 3, this.#lastByte);
  }

  /** What the window at `byte` shows of addresses in the node's prefix. */
  #window(node: number, byte: number): number {
    const word = this.#radix.word(node, byte >> 2);
    const shift = (byte & 3) * 8;
    return shift === 0 ? word : (word << shift) | (this.#radix.word(node, (byte >> 2) + 1) >>> (32 - shift));
  }

  /**
   * Writes slots `[from, to)` of the column of short prefixes.
   *
   * @param node topmost node among these slots, 0 if none
   * @param row what covers all of them
   */
  #spreadShort(node: number, row: number, from: number, to: number): void {
    const radix = this.#radix;
    if (node === 0 || radix.length(node) > rootBits) {
      this.#short.fill(row, from, to);
      return;
    }
    const first = radix.word(node, 0) >>> 16;
    const end = first + (1 << (rootBits - radix.length(node)));
    const route = radix.value(node);
    const own = route === 0 ? row : this.#rowOf(route);
    const middle = (first + end) >> 1;
    this.#short.fill(row, from, first);
    this.#short.fill(row, end, to);
    this.#short.fill(own, first, end);
    if (end - first === 1) return;
    this.#spreadShort(radix.child(node, 0), own, first, middle);
    this.#spreadShort(radix.child(node, 1), own, middle, end);
  }

  /**
   * Builds slots `[from, to)` of a fan; their number is a power of two.
   *
   * @param position bits of a slot's region
   * @param node topmost node among these slots, 0 if none
   * @param row what covers all of them
   */
  #spread(fan: number, position: number, node: number, row: number, from: number, to: number): void {
    const radix = this.#radix;
    if (node === 0) {
      this.#blocks.words.fill(row, fan + from, fan + to);
      return;
    }
    const length = radix.length(node);
    if (to - from === 1) {
      const built = this.#build(node, position, length === position ? this.#row(node, row) : row);
      this.#blocks.words[fan + from] = built;
      return;
    }
    const middle = (from + to) >> 1;
    const common = position - (31 - Math.clz32(to - from));
    if (length > common) {
      const right = ((radix.word(node, common >> 5) >>> (31 - (common & 31))) & 1) === 1;
      this.#spread(fan, position, right ? 0 : node, row, from, middle);
      this.#spread(fan, position, right ? node : 0, row, middle, to);
    } else {
      const own = this.#row(node, row);
      this.#spread(fan, position, radix.child(node, 0), own, from, middle);
      this.#spread(fan, position, radix.child(node, 1), own, middle, to);
    }
  }

  /**
   * The entry for a region.
   *
   * @param node topmost node in the region, 0 if none
   * @param position bits of the region
   * @param row what covers it
   */
  #build(node: number, position: number, row: number): number {
    const count = node === 0 ? 0 : this.#countLonger(node, position);
    if (count === 0) return row;
    if (count <= listLimit) {
      const entries: number[] = [];
      this.#collect(node, position, row, entries);
      return this.#writeList(position, entries, row);
    }
    const top = this.#top(node, position);
    const stride = idealStride(count, this.#radix.bits - position);
    if (this.#radix.length(top) >= position + stride) {
      return this.#writeList(position, this.#skip(top, position, row), row);
    }
    const fan = this.#blocks.take(fanHeader + (1 << stride)) + fanHeader;
    this.#blocks.words[fan - 2] = count;
    this.#blocks.words[fan - 1] = position;
    this.#spread(fan, position + stride, node, row, 0, 1 << stride);
    return pointer | ((stride - leastStride) << strideShift) | fan;
  }

  /** The topmost node that has a prefix longer than `position` or parts such prefixes. */
  #top(node: number, position: number): number {
    if (this.#radix.length(node) > position) return node;
    const left = this.#radix.child(node, 0);
    const right = this.#radix.child(node, 1);
    if (left === 0) return right;
    return right === 0 ? left : node;
  }

  /** One list entry: key, mask and pointer to the block where the region's prefixes part, or the end of the window. */
  #skip(top: number, position: number, row: number): number[] {
    const byte = this.#windowByte(position);
    const length = this.#radix.length(top);
    const end = byte * 8 + 32;
    const inner = Math.min(length, end);
    const built = this.#build(top, inner, length === inner ? this.#row(top, row) : row);
    return [this.#window(top, byte), -1 << (end - inner), built];
  }

  /** Adds keys, masks and rows of a region's prefixes to `entries`, inner prefixes before those around them. */
  #collect(node: number, position: number, row: number, entries: number[]): void {
    if (node === 0) return;
    const radix = this.#radix;
    const length = radix.length(node);
    const own = length > position ? this.#row(node, row) : row;
    const byte = this.#windowByte(position);
    const end = byte * 8 + 32;
    if (length >= end) {
      entries.push(this.#window(node, byte), -1, this.#build(node, end, length === end ? own : row));
      return;
    }
    this.#collect(radix.child(node, 0), position, own, entries);
    this.#collect(radix.child(node, 1), position, own, entries);
    if (length > position && radix.value(node) !== 0) {
      entries.push(this.#window(node, byte), -1 << (end - length), own);
    }
  }

  #writeList(position: number, entries: readonly number[], row: number): number {
    const list = this.#blocks.take(listHeader + entries.length + 3) + listHeader;
    const { words } = this.#blocks;
    words[list - 1] = position;
    for (let i = 0; i < entries.length; i += 1) words[list + i] = entries[i] as number;
    const last = list + entries.length;
    words[last] = 0;
    words[last + 1] = 0;
    words[last + 2] = row;
    return pointer | listBit | list;
  }

  /** Number of prefixes longer than `position` at and below a node. */
  #countLonger(node: number, position: number): number {
    const radix = this.#radix;
    const stack = this.#stack;
    stack[0] = node;
    let count = 0;
    for (let depth = 1; depth > 0; ) {
      depth -= 1;
      const at = stack[depth] as number;
      if (at === 0) continue;
      if (radix.value(at) !== 0 && radix.length(at) > position) count += 1;
      stack[depth] = radix.child(at, 1);
      stack[depth + 1] = radix.child(at, 0);
      depth += 2;
    }
    return count;
  }

  /** Gives back the blocks of a region. */
  #release(entry: number): void {
    if (entry >= 0) return;
    const { words } = this.#blocks;
    const offset = entry & offsetMask;
    if (isList(entry)) {
      let last = offset;
      for (; words[last + 1] !== 0; last += 3) this.#release(words[last + 2] as number);
      this.#blocks.release(offset - listHeader, listHeader + last + 3 - offset);
      return;
    }
    const slots = 1 << strideOf(entry);
    for (let slot = 0; slot < slots; slot += 1) this.#release(words[offset + slot] as number);
    this.#blocks.release(offset - fanHeader, fanHeader + slots);
  }
}
