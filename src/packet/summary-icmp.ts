import { formatAddress, readAddress4, readAddress6 } from '../wire/address.ts';
import * as icmp4 from '../wire/icmp4.ts';
import * as icmp6 from '../wire/icmp6.ts';

/** Summarizes the packet that an ICMP error quotes, from an offset on. */
type Quote = (at: number) => string;

/** What a message says: its name, the bytes it must have, and what to read from them. */
interface Message {
  readonly name: string;
  readonly least: number;
  /** Names of its codes. */
  readonly codes?: readonly string[];
  /** Offset of the quoted packet. */
  readonly quote?: number;
  readonly details?: (view: DataView, at: number) => string;
}

const address6 = (view: DataView, at: number): string => formatAddress(readAddress6(view, at));
const address4 = (view: DataView, at: number): string => formatAddress(readAddress4(view, at));

/** Identifier and sequence number lie in the same place in both families. */
const echo = (name: string): Message => ({
  name,
  least: 8,
  details: (view, at) => ` id ${icmp6.identifier(view, at)} seq ${icmp6.sequenceNumber(view, at)}`,
});

const listener = (name: string): Message => ({
  name,
  least: 24,
  details: (view, at) => ` for ${address6(view, at + 8)}`,
});

const advertisementFlags = (view: DataView, at: number): string => {
  const flags = view.getUint8(at + 4);
  const set = ['router', 'solicited', 'override'].filter((_name, bit) => ((flags << bit) & 0x80) !== 0);
  return set.length === 0 ? '' : ` (${set.join(', ')})`;
};

/** RFC 4443, RFC 4861 §4, RFC 2710 §3, RFC 9777 §5.2. */
const messages6: Readonly<Record<number, Message>> = {
  [icmp6.Type.destinationUnreachable]: {
    name: 'destination unreachable',
    least: 8,
    codes: [
      'no route',
      'prohibited',
      'beyond scope',
      'address unreachable',
      'port unreachable',
      'source policy',
      'reject route',
    ],
    quote: 8,
  },
  [icmp6.Type.packetTooBig]: {
    name: 'packet too big',
    least: 8,
    quote: 8,
    details: (view, at) => ` mtu ${icmp6.mtu(view, at)}`,
  },
  [icmp6.Type.timeExceeded]: { name: 'time exceeded', least: 8, codes: ['hop limit', 'reassembly'], quote: 8 },
  [icmp6.Type.parameterProblem]: {
    name: 'parameter problem',
    least: 8,
    codes: [
      'erroneous field',
      'unknown next header',
      'unknown option',
      'incomplete header chain',
      'segment routing upper layer',
      'unknown next header on the way',
      'extension header too big',
      'header chain too long',
      'too many extension headers',
      'too many options',
      'option too big',
    ],
    quote: 8,
    details: (view, at) => ` at ${icmp6.pointer(view, at)}`,
  },
  [icmp6.Type.echoRequest]: echo('echo request'),
  [icmp6.Type.echoReply]: echo('echo reply'),
  [icmp6.Type.multicastListenerQuery]: listener('listener query'),
  [icmp6.Type.multicastListenerReport]: listener('listener report'),
  [icmp6.Type.multicastListenerDone]: listener('listener done'),
  [icmp6.Type.routerSolicitation]: { name: 'router solicitation', least: 8 },
  [icmp6.Type.routerAdvertisement]: {
    name: 'router advertisement',
    least: 16,
    details: (view, at) => ` lifetime ${view.getUint16(at + 6)} s`,
  },
  [icmp6.Type.neighborSolicitation]: {
    name: 'neighbor solicitation',
    least: 24,
    details: (view, at) => ` for ${address6(view, at + 8)}`,
  },
  [icmp6.Type.neighborAdvertisement]: {
    name: 'neighbor advertisement',
    least: 24,
    details: (view, at) => ` of ${address6(view, at + 8)}${advertisementFlags(view, at)}`,
  },
  [icmp6.Type.redirect]: {
    name: 'redirect',
    least: 40,
    details: (view, at) => ` of ${address6(view, at + 24)} to ${address6(view, at + 8)}`,
  },
  [icmp6.Type.multicastListenerReportV2]: {
    name: 'listener report v2',
    least: 8,
    details: (view, at) => ` records ${view.getUint16(at + 6)}`,
  },
};

/** RFC 792, RFC 1122 §3.2.2, RFC 1191 §4, RFC 1256. */
const messages4: Readonly<Record<number, Message>> = {
  [icmp4.Type.echoReply]: echo('echo reply'),
  [icmp4.Type.destinationUnreachable]: {
    name: 'destination unreachable',
    least: 8,
    codes: ['network', 'host', 'protocol', 'port', 'fragmentation needed'],
    quote: 8,
    details: (view, at) =>
      icmp4.code(view, at) === icmp4.Unreachable.fragmentationNeeded ? ` mtu ${icmp4.mtu(view, at)}` : '',
  },
  [icmp4.Type.redirect]: {
    name: 'redirect',
    least: 8,
    quote: 8,
    details: (view, at) => ` to ${address4(view, at + 4)}`,
  },
  [icmp4.Type.echoRequest]: echo('echo request'),
  [icmp4.Type.routerAdvertisement]: {
    name: 'router advertisement',
    least: 8,
    details: (view, at) => ` lifetime ${view.getUint16(at + 6)} s`,
  },
  [icmp4.Type.routerSolicitation]: { name: 'router solicitation', least: 8 },
  [icmp4.Type.timeExceeded]: { name: 'time exceeded', least: 8, codes: ['time to live', 'reassembly'], quote: 8 },
  [icmp4.Type.parameterProblem]: {
    name: 'parameter problem',
    least: 8,
    quote: 8,
    details: (view, at) => ` at ${icmp4.pointer(view, at)}`,
  },
  [icmp4.Type.timestampRequest]: echo('timestamp request'),
  [icmp4.Type.timestampReply]: echo('timestamp reply'),
};

const summarizeMessage = (
  prefix: string,
  messages: Readonly<Record<number, Message>>,
  view: DataView,
  at: number,
  end: number,
  quote: Quote,
): string => {
  if (end - at < 4) return `${prefix} truncated`;
  const type = icmp6.type(view, at);
  const code = icmp6.code(view, at);
  const message = messages[type];
  if (message === undefined) return `${prefix} type ${type} code ${code}`;
  const { name, least, codes, details } = message;
  const meaning = codes?.[code] ?? (code === 0 ? undefined : `code ${code}`);
  const head = `${prefix} ${name}${meaning === undefined ? '' : ` (${meaning})`}`;
  if (end - at < least) return `${head} truncated`;
  const quoted = message.quote === undefined || at + message.quote >= end ? '' : ` [${quote(at + message.quote)}]`;
  return `${head}${details?.(view, at) ?? ''}${quoted}`;
};

/** The ICMPv6 message in `[at, end)` in a few words. */
export const summarizeIcmp6 = (view: DataView, at: number, end: number, quote: Quote): string =>
  summarizeMessage('ICMP6', messages6, view, at, end, quote);

/** The ICMPv4 message in `[at, end)` in a few words. */
export const summarizeIcmp4 = (view: DataView, at: number, end: number, quote: Quote): string =>
  summarizeMessage('ICMP', messages4, view, at, end, quote);
