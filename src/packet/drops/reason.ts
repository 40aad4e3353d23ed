/** The ICMP message that a refusal calls for (RFC 4443 §3, RFC 792). */
export interface IcmpConsequence {
  readonly type: number;
  readonly code: number;
  /** What the refusal's parameter means in the message: a pointer into the packet, or an MTU. */
  readonly parameter?: 'pointer' | 'mtu';
  /** Sent although the packet went to a multicast group (RFC 4443 §2.4 e.3). */
  readonly evenIfMulticast?: true;
}

/** Counters of RFC 4293's ipIfStatsTable that a refusal can raise. */
export type RefusalCounter =
  | 'inHdrErrors'
  | 'inNoRoutes'
  | 'inAddrErrors'
  | 'inUnknownProtos'
  | 'inTruncatedPkts'
  | 'inDiscards'
  | 'outNoRoutes'
  | 'outDiscards'
  | 'outFragFails'
  | 'reasmFails';

export interface DropReason {
  readonly sentence: string;
  readonly rfc: string;
  readonly counter: RefusalCounter;
  readonly icmp6?: IcmpConsequence;
  readonly icmp4?: IcmpConsequence;
}

export const parameterProblem = (code: number): IcmpConsequence => ({ type: 4, code, parameter: 'pointer' });
export const unreachable6 = (code: number): IcmpConsequence => ({ type: 1, code });
export const unreachable4 = (code: number): IcmpConsequence => ({ type: 3, code });
