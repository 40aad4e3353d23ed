/**
 * What the store keeps about each route, by route number: columns again, because a million objects would cost hundreds
 * of megabytes and long garbage collections. Numbers run from 1; 0 is none.
 */
export class RouteRecords {
  /** The route's row in the columns of the table. */
  row = new Int32Array(16);
  metric = new Uint32Array(16);
  /** The next route to the same prefix, by metric; 0 for the last. */
  next = new Int32Array(16);
  /** The prefix's node in its radix tree: its number for IPv6, minus its number for IPv4. */
  node = new Int32Array(16);
  #top = 1;
  /** First free number below the top; linked by `next`. */
  #free = 0;

  get bytes(): number {
    return this.row.byteLength * 4;
  }

  /** A free number. */
  take(): number {
    const route = this.#free;
    if (route !== 0) {
      this.#free = this.next[route] as number;
      return route;
    }
    if (this.#top === this.row.length) this.#grow();
    this.#top += 1;
    return this.#top - 1;
  }

  release(route: number): void {
    this.next[route] = this.#free;
    this.#free = route;
  }

  #grow(): void {
    const length = Math.ceil(this.row.length * 1.5);
    const { row, metric, next, node } = this;
    this.row = new Int32Array(length);
    this.row.set(row);
    this.metric = new Uint32Array(length);
    this.metric.set(metric);
    this.next = new Int32Array(length);
    this.next.set(next);
    this.node = new Int32Array(length);
    this.node.set(node);
  }
}
