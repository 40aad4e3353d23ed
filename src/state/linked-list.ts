/** A place in a {@link LinkedList}, made once for its value and linked and unlinked as often as need be. */
export class Link<T> {
  readonly value: T;
  previous: Link<T> | undefined;
  next: Link<T> | undefined;

  constructor(value: T) {
    this.value = value;
    this.previous = undefined;
    this.next = undefined;
  }
}

/**
 * Values in the order in which they were appended: the first is the oldest. Appending and removing take constant time
 * and allocate nothing, for the links belong to the values.
 *
 * @example
 * const list = new LinkedList<string>();
 * const link = new Link('a');
 * list.append(link);
 * list.first; // 'a'
 * list.remove(link);
 */
export class LinkedList<T> {
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): T | undefined {
    return this.#first?.value;
  }

  /** @param link in no list */
  append(link: Link<T>): void {
    link.previous = this.#last;
    link.next = undefined;
    if (this.#last === undefined) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    this.#length += 1;
  }

  /** @param link in this list */
  remove(link: Link<T>): void {
    const { previous, next } = link;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    link.previous = undefined;
    link.next = undefined;
    this.#length -= 1;
  }

  /** First to last. The value just given may be removed meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (let link = this.#first; link !== undefined; ) {
      const { next, value } = link;
      yield value;
      link = next;
    }
  }
}
