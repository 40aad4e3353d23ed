/**
 * The read side of the routing table: what the classify step sees. Only typed arrays, no objects.
 *
 * @module
 */

/** What a route says beyond "this way": bits of `RouteTable.flags`. */
export const RouteFlag = {
  /** Leads to a single address: /128 or /32. */
  host: 1,
  /** There is a next hop that is not the destination itself. */
  gateway: 2,
  /** Refuse, and tell the sender (RFC 4443 §3.1 code 6). */
  reject: 4,
  /** Refuse silently. */
  blackhole: 8,
  /** Ours: leads to the loopback interface (INET'99 §3.2). */
  loopback: 16,
  /** Ours, but tentative or duplicated: not to be answered for (RFC 4862 §5.4). */
  unready: 32,
  /** An IPv4 broadcast address of a link. */
  broadcast: 64,
  /** An anycast address (RFC 4291 §2.6). */
  anycast: 128,
  /** The prefix is on the link itself. */
  connected: 256,
} as const;

/**
 * Longest-prefix match, then a row of columns. Row 0 is "no route".
 *
 * A row is a way to go: interface, next hop and flags. Routes that agree in all three share a row, so that the columns
 * stay small and cached with a million routes; only a route to a single address has its row for itself.
 *
 * The columns are replaced when the table grows: read them from the table for each packet, do not keep them.
 *
 * @example
 * const row = table.lookup6(view, at + offsets.destination);
 * if (row === 0) packet.refuse(Drop.noRoute);
 * else packet.outInterface = table.outInterface[row];
 */
export interface RouteTable {
  /** The row for the 16 bytes at `at`, 0 if no route leads there. */
  lookup6(view: DataView, at: number): number;
  /** The row for the 4 bytes at `at`, 0 if no route leads there. */
  lookup4(view: DataView, at: number): number;
  /** `RouteFlag` bits by row. */
  readonly flags: Uint16Array;
  /** Interface index by row; 0 for none. */
  readonly outInterface: Uint16Array;
  /** Next hop, four int32 words by row (IPv4: the first); all zero: the destination itself. */
  readonly nextHop: Int32Array;
}
