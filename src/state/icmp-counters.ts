/** Names of RFC 4293's icmpStatsTable. */
export type IcmpCounterName = 'inMsgs' | 'inErrors' | 'outMsgs' | 'outErrors';

/** One row of RFC 4293's icmpMsgStatsTable. */
export interface IcmpMessageCount {
  readonly type: number;
  readonly inPkts: number;
  readonly outPkts: number;
}

const types = 256;
/** IPv4, IPv6: `(family >> 1) - 2` is the row. */
const families = 2;
const rowOf = (family: number): number => (family >> 1) - 2;

/**
 * RFC 4293's counters of ICMP messages, for the node and per IP version; and, per interface, the errors that a rate
 * limit held back (`Icmp6OutRateLimitHost` on Linux).
 *
 * @example
 * counters.icmp.received(6, icmp6.Type.echoRequest);
 * counters.icmp.get(6, 'inMsgs'); // 1
 */
export class IcmpCounters {
  readonly #in = new Float64Array(families * types);
  readonly #out = new Float64Array(families * types);
  readonly #inErrors = new Float64Array(families);
  readonly #outErrors = new Float64Array(families);
  readonly #suppressed: Float64Array;

  /** @param interfaceLimit highest interface index */
  constructor(interfaceLimit: number) {
    this.#suppressed = new Float64Array((interfaceLimit + 1) * families);
  }

  /** A message came in for us, good or bad. */
  received(family: number, type: number): void {
    const cell = rowOf(family) * types + type;
    this.#in[cell] = (this.#in[cell] as number) + 1;
  }

  /** One of those that came in was bad: its checksum, its length, or what it says about itself. */
  receivedBad(family: number): void {
    const row = rowOf(family);
    this.#inErrors[row] = (this.#inErrors[row] as number) + 1;
  }

  /** We made a message. */
  sent(family: number, type: number): void {
    const cell = rowOf(family) * types + type;
    this.#out[cell] = (this.#out[cell] as number) + 1;
  }

  /** We should have made a message and could not: no buffer, or no address to speak with. */
  notSent(family: number): void {
    const row = rowOf(family);
    this.#outErrors[row] = (this.#outErrors[row] as number) + 1;
  }

  /** A rate limit held an error back that a packet from this interface asked for (RFC 4443 §2.4 f). */
  suppressed(interfaceIndex: number, family: number): void {
    const cell = interfaceIndex * families + rowOf(family);
    this.#suppressed[cell] = (this.#suppressed[cell] as number) + 1;
  }

  get(family: 4 | 6, name: IcmpCounterName): number {
    const row = rowOf(family);
    if (name === 'inErrors') return this.#inErrors[row] as number;
    if (name === 'outErrors') return this.#outErrors[row] as number;
    const cells = name === 'inMsgs' ? this.#in : this.#out;
    return cells.subarray(row * types, (row + 1) * types).reduce((sum, count) => sum + count, 0);
  }

  /** Messages by type, those that occurred only, in the order of their types. */
  messages(family: 4 | 6): readonly IcmpMessageCount[] {
    const row = rowOf(family) * types;
    const counts: IcmpMessageCount[] = [];
    for (let type = 0; type < types; type += 1) {
      const inPkts = this.#in[row + type] as number;
      const outPkts = this.#out[row + type] as number;
      if (inPkts + outPkts > 0) counts.push({ type, inPkts, outPkts });
    }
    return counts;
  }

  /** Errors held back: for packets from one interface or all, of one IP version or both. */
  suppressedErrors(interfaceIndex?: number, family?: 4 | 6): number {
    let sum = 0;
    for (let cell = 0; cell < this.#suppressed.length; cell += 1) {
      if (interfaceIndex !== undefined && cell >> 1 !== interfaceIndex) continue;
      if (family === undefined || (cell & 1) === rowOf(family)) sum += this.#suppressed[cell] as number;
    }
    return sum;
  }
}
