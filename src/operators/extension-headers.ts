import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';
import { Protocol } from '../wire/protocols.ts';
import { walkOptions } from './options.ts';

/** Bounds of the walk. */
export interface ExtensionHeaderOptions {
  /** Most extension headers in a chain. Default 15, KAME's limit since 2007. */
  readonly headers?: number;
  /** Most options, padding aside, in one header. Default 8 (RFC 8504 §5.3). */
  readonly options?: number;
}

export const extensionHeaderDefaults: Required<ExtensionHeaderOptions> = { headers: 15, options: 8 };

/** Moves `upper` behind the options header at `upper`, after looking at its options. */
const optionsHeader = (packet: Packet, limit: number): void => {
  const { view, upper, end } = packet;
  if (upper + 8 > end) return packet.refuse(Drop.truncatedHeader);
  const next = upper + (view.getUint8(upper + 1) + 1) * 8;
  if (next > end) return packet.refuse(Drop.truncatedHeader);
  walkOptions(packet, upper + 2, next, limit);
  advance(packet, next);
};

const advance = (packet: Packet, next: number): void => {
  packet.protocol = packet.view.getUint8(packet.upper);
  packet.protocolPointer = packet.upper - packet.start;
  packet.upper = next;
};

/** A routing header with segments left asks for what no one should do (RFC 5095); without any it is passed over. */
const routingHeader = (packet: Packet): void => {
  const { view, upper, end, start } = packet;
  if (upper + 8 > end) return packet.refuse(Drop.truncatedHeader);
  const next = upper + (view.getUint8(upper + 1) + 1) * 8;
  if (next > end) return packet.refuse(Drop.truncatedHeader);
  if (view.getUint8(upper + 3) !== 0) return packet.refuse(Drop.badRoutingHeader, upper + 2 - start);
  advance(packet, next);
};

const fragmentHeader = (packet: Packet): void => {
  const { view, upper, end } = packet;
  if (upper + 8 > end) return packet.refuse(Drop.truncatedHeader);
  if ((view.getUint16(upper + 2) & 0xfff9) !== 0) return packet.refuse(Drop.fragmentNotReassembled);
  advance(packet, upper + 8); // an atomic fragment is a whole packet (RFC 6946)
};

/** Unit of {@link hopByHopOptions}. */
export const hopByHopStep =
  (limit: number) =>
  (packet: Packet): void => {
    if (packet.protocol === Protocol.hopByHop && packet.family === 6) optionsHeader(packet, limit);
  };

/**
 * Looks at the Hop-by-Hop Options header, the one header that nodes on the way may read (RFC 8200 §4.3, RFC 9673).
 *
 * Drops: `truncatedHeader`, `badOptionLength`, `unknownOption`, `unknownOptionSilent`, `tooManyHeaders`.
 */
export const hopByHopOptions = (options: ExtensionHeaderOptions = {}): Lane =>
  stage(hopByHopStep(options.options ?? extensionHeaderDefaults.options));

/** Unit of {@link extensionHeaders}. Each turn consumes a header of at least eight bytes: the walk ends. */
export const extensionHeadersStep =
  ({ headers, options }: Required<ExtensionHeaderOptions>) =>
  (packet: Packet): void => {
    if (packet.family !== 6) return;
    for (let count = 0; packet.drop === Drop.none; count += 1) {
      switch (packet.protocol) {
        case Protocol.hopByHop:
          packet.refuse(Drop.misplacedHopByHop, packet.protocolPointer);
          break;
        case Protocol.destinationOptions:
          optionsHeader(packet, options);
          break;
        case Protocol.routing:
          routingHeader(packet);
          break;
        case Protocol.fragment:
          fragmentHeader(packet);
          break;
        default:
          return;
      }
      if (count >= headers) packet.refuse(Drop.tooManyHeaders);
    }
  };

/**
 * Walks the extension headers of a packet for this node, strictly in order (RFC 8200 §4), until `upper` and `protocol`
 * name an upper-layer header. Nothing is copied or stripped.
 *
 * Drops: `truncatedHeader`, `misplacedHopByHop`, `badOptionLength`, `unknownOption`, `unknownOptionSilent`,
 * `badRoutingHeader`, `fragmentNotReassembled`, `tooManyHeaders`.
 */
export const extensionHeaders = (options: ExtensionHeaderOptions = {}): Lane =>
  stage(extensionHeadersStep({ ...extensionHeaderDefaults, ...options }));
