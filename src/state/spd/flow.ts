/** A port, ICMP type or code that a fragment other than the first does not tell. */
export const opaque = -1;
/** There are no ports. */
export const none = -2;

/**
 * What policies select by (RFC 4301 §4.4.1.1), read out of a packet: int32 words, so that nothing is allocated. For
 * ICMP the source port is the type and the destination port the code.
 */
export class Flow {
  family = 0;
  s0 = 0;
  s1 = 0;
  s2 = 0;
  s3 = 0;
  d0 = 0;
  d1 = 0;
  d2 = 0;
  d3 = 0;
  /** The upper layer, behind extension headers; {@link opaque} when it can't be told. */
  protocol = 0;
  sourcePort = 0;
  destinationPort = 0;

  /** Reads both addresses. */
  readAddresses(family: number, view: DataView, sourceAt: number, destinationAt: number): void {
    const six = family === 6;
    this.family = family;
    this.s0 = view.getInt32(sourceAt);
    this.d0 = view.getInt32(destinationAt);
    this.s1 = six ? view.getInt32(sourceAt + 4) : 0;
    this.s2 = six ? view.getInt32(sourceAt + 8) : 0;
    this.s3 = six ? view.getInt32(sourceAt + 12) : 0;
    this.d1 = six ? view.getInt32(destinationAt + 4) : 0;
    this.d2 = six ? view.getInt32(destinationAt + 8) : 0;
    this.d3 = six ? view.getInt32(destinationAt + 12) : 0;
  }
}
