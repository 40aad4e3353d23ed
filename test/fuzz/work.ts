/** What the running input costs, in a unit that is the same on every machine and every day. */
export interface WorkMeter {
  /** Work since it was last set to 0. */
  count: number;
}

type Access = (this: DataView, at: number, value: number, littleEndian?: boolean) => number;

/**
 * Reads and writes of bytes and half-words come with decisions, 7 ns each where the router was measured. Words are
 * read in a row, for checksums, at 0.6 ns each.
 */
const costs = {
  getUint8: 8,
  getUint16: 8,
  setUint8: 8,
  setUint16: 8,
  getUint32: 1,
  getInt32: 1,
  setUint32: 1,
  setInt32: 1,
} as const;

/**
 * Counts reads and writes by all views of this process from now on. What copies a block does not count, for it costs
 * next to nothing per byte.
 */
export const meterWork = (): WorkMeter => {
  const meter: WorkMeter = { count: 0 };
  for (const [name, cost] of Object.entries(costs)) {
    const access = Reflect.get(DataView.prototype, name) as Access;
    const counted: Access = function (this: DataView, at, value, littleEndian) {
      meter.count += cost;
      return access.call(this, at, value, littleEndian);
    };
    Reflect.set(DataView.prototype, name, counted);
  }
  return meter;
};

const greatest = 0x10000;

/** What inputs of about one length cost: a histogram, and the worst of them. */
class LengthClass {
  count = 0;
  worst = 0;
  worstInput: Uint8Array = new Uint8Array(0);
  readonly #histogram = new Uint32Array(greatest);

  add(work: number, input: Uint8Array): void {
    this.count += 1;
    const at = Math.min(work, greatest - 1);
    this.#histogram[at] = (this.#histogram[at] as number) + 1;
    if (work <= this.worst) return;
    this.worst = work;
    this.worstInput = input.slice();
  }

  get median(): number {
    let left = this.count / 2;
    for (let work = 0; work < greatest; work += 1) {
      left -= this.#histogram[work] as number;
      if (left <= 0) return work;
    }
    return greatest;
  }
}

/** A row of {@link WorkByLength}. */
export interface LengthRow {
  /** Bytes, from here to twice as many. */
  readonly from: number;
  readonly inputs: number;
  readonly median: number;
  readonly worst: number;
  readonly worstInput: Uint8Array;
}

/** Costs of inputs by the powers of two between which their lengths lie. */
export class WorkByLength {
  readonly #classes: LengthClass[] = [];

  add(length: number, work: number, input: Uint8Array): void {
    const index = 31 - Math.clz32(length | 1);
    this.#classes[index] ??= new LengthClass();
    (this.#classes[index] as LengthClass).add(work, input);
  }

  rows(): LengthRow[] {
    const rows: LengthRow[] = [];
    for (const [index, entry] of this.#classes.entries()) {
      if (entry === undefined) continue;
      const { count, median, worst, worstInput } = entry;
      rows.push({ from: 2 ** index, inputs: count, median, worst, worstInput });
    }
    return rows;
  }
}
