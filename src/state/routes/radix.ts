/**
 * A path-compressed radix tree (Patricia; KAME's and BSD's `radix.c` is its ancestor): prefixes of 32 or 128 bits to
 * positive int32 values.
 *
 * Every node stands for a prefix. A node has a value, or two children, or both; chains of one-child nodes do not
 * exist, so n prefixes need at most 2n - 1 nodes and the depth is that of the branching, not of the bits.
 *
 * ```
 *                     ::/0 (value 1)
 *                        │ 0
 *                 2001:db8::/32 (branch)
 *                 0 │            │ 1
 *  2001:db8:1::/48 (value 2)   2001:db8:8000::/33 (value 3)
 * ```
 *
 * Nodes are records in one Int32Array: left, right, value, length, then the key's words. A node is named by the offset
 * of its record, 0 is none. Record 0 holds the root as its left child, so that every node is reached through a link.
 *
 * @module
 */

const left = 0;
const value = 2;
const length = 3;
const key = 4;

/** `length` of a record that is not in use. */
const unused = -1;

export class Radix {
  /** Bits of a whole address: 32 or 128. */
  readonly bits: 32 | 128;
  readonly #keyWords: number;
  readonly #recordWords: number;
  /** The key of the call under way. */
  readonly #key = new Int32Array(4);
  #records: Int32Array;
  /** Where the next new record goes. */
  #top: number;
  /** First unused record below the top; they are linked by their left child. */
  #free = 0;
  #size = 0;
  /** After {@link seek}: the value of the longest prefix that covers the region, 0 if none; and its length. */
  covering = 0;
  coveringLength = 0;

  constructor(bits: 32 | 128) {
    this.bits = bits;
    this.#keyWords = bits >> 5;
    this.#recordWords = key + this.#keyWords;
    this.#records = new Int32Array(this.#recordWords * 16);
    this.#top = this.#recordWords;
  }

  /** Prefixes that have a value. */
  get size(): number {
    return this.#size;
  }

  /** Bytes allocated. */
  get bytes(): number {
    return this.#records.byteLength;
  }

  get root(): number {
    return this.#records[left] as number;
  }

  /** The child on the side of `bit`, 0 if there is none. */
  child(node: number, bit: number): number {
    return this.#records[node + bit] as number;
  }

  /** The value of a node, 0 for a mere branch. */
  value(node: number): number {
    return this.#records[node + value] as number;
  }

  /** Prefix length of a node. */
  length(node: number): number {
    return this.#records[node + length] as number;
  }

  /** Word `index` of the node's prefix; bits behind its length are 0. */
  word(node: number, index: number): number {
    return index < this.#keyWords ? (this.#records[node + key + index] as number) : 0;
  }

  /** Gives the prefix a value other than 0; returns its node, which stays the same as long as it has a value. */
  insert(w0: number, w1: number, w2: number, w3: number, prefixLength: number, newValue: number): number {
    this.#load(w0, w1, w2, w3);
    let link = left;
    for (;;) {
      const node = this.#records[link] as number;
      if (node === 0) {
        const leaf = this.#take(prefixLength, newValue);
        this.#records[link] = leaf;
        return leaf;
      }
      const nodeLength = this.length(node);
      const common = this.#common(node, Math.min(prefixLength, nodeLength));
      if (common < nodeLength) return this.#split(link, common, prefixLength, newValue);
      if (nodeLength === prefixLength) {
        if (this.value(node) === 0) this.#size += 1;
        this.#records[node + value] = newValue;
        return node;
      }
      link = node + this.#bit(nodeLength);
    }
  }

  /** Takes the prefix's value away; returns it, 0 if there was none. */
  remove(w0: number, w1: number, w2: number, w3: number, prefixLength: number): number {
    this.#load(w0, w1, w2, w3);
    const records = this.#records;
    let parentLink = -1;
    let parent = 0;
    let link = left;
    let node = records[link] as number;
    while (node !== 0 && this.length(node) < prefixLength && this.#covers(node)) {
      parentLink = link;
      parent = node;
      link = node + this.#bit(this.length(node));
      node = records[link] as number;
    }
    if (node === 0 || this.length(node) !== prefixLength || !this.#covers(node)) return 0;
    const before = this.value(node);
    if (before === 0) return 0;
    records[node + value] = 0;
    this.#size -= 1;
    this.#spliceOut(link, node);
    if (parent !== 0) this.#spliceOut(parentLink, parent);
    return before;
  }

  /** The node of exactly this prefix if it has a value, else 0. */
  find(w0: number, w1: number, w2: number, w3: number, prefixLength: number): number {
    this.#load(w0, w1, w2, w3);
    let node = this.root;
    while (node !== 0 && this.#covers(node)) {
      const nodeLength = this.length(node);
      if (nodeLength >= prefixLength) return nodeLength === prefixLength && this.value(node) !== 0 ? node : 0;
      node = this.child(node, this.#bit(nodeLength));
    }
    return 0;
  }

  /** The value of the longest prefix that the address lies in, 0 if there is none. */
  longestMatch(w0: number, w1: number, w2: number, w3: number): number {
    this.#load(w0, w1, w2, w3);
    let best = 0;
    let node = this.root;
    while (node !== 0 && this.#covers(node)) {
      if (this.value(node) !== 0) best = this.value(node);
      const nodeLength = this.length(node);
      if (nodeLength === this.bits) break;
      node = this.child(node, this.#bit(nodeLength));
    }
    return best;
  }

  /**
   * Finds the part of the tree inside the region of `regionLength` leading bits: the topmost node that is at least as
   * long and lies in it, 0 if there is none. Also sets {@link covering} and {@link coveringLength} to the longest
   * prefix that holds the whole region (a node of exactly the region's length counts as covering it).
   */
  seek(w0: number, w1: number, w2: number, w3: number, regionLength: number): number {
    this.#load(w0, w1, w2, w3);
    this.covering = 0;
    this.coveringLength = -1;
    let node = this.root;
    while (node !== 0) {
      const nodeLength = this.length(node);
      if (nodeLength > regionLength) return this.#common(node, regionLength) === regionLength ? node : 0;
      if (!this.#covers(node)) return 0;
      if (this.value(node) !== 0) {
        this.covering = this.value(node);
        this.coveringLength = nodeLength;
      }
      if (nodeLength === regionLength) return node;
      node = this.child(node, this.#bit(nodeLength));
    }
    return 0;
  }

  /**
   * Nodes with a value, by address, shorter prefixes first. The prefix just yielded may be removed; other changes
   * during the walk may or may not be seen.
   */
  walk(): IterableIterator<number> {
    return this.#visit([this.root]);
  }

  /** Like {@link walk}, but begins with this prefix or, when it is not there, with the one that comes next. */
  walkFrom(w0: number, w1: number, w2: number, w3: number, prefixLength: number): IterableIterator<number> {
    this.#load(w0, w1, w2, w3);
    const stack: number[] = [];
    let node = this.root;
    while (node !== 0) {
      const nodeLength = this.length(node);
      const shorter = Math.min(prefixLength, nodeLength);
      const common = this.#common(node, shorter);
      if (common < shorter && this.#bit(common) === 1) break; // all of it comes before
      if (common < shorter || nodeLength >= prefixLength) {
        stack.push(node); // all of it comes behind
        break;
      }
      const side = this.#bit(nodeLength);
      if (side === 0) stack.push(this.child(node, 1));
      node = this.child(node, side);
    }
    return this.#visit(stack);
  }

  /** Walks the subtrees on the stack, the last one first. */
  *#visit(stack: number[]): IterableIterator<number> {
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node === 0 || this.length(node) === unused) continue;
      stack.push(this.child(node, 1), this.child(node, 0));
      if (this.value(node) !== 0) yield node;
    }
  }

  #load(w0: number, w1: number, w2: number, w3: number): void {
    this.#key[0] = w0;
    this.#key[1] = w1;
    this.#key[2] = w2;
    this.#key[3] = w3;
  }

  /** Bit `index` of the key, counted from the most significant. */
  #bit(index: number): number {
    return ((this.#key[index >> 5] as number) >>> (31 - (index & 31))) & 1;
  }

  /** Number of leading bits that the key shares with the node's prefix, at most `limit`. */
  #common(node: number, limit: number): number {
    for (let i = 0; i << 5 < limit; i += 1) {
      const differs = (this.#key[i] as number) ^ (this.#records[node + key + i] as number);
      if (differs !== 0) return Math.min(limit, (i << 5) + Math.clz32(differs));
    }
    return limit;
  }

  #covers(node: number): boolean {
    const nodeLength = this.length(node);
    return this.#common(node, nodeLength) === nodeLength;
  }

  /** Hangs a new prefix above or beside the node behind `link`, with which it shares `common` bits. */
  #split(link: number, common: number, prefixLength: number, newValue: number): number {
    const node = this.#records[link] as number;
    const side = ((this.#records[node + key + (common >> 5)] as number) >>> (31 - (common & 31))) & 1;
    const added = this.#take(prefixLength, newValue);
    if (common === prefixLength) {
      this.#records[added + side] = node;
      this.#records[link] = added;
      return added;
    }
    const branch = this.#take(common, 0);
    this.#records[branch + side] = node;
    this.#records[branch + 1 - side] = added;
    this.#records[link] = branch;
    return added;
  }

  /** Removes a node that has neither a value nor two children. */
  #spliceOut(link: number, node: number): void {
    const records = this.#records;
    const first = records[node] as number;
    const second = records[node + 1] as number;
    if (records[node + value] !== 0 || (first !== 0 && second !== 0)) return;
    records[link] = first === 0 ? second : first;
    records[node] = this.#free;
    records[node + length] = unused;
    this.#free = node;
  }

  /** A fresh record for the first `prefixLength` bits of the key. */
  #take(prefixLength: number, newValue: number): number {
    let node = this.#free;
    if (node !== 0) {
      this.#free = this.#records[node] as number;
    } else {
      if (this.#top + this.#recordWords > this.#records.length) this.#grow();
      node = this.#top;
      this.#top += this.#recordWords;
    }
    const records = this.#records;
    records[node] = 0;
    records[node + 1] = 0;
    records[node + value] = newValue;
    records[node + length] = prefixLength;
    for (let i = 0; i < this.#keyWords; i += 1) {
      const bits = prefixLength - (i << 5);
      const mask = bits >= 32 ? -1 : bits <= 0 ? 0 : -1 << (32 - bits);
      records[node + key + i] = (this.#key[i] as number) & mask;
    }
    if (newValue !== 0) this.#size += 1;
    return node;
  }

  #grow(): void {
    const grown = new Int32Array(Math.ceil(this.#records.length * 1.5));
    grown.set(this.#records);
    this.#records = grown;
  }
}
