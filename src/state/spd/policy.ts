/**
 * What a security policy says, as data, what is wrong with it, and what it is at work.
 *
 * @module
 */
import {
  addressBits,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  maskWord,
  writeAddress,
} from '../../wire/address.ts';
import { Protocol } from '../../wire/protocols.ts';
import { destinationAt, Mode } from '../sadb/association.ts';
import { type SecurityProtocol, securityProtocols } from '../sadb/spec.ts';
import { none } from './flow.ts';

/** `in` is what comes in, for this node and for others; `forward` only what is for others. */
export type PolicyDirection = 'in' | 'out' | 'forward';

/** Directions that are asked for, as numbers. */
export const Direction = { in: 0, out: 1, forward: 2 } as const;

/** For which directions that are asked for a policy speaks: one bit each. */
const spokenFor: Readonly<Record<PolicyDirection, number>> = {
  in: (1 << Direction.in) | (1 << Direction.forward),
  out: 1 << Direction.out,
  forward: 1 << Direction.forward,
};

/** Most requests of a policy: so often may a packet be protected on its way out, and unwrapped on its way in. */
export const requestLimit = 4;

/**
 * How much a request is meant: `use` protects if it can, `require` lets nothing pass without, `unique` moreover wants
 * the association of its `reqid` and no other. `default` is whichever of the first two the node is set to.
 */
export type PolicyLevel = 'default' | 'use' | 'require' | 'unique';

/** A protection that a policy asks for. */
export interface PolicyRequest {
  readonly protocol: SecurityProtocol;
  readonly mode: 'transport' | 'tunnel';
  /** The ends of the tunnel; in transport mode those of the packet. */
  readonly source?: IpAddress | undefined;
  readonly destination?: IpAddress | undefined;
  readonly level: PolicyLevel;
  /** Of level `unique`. 1 to 2^32 - 1. */
  readonly reqid?: number | undefined;
}

/** A port, or all from the first to the last. */
export type PortRange = number | readonly [first: number, last: number];

/** A security policy as it is written (RFC 4301 §4.4.1). What is not said matches everything. */
export interface PolicySpec {
  readonly direction: PolicyDirection;
  readonly source: IpPrefix;
  readonly destination: IpPrefix;
  /** Number of the upper layer. */
  readonly protocol?: number | undefined;
  readonly sourcePort?: PortRange | undefined;
  readonly destinationPort?: PortRange | undefined;
  readonly icmpType?: number | undefined;
  readonly icmpCode?: number | undefined;
  readonly action: 'discard' | 'bypass' | 'protect';
  /** Innermost first: `[esp, ah]` makes IP AH ESP payload. */
  readonly requests?: readonly PolicyRequest[] | undefined;
  /** The policy ends so many seconds after it was added, or after it was used last. */
  readonly lifetime?: { readonly seconds?: number | undefined; readonly idleSeconds?: number | undefined } | undefined;
}

/** What is done with a packet, as a number. */
export const PolicyAction = { bypass: 0, discard: 1, protect: 2, opaque: 3 } as const;

const portsOf = (range: PortRange | undefined): readonly [number, number] | undefined =>
  typeof range === 'number' ? [range, range] : range;

/** Do packets of the protocol begin with two ports? */
export const hasPortFields = (protocol: number): boolean =>
  protocol === Protocol.tcp ||
  protocol === Protocol.udp ||
  protocol === Protocol.udpLite ||
  protocol === Protocol.sctp ||
  protocol === Protocol.dccp;

const isByte = (value: number | undefined): boolean =>
  value === undefined || (Number.isInteger(value) && value >= 0 && value <= 255);

const rangeProblem = (name: string, range: PortRange | undefined): string | undefined => {
  const ports = portsOf(range);
  if (ports === undefined) return undefined;
  const [first, last] = ports;
  const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port <= 65_535;
  if (!isPort(first) || !isPort(last)) return `the ${name} port is not in 0 to 65535`;
  return first > last ? `the ${name} ports run backwards` : undefined;
};

const requestProblem = (request: PolicyRequest): string | undefined => {
  const { protocol, mode, source, destination, level, reqid } = request;
  if (mode === 'tunnel' && (source === undefined || destination === undefined)) {
    return `${protocol} in tunnel mode needs both ends of the tunnel`;
  }
  if (source !== undefined && source.family !== destination?.family) {
    return `the ends of ${protocol} are of two IP versions, or one is missing`;
  }
  if (level === 'unique' && reqid === undefined) return `${protocol} of level unique needs its reqid`;
  if (reqid !== undefined && level !== 'unique') return `a reqid is for level unique, and ${protocol} has ${level}`;
  if (reqid !== undefined && (!Number.isInteger(reqid) || reqid < 1 || reqid > 0xffffffff)) {
    return `the reqid ${reqid} is not in 1 to 4294967295`;
  }
  return undefined;
};

/** Names the policy in a sentence. */
export const policyName = ({ direction, source, destination }: PolicySpec): string =>
  `the policy for ${direction} ${formatPrefix(source)} to ${formatPrefix(destination)}`;

/** What is wrong with the policy, in a sentence without its name; undefined if nothing is. */
export const policyProblem = (spec: PolicySpec): string | undefined => {
  const {
    source,
    destination,
    protocol,
    sourcePort,
    destinationPort,
    icmpType,
    icmpCode,
    action,
    requests = [],
  } = spec;
  if (source.address.family !== destination.address.family) return 'its ends are of two IP versions';
  if (!isByte(protocol)) return 'its protocol is not in 0 to 255';
  if (!isByte(icmpType) || !isByte(icmpCode)) return 'an ICMP type or code is not in 0 to 255';
  const isIcmp = protocol === Protocol.icmp || protocol === Protocol.icmpv6;
  if ((icmpType ?? icmpCode) !== undefined && !isIcmp) return 'types and codes are those of ICMP or ICMPv6';
  const hasPorts = sourcePort !== undefined || destinationPort !== undefined;
  if (hasPorts && !(protocol !== undefined && hasPortFields(protocol))) {
    return 'ports are those of TCP, UDP, UDP-Lite, SCTP and DCCP: say which';
  }
  if (action === 'protect' && requests.length === 0) return 'it protects by nothing';
  if (action !== 'protect' && requests.length > 0) return `it asks for protection, but its action is ${action}`;
  if (requests.length > requestLimit) return `it asks for more than ${requestLimit} protections`;
  for (const seconds of [spec.lifetime?.seconds, spec.lifetime?.idleSeconds]) {
    if (seconds !== undefined && !(seconds > 0)) return 'its lifetime has no length';
  }
  for (const request of requests) {
    const problem = requestProblem(request);
    if (problem !== undefined) return problem;
  }
  return rangeProblem('source', sourcePort) ?? rangeProblem('destination', destinationPort);
};

/** A request at work: numbers, and ends as they lie in a header. */
export class Request {
  readonly protocol: number;
  readonly mode: number;
  /** 0 in transport mode without ends. */
  readonly family: number;
  readonly endpoints = new DataView(new ArrayBuffer(32));
  /** Does nothing pass without? */
  readonly required: boolean;
  /** 0 for any. */
  readonly reqid: number;
  readonly spec: PolicyRequest;

  constructor(spec: PolicyRequest, defaultLevel: 'use' | 'require') {
    const { protocol, mode, source, destination, level, reqid = 0 } = spec;
    this.protocol = securityProtocols[protocol];
    this.mode = Mode[mode];
    this.family = destination?.family ?? 0;
    if (source !== undefined) writeAddress(this.endpoints, 0, source);
    if (destination !== undefined) writeAddress(this.endpoints, destinationAt, destination);
    this.required = (level === 'default' ? defaultLevel : level) !== 'use';
    this.reqid = reqid;
    this.spec = spec;
  }
}

/** A policy at work. */
export class Policy {
  /** 1 to the limit; 0 for what holds when no policy does. */
  readonly row: number;
  /** By {@link PolicyAction}. */
  readonly action: number;
  readonly requests: readonly Request[];
  readonly spec: PolicySpec;
  /** Has it been used since that was asked last? */
  used = false;

  constructor(row: number, spec: PolicySpec, defaultLevel: 'use' | 'require') {
    this.row = row;
    this.action = PolicyAction[spec.action];
    this.requests = (spec.requests ?? []).map((request) => new Request(request, defaultLevel));
    this.spec = spec;
  }
}

/** Words of a policy's selectors in a table. */
export const selectorWords = 22;

/** Offsets of the words of a selector. */
export const Selector = {
  /** Directions, one bit each, and the IP version in the second byte. */
  kind: 0,
  protocol: 1,
  source: 2,
  sourceMask: 6,
  destination: 10,
  destinationMask: 14,
  /** First and last. */
  sourcePort: 18,
  destinationPort: 20,
} as const;

const writePrefix = (words: Int32Array, at: number, maskAt: number, { address, length }: IpPrefix): void => {
  words.set([address.w0, address.w1, address.w2, address.w3], at);
  for (let i = 0; i < 4; i += 1) words[maskAt + i] = maskWord(Math.min(length, addressBits(address)) - 32 * i);
};

/** Any port, and also none at all. */
const anyPort = [none, 65_535] as const;

const rangeOf = (ports: PortRange | undefined, icmp: number | undefined): readonly [number, number] =>
  icmp === undefined ? (portsOf(ports) ?? anyPort) : [icmp, icmp];

/** Writes the selectors of a policy at `at`. */
export const writeSelector = (words: Int32Array, at: number, spec: PolicySpec): void => {
  const { direction, source, destination, protocol = -1 } = spec;
  words[at + Selector.kind] = spokenFor[direction] | (source.address.family << 8);
  words[at + Selector.protocol] = protocol;
  writePrefix(words, at + Selector.source, at + Selector.sourceMask, source);
  writePrefix(words, at + Selector.destination, at + Selector.destinationMask, destination);
  words.set(rangeOf(spec.sourcePort, spec.icmpType), at + Selector.sourcePort);
  words.set(rangeOf(spec.destinationPort, spec.icmpCode), at + Selector.destinationPort);
};

/**
 * Warnings about a policy: where it lets packets out, or in, unprotected although it asks for protection.
 *
 * @param defaultLevel what an omitted level means
 */
export const policyWarnings = (spec: PolicySpec, defaultLevel: 'use' | 'require'): readonly string[] => {
  if (spec.action !== 'protect' || defaultLevel === 'require') return [];
  const omitted = (spec.requests ?? []).filter(({ level }) => level === 'default').map(({ protocol }) => protocol);
  if (omitted.length === 0) return [];
  const what = spec.direction === 'out' ? 'lets packets out in clear' : 'takes packets that came in clear';
  const name = policyName(spec);
  return [`${name} ${what} as long as ${omitted.join(' and ')} can't be had: say "require" as its level`];
};
