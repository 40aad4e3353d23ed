import { interval, map } from 'rxjs';
import { deviceName, integer } from '../../../config/elements.ts';
import type { DropName } from '../../../packet/drop.ts';
import { type Balance, type CounterName, counterNames, type Family } from '../../../state/counters.ts';
import type { IcmpMessageCount } from '../../../state/icmp-counters.ts';
import type { Interface } from '../../../state/interfaces.ts';
import type { Node } from '../../../state/node.ts';
import { type ControlContext, defineRequest } from '../request.ts';
import { interfaceNamed } from '../views.ts';

/** A value for each IP version; `unknown` are packets that are neither. */
export interface ByVersion<T> {
  readonly ipv6: T;
  readonly ipv4: T;
  readonly unknown: T;
}

/** The columns of RFC 4293's ipSystemStatsTable and ipIfStatsTable. */
export type IpStats = Readonly<Record<CounterName, number>>;

/** Packets refused, by reason. */
export type Refusals = Readonly<Partial<Record<DropName, number>>>;

/** The columns of RFC 4293's icmpStatsTable, and errors that were not sent because of a rate limit. */
export interface IcmpStats {
  readonly inMsgs: number;
  readonly inErrors: number;
  readonly outMsgs: number;
  readonly outErrors: number;
  readonly outRateLimited: number;
}

/** A row of RFC 4293's ipIfStatsTable for each version, and why packets were refused that came or left here. */
export interface InterfaceStats {
  readonly index: number;
  readonly ipIfStats: ByVersion<IpStats>;
  readonly refusals: ByVersion<Refusals>;
}

export interface ShowStats {
  /** When the counters began at 0: RFC 4293's discontinuity time. In milliseconds since the Unix epoch. */
  readonly since: number;
  /** When they were read. */
  readonly at: number;
  /** The conservation law: received + originated + copied = sent + delivered + refused + merged + held. */
  readonly packets: Balance;
  readonly ipSystemStats: ByVersion<IpStats>;
  readonly icmpStats: Readonly<Record<'ipv6' | 'ipv4', IcmpStats>>;
  /** RFC 4293's icmpMsgStatsTable: types that occurred. */
  readonly icmpMsgStats: Readonly<Record<'ipv6' | 'ipv4', readonly IcmpMessageCount[]>>;
  readonly refusals: ByVersion<Refusals>;
  /** By name: every interface, or the one that was asked for. */
  readonly interfaces: Readonly<Record<string, InterfaceStats>>;
}

const byVersion = <T>(read: (family: Family) => T): ByVersion<T> => ({
  ipv6: read(6),
  ipv4: read(4),
  unknown: read(0),
});

const ipStats = (get: (name: CounterName) => number): IpStats =>
  Object.fromEntries(counterNames.map((name) => [name, get(name)])) as unknown as IpStats;

const icmpStats = ({ counters: { icmp } }: Node, family: 4 | 6): IcmpStats => ({
  inMsgs: icmp.get(family, 'inMsgs'),
  inErrors: icmp.get(family, 'inErrors'),
  outMsgs: icmp.get(family, 'outMsgs'),
  outErrors: icmp.get(family, 'outErrors'),
  outRateLimited: icmp.suppressedErrors(undefined, family),
});

const interfaceStats = ({ counters }: Node, { index }: Interface): InterfaceStats => ({
  index,
  ipIfStats: byVersion((family) => ipStats((name) => counters.get(index, name, family))),
  refusals: byVersion((family) => Object.fromEntries(counters.refusals(index, family))),
});

const statsOf = ({ node, since }: ControlContext, one: Interface | undefined): ShowStats => {
  const { counters, interfaces, scheduler } = node;
  const { icmp } = counters;
  const shown = one === undefined ? [...interfaces] : [one];
  return {
    since,
    at: scheduler.now(),
    packets: counters.balance(),
    ipSystemStats: byVersion((family) => ipStats((name) => counters.total(name, family))),
    icmpStats: { ipv6: icmpStats(node, 6), ipv4: icmpStats(node, 4) },
    icmpMsgStats: { ipv6: icmp.messages(6), ipv4: icmp.messages(4) },
    refusals: byVersion((family) => Object.fromEntries(counters.refusals(undefined, family))),
    interfaces: Object.fromEntries(shown.map((entry) => [entry.name, interfaceStats(node, entry)])),
  };
};

export const showStats = defineRequest({
  name: 'show stats',
  sentence: 'The counters of RFC 4293, drop reasons, and where every packet is; watched: once a period.',
  parameters: {
    interface: deviceName().optional(),
    /** Milliseconds between two events when watched. Default 1,000. */
    period: integer(100, 3_600_000).optional(),
  },
  answer: (context, { interface: name }): ShowStats => statsOf(context, interfaceNamed(context.node, name)),
  watch: (context, { interface: name, period = 1_000 }) => {
    const one = interfaceNamed(context.node, name);
    return interval(period, context.node.scheduler).pipe(map(() => statsOf(context, one)));
  },
});
