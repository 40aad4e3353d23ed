import type { ByVersion, IcmpStats, IpStats, Refusals, ShowStats } from '../../run/control/requests/show-stats.ts';
import type { CounterName } from '../../state/counters.ts';
import type { IcmpMessageCount } from '../../state/icmp-counters.ts';
import * as icmp4 from '../../wire/icmp4.ts';
import * as icmp6 from '../../wire/icmp6.ts';
import { reasonOf } from '../reason.ts';
import { interfaceParameter, oneAnswer, type ShowOptions, type Subject } from './subject.ts';

const request = 'show stats';

/** What a counter counts: one of it, and several. */
type Phrase<Name> = readonly [name: Name, one: string, several: string];

/** The columns of RFC 4293 in words, in the order of a packet's way. */
export const ipPhrases: readonly Phrase<CounterName>[] = [
  ['inReceives', 'packet received', 'packets received'],
  ['inOctets', 'byte received', 'bytes received'],
  ['inMcastPkts', 'packet received for a group', 'packets received for groups'],
  ['inMcastOctets', 'byte received for a group', 'bytes received for groups'],
  ['inBcastPkts', 'packet received for everyone on a link', 'packets received for everyone on a link'],
  ['inTruncatedPkts', 'packet shorter than it says', 'packets shorter than they say'],
  ['inHdrErrors', 'packet with a bad header', 'packets with a bad header'],
  ['inAddrErrors', 'packet with an address that may not be there', 'packets with an address that may not be there'],
  ['inUnknownProtos', 'packet of an unknown protocol', 'packets of an unknown protocol'],
  ['inDiscards', 'packet discarded on its way in', 'packets discarded on their way in'],
  ['reasmReqds', 'fragment received', 'fragments received'],
  ['reasmOKs', 'packet reassembled', 'packets reassembled'],
  ['reasmFails', 'fragment not reassembled', 'fragments not reassembled'],
  ['inDelivers', 'packet for this node', 'packets for this node'],
  ['inForwDatagrams', 'packet to be forwarded', 'packets to be forwarded'],
  ['inNoRoutes', 'packet without a route', 'packets without a route'],
  ['outForwDatagrams', 'packet forwarded', 'packets forwarded'],
  ['outRequests', 'packet sent from this node', 'packets sent from this node'],
  ['outNoRoutes', 'packet of this node without a route', 'packets of this node without a route'],
  ['outFragReqds', 'packet larger than its link carries', 'packets larger than their link carries'],
  ['outFragOKs', 'packet fragmented', 'packets fragmented'],
  ['outFragCreates', 'fragment created', 'fragments created'],
  ['outFragFails', 'packet that could not be fragmented', 'packets that could not be fragmented'],
  ['outDiscards', 'packet discarded on its way out', 'packets discarded on their way out'],
  ['outTransmits', 'packet transmitted', 'packets transmitted'],
  ['outOctets', 'byte transmitted', 'bytes transmitted'],
  ['outMcastPkts', 'packet transmitted to a group', 'packets transmitted to groups'],
  ['outMcastOctets', 'byte transmitted to a group', 'bytes transmitted to groups'],
  ['outBcastPkts', 'packet transmitted to everyone on a link', 'packets transmitted to everyone on a link'],
];

const icmpPhrases: readonly Phrase<keyof IcmpStats>[] = [
  ['inMsgs', 'message received', 'messages received'],
  ['inErrors', 'message received that was bad', 'messages received that were bad'],
  ['outMsgs', 'message sent', 'messages sent'],
  ['outErrors', 'message that could not be sent', 'messages that could not be sent'],
  ['outRateLimited', 'error held back by a rate limit', 'errors held back by a rate limit'],
];

const indent = '\t';

const phraseLines = <Name extends string>(
  phrases: readonly Phrase<Name>[],
  values: Readonly<Record<Name, number>>,
  all: boolean,
): string[] =>
  phrases
    .filter(([name]) => all || values[name] !== 0)
    .map(([name, one, several]) => `${indent}${values[name]} ${values[name] === 1 ? one : several}`);

/** A header over its lines; nothing when there are none. */
const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines];

/** Drop reasons, most packets first. */
const refusalLines = (refusals: Refusals): string[] => {
  const entries = Object.entries(refusals).sort(([, a], [, b]) => b - a);
  const total = entries.reduce((sum, [, packets]) => sum + packets, 0);
  if (total === 0) return [];
  const lines = entries.map(
    ([name, packets]) => `${indent}${indent}${packets} ${name}: ${reasonOf(name)?.sentence ?? ''}`,
  );
  return [`${indent}${total} ${total === 1 ? 'packet' : 'packets'} refused:`, ...lines];
};

/** `echoRequest` as `echo request`. */
const nameOfType = (types: Readonly<Record<string, number>>, type: number): string => {
  const [name] = Object.entries(types).find(([, number]) => number === type) ?? [`type ${type}`];
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
};

const histogram = (
  title: string,
  counts: readonly IcmpMessageCount[],
  direction: 'inPkts' | 'outPkts',
  types: Readonly<Record<string, number>>,
): string[] => {
  const lines = counts
    .filter((count) => count[direction] > 0)
    .map((count) => `${indent}${indent}${nameOfType(types, count.type)}: ${count[direction]}`);
  return lines.length === 0 ? [] : [`${indent}${title}:`, ...lines];
};

const ipSections = (
  stats: ByVersion<IpStats>,
  refusals: ByVersion<Refusals>,
  version: keyof ByVersion<unknown>,
  title: string,
  all: boolean,
): string[] => section(title, [...phraseLines(ipPhrases, stats[version], all), ...refusalLines(refusals[version])]);

const icmpSection = ({ icmpStats, icmpMsgStats }: ShowStats, version: 'ipv6' | 'ipv4', all: boolean): string[] => {
  const [title, types] = version === 'ipv6' ? ['icmp6', icmp6.Type] : ['icmp', icmp4.Type];
  return section(title, [
    ...phraseLines(icmpPhrases, icmpStats[version], all),
    ...histogram('input histogram', icmpMsgStats[version], 'inPkts', types),
    ...histogram('output histogram', icmpMsgStats[version], 'outPkts', types),
  ]);
};

/** The conservation law: nothing vanishes. */
const balanceLines = ({ packets }: ShowStats): string[] => {
  const { received, originated, copied, sent, delivered, refused, merged, held } = packets;
  const all = received + originated + copied;
  return [
    `${indent}${all} in = ${received} received + ${originated} originated + ${copied} copied`,
    `${indent}${all} out = ${sent} sent + ${delivered} delivered + ${refused} refused + ${merged} merged + ${held} held`,
  ];
};

/** Counters as `netstat -s` prints them: a section for each protocol, or for each IP version on one interface. */
export const drawStats = (stats: ShowStats, { interface: name, all = false }: ShowOptions = {}): string => {
  const one = name === undefined ? undefined : stats.interfaces[name];
  if (one !== undefined) {
    const { ipIfStats, refusals } = one;
    const lines = [
      ...ipSections(ipIfStats, refusals, 'ipv6', `ip6 on ${name}`, all),
      ...ipSections(ipIfStats, refusals, 'ipv4', `ip on ${name}`, all),
      ...ipSections(ipIfStats, refusals, 'unknown', `neither on ${name}`, false),
    ];
    return lines.length === 0 ? `no packets on ${name}` : lines.join('\n');
  }
  return [
    ...ipSections(stats.ipSystemStats, stats.refusals, 'ipv6', 'ip6', all),
    ...icmpSection(stats, 'ipv6', all),
    ...ipSections(stats.ipSystemStats, stats.refusals, 'ipv4', 'ip', all),
    ...icmpSection(stats, 'ipv4', all),
    ...ipSections(stats.ipSystemStats, stats.refusals, 'unknown', 'neither', false),
    ...section('packets', balanceLines(stats)),
  ].join('\n');
};

export const stats: Subject = {
  name: 'stats',
  sentence: 'counters, as netstat -s prints them',
  request,
  parameters: (options) => ({
    ...interfaceParameter(options),
    ...(options.watch !== true || options.period === undefined ? {} : { period: Math.round(options.period * 1_000) }),
  }),
  answers: oneAnswer(request),
  draw: (answer, _, options) => drawStats(answer as ShowStats, options),
  drawEvent: (event, _, options) => drawStats(event as ShowStats, options),
  redraws: true,
};
