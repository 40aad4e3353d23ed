import { Drop } from '../packet/drop.ts';
import { type Packet, Status } from '../packet/packet.ts';
import { type Lane, type Step, stage } from '../packet/stage.ts';
import { Protocol } from '../wire/protocols.ts';
import {
  type HeaderHandler,
  type OptionHandler,
  type OptionRules,
  optionTable,
  type RoutingHandler,
  tableOf,
  type Walk,
} from './headers/handler.ts';
import { defaultHeaders, defaultOptions, defaultRouting } from './headers/index.ts';
import { type HeaderLimits, headerLimitDefaults, type OptionLimits, optionLimitDefaults } from './headers/limits.ts';
import { optionsHeader } from './headers/options.ts';

/** What a node on the way knows of hop-by-hop options. */
export interface HopByHopOptions {
  /** The options that are known. Default: `defaultOptions`. */
  readonly options?: readonly OptionHandler[];
  /** How much of the header is read; the rest is passed over. Default: `optionLimitDefaults`. */
  readonly limits?: OptionLimits;
}

/** What the destination of packets knows of extension headers. */
export interface ExtensionHeaderOptions {
  /** The extension headers that are known. Default: `defaultHeaders`. */
  readonly headers?: readonly HeaderHandler[];
  /** The options that are known. Default: `defaultOptions`. */
  readonly options?: readonly OptionHandler[];
  /** The routing types that are obeyed. Default: `defaultRouting`, none. */
  readonly routing?: readonly RoutingHandler[];
  /** How much is read; packets beyond are refused. Default: `headerLimitDefaults`. */
  readonly limits?: HeaderLimits;
}

/** Unit of {@link hopByHopOptions}. */
export const hopByHopStep = ({ options = defaultOptions, limits }: HopByHopOptions = {}): Step => {
  const rules: OptionRules = {
    handlers: optionTable(options, 'hopByHop'),
    limits: { ...optionLimitDefaults, ...limits },
    beyond: 'passOver',
  };
  return (packet) => {
    if (packet.protocol === Protocol.hopByHop && packet.family === 6) optionsHeader(packet, rules);
  };
};

/**
 * Reads the Hop-by-Hop Options header of a packet for others, the one header that nodes on the way may read (RFC 8200
 * §4.3), and moves `upper` behind it.
 *
 * Unknown options are obeyed by their action bits (§4.2) and malformed ones refused, as far as the header is read:
 * up to the limits. What lies beyond is passed over unread, and so are all other headers (RFC 9673 §5.2): a packet is
 * not refused for what only its destination has to cope with.
 *
 * Drops: `truncatedHeader`, `badOptionLength`, `unknownOption`, `unknownOptionSilent`.
 *
 * @example
 * // an option of one's own; a router that reads one option and no more
 * hopByHopOptions({ options: [...defaultOptions, mine], limits: { options: 1 } });
 */
export const hopByHopOptions = (options: HopByHopOptions = {}): Lane => stage(hopByHopStep(options));

/**
 * Unit of {@link extensionHeaders}. Each turn moves `upper` forward or is the last one; so does the walk end, whatever
 * the handlers do, after at most `limits.headers` turns.
 */
export const extensionHeadersStep = ({
  headers = defaultHeaders,
  options = defaultOptions,
  routing = defaultRouting,
  ...given
}: ExtensionHeaderOptions = {}): Step => {
  const limits = { ...headerLimitDefaults, ...given.limits };
  const known = tableOf(headers, ({ protocol }) => protocol);
  const walk: Walk = {
    limits,
    hopByHop: { handlers: optionTable(options, 'hopByHop'), limits, beyond: 'refuse' },
    destination: { handlers: optionTable(options, 'destination'), limits, beyond: 'refuse' },
    routing: tableOf(routing, ({ type }) => type),
  };
  return (packet) => {
    const handler = known[packet.protocol];
    if (handler !== undefined && packet.family === 6) walkHeaders(packet, handler, known, walk);
  };
};

const walkHeaders = (
  packet: Packet,
  first: HeaderHandler,
  known: readonly (HeaderHandler | undefined)[],
  walk: Walk,
): void => {
  const { headers, chainBytes } = walk.limits;
  const chainEnd = packet.upper + chainBytes;
  let handler: HeaderHandler | undefined = first;
  for (let count = 0; handler !== undefined; count += 1) {
    const { upper } = packet;
    if (count >= headers) return packet.refuse(Drop.tooManyHeaders, upper - packet.start);
    handler.step(packet, walk);
    if (packet.status !== Status.inFlight || packet.upper <= upper) return;
    if (packet.upper > chainEnd) return packet.refuse(Drop.chainTooLong, chainEnd - packet.start);
    handler = known[packet.protocol];
  }
};

/**
 * Walks the extension headers of a packet for this node, strictly in order (RFC 8200 §4), from `upper` on: the first
 * one, or one that decryption, decapsulation or reassembly brought to light. The walk ends with `upper` and `protocol`
 * at a header without a handler, an upper-layer header or one of another module, or at the Fragment header of a packet
 * that has to be reassembled. Nothing is copied or stripped.
 *
 * Drops: `truncatedHeader`, `misplacedHopByHop`, `badOptionLength`, `unknownOption`, `unknownOptionSilent`,
 * `badRoutingHeader`, and beyond limits `tooManyHeaders`, `chainTooLong`, `headerTooBig`, `tooManyOptions`,
 * `optionTooBig`, `paddingTooLong`, `paddingNotZero`.
 *
 * @example
 * // one more header, one more option, a stricter limit
 * extensionHeaders({ headers: [...defaultHeaders, mine], options: [...defaultOptions, ours], limits: { headers: 4 } });
 */
export const extensionHeaders = (options: ExtensionHeaderOptions = {}): Lane => stage(extensionHeadersStep(options));
