import { type Packet, Status } from '../packet/packet.ts';
import { always, type Lane } from '../packet/stage.ts';
import { summarize } from '../packet/summary.ts';

export interface TraceOptions {
  /** Name of an interface by its index, from 1. Default: the index. */
  readonly interfaces?: (index: number) => string;
  /** Which packets to print. Default: all. */
  readonly only?: (packet: Packet) => boolean;
}

/** Unit of {@link trace}. */
export const traceStep = (print: (line: string) => void, options: TraceOptions = {}): ((packet: Packet) => void) => {
  const { interfaces = String, only } = options;
  return (packet) => {
    if (only !== undefined && !only(packet)) return;
    const from = packet.inInterface === 0 ? 'self' : interfaces(packet.inInterface);
    print(`${from} > ${destinationOf(packet, interfaces)} | ${summarize(packet)}`);
  };
};

const destinationOf = (packet: Packet, interfaces: (index: number) => string): string => {
  if (packet.status === Status.delivered) return 'self';
  if (packet.status === Status.refused) return '-';
  return packet.outInterface === 0 ? '?' : interfaces(packet.outInterface);
};

/**
 * Prints a line for every packet that passes, whatever became of it, and hands it on: where it came in and where it
 * goes (`self` is this node, `-` nowhere, `?` not decided yet), then what `summarize` says. For debugging: a line costs
 * more than the router does.
 *
 * @example
 * const names = { interfaces: (index: number) => node.interfaces.nameOf(index) };
 * source$.pipe(router(node), trace(console.log, names)).subscribe((packet) => packet.release());
 * // uma > umb | IP6 fd00:a::2 > fd00:b::2: ICMP6 echo request id 7 seq 1, hop limit 63, length 64
 * // umb > - | IP6 fd00:b::2.40000 > 2001:db8::1.53: UDP, hop limit 1, length 12, refused: hopLimitExceeded
 */
export const trace = (
  // biome-ignore lint/suspicious/noConsole: printing is what this operator is for
  print: (line: string) => void = console.log,
  options: TraceOptions = {},
): Lane => always(traceStep(print, options));
