import type { PacketPool } from '../packet/pool.ts';

/** Bounds of reassembly. Bytes are those of slabs: what is taken, not what is used of it. */
export interface ReassemblyOptions {
  /** Most datagrams in pieces. Default 1,024; 0 refuses all fragments. */
  readonly datagrams?: number;
  /** Most bytes of slabs that fragments hold. Default 8 MiB; never more than half of the pool. */
  readonly bytes?: number;
  /** Most datagrams in pieces from one source. Default 128. */
  readonly datagramsPerSource?: number;
  /** Most bytes of slabs that fragments of one source hold. Default 1 MiB. */
  readonly bytesPerSource?: number;
  /** Most fragments of one datagram. Default 128: enough for the longest one over an MTU of 576. */
  readonly fragmentsPerDatagram?: number;
  /** Most refused datagrams that are remembered, so that later fragments of them are refused too. Default 256. */
  readonly refusedDatagrams?: number;
  /** Milliseconds from the first fragment to arrive until the datagram is given up. Default 60,000. */
  readonly timeout?: number;
}

/** The timeout is that of RFC 8200 §4.5, and within RFC 1122 §3.3.2's 60 to 120 s. */
export const reassemblyDefaults: Required<ReassemblyOptions> = {
  datagrams: 1_024,
  bytes: 8 * 1_048_576,
  datagramsPerSource: 128,
  bytesPerSource: 1_048_576,
  fragmentsPerDatagram: 128,
  refusedDatagrams: 256,
  timeout: 60_000,
};

/** All limits, with the bytes that the pool can spare. */
export const limitsOf = (options: ReassemblyOptions, pool: PacketPool): Required<ReassemblyOptions> => {
  const limits = { ...reassemblyDefaults, ...options };
  return { ...limits, bytes: Math.min(limits.bytes, halfOf(pool)) };
};

/** Bytes in half of the pool's slabs, of the kind of which there are less: the other half keeps the lanes running. */
const halfOf = ({ options: { headroom, tailroom, small, large, smallLimit, largeLimit } }: PacketPool): number =>
  Math.min((headroom + small + tailroom) * smallLimit, (headroom + large + tailroom) * largeLimit) / 2;
