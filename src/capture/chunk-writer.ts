/** Where the bytes of a capture file go. Each call gets memory of its own, which the target may keep. */
export interface CaptureTarget {
  write(bytes: Uint8Array): unknown;
  end?(): unknown;
}

/** Bytes gathered before the target gets them. */
const chunkSize = 65_536;

/** Gathers small writes into chunks of at most 64 KiB. Capture files are written little-endian. */
export class ChunkWriter {
  readonly #target: CaptureTarget;
  readonly #chunk = new Uint8Array(chunkSize);
  /** The chunk's view, for fields at the offsets that {@link reserve} hands out. */
  readonly view = new DataView(this.#chunk.buffer);
  #used = 0;

  constructor(target: CaptureTarget) {
    this.#target = target;
  }

  /** Room for `length` bytes in one piece, at most 4,096, all zero; the offset is valid until the next call. */
  reserve(length: number): number {
    if (this.#used + length > chunkSize) this.flush();
    const at = this.#used;
    this.#used += length;
    this.#chunk.fill(0, at, this.#used);
    return at;
  }

  /** Copies `[from, to)` of `bytes`, over as many chunks as it takes. */
  put(bytes: Uint8Array, from = 0, to = bytes.length): void {
    let at = from;
    while (at < to) {
      if (this.#used === chunkSize) this.flush();
      const piece = Math.min(to - at, chunkSize - this.#used);
      this.#chunk.set(bytes.subarray(at, at + piece), this.#used);
      this.#used += piece;
      at += piece;
    }
  }

  /** Hands what was gathered to the target. */
  flush(): void {
    if (this.#used === 0) return;
    const bytes = this.#chunk.slice(0, this.#used);
    this.#used = 0;
    this.#target.write(bytes);
  }

  end(): void {
    this.flush();
    this.#target.end?.();
  }
}
