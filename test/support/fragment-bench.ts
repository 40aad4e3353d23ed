import { Subject } from 'rxjs';
import { onTestFinished } from 'vitest';
import type { Packet } from '../../src/packet/index.ts';
import type { ReassemblyOptions } from '../../src/state/reassembly-limits.ts';
import { bytesIn, packetOf } from '../../src/testing/index.ts';
import * as icmp4 from '../../src/wire/icmp4.ts';
import * as icmp6 from '../../src/wire/icmp6.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import { line } from './router.ts';
import { a, outcomeOf, type Testbed, testbed } from './testbed.ts';

/** The port that the bench listens on, over UDP. */
export const port = 4_001;

/** An ICMP error that the router sent. */
export interface SentError {
  readonly type: number;
  readonly code: number;
  /** Pointer or MTU, 0 if there is neither. */
  readonly parameter: number;
  /** The invoking packet, as far as it is quoted. */
  readonly quote: Uint8Array;
}

export interface FragmentBench extends Testbed {
  /** Sends packets in by interface `a`, or another, in slabs as large as devices use; says what became of them. */
  readonly send: (packets: readonly Uint8Array[], inInterface?: number) => string[];
  /** The same, for a single one. */
  readonly sendOne: (packet: Uint8Array, inInterface?: number) => string[];
  /** Lets time pass; says what became of packets meanwhile. */
  readonly pass: (milliseconds: number) => string[];
  /** UDP payloads that reached the port, whole. */
  readonly delivered: Uint8Array[];
  /** Packets that were delivered, whole, as the upper layer sees them. */
  readonly whole: Uint8Array[];
  /** What the router said itself. */
  readonly replies: Uint8Array[];
  readonly errors: SentError[];
  /** Ends the source. */
  readonly complete: () => string[];
  /** Lets the router go. */
  readonly letGo: () => void;
}

const errorIn = (bytes: Uint8Array): SentError | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const six = bytes[0] === 0x60;
  const at = six ? 40 : ipv4.headerLength(view, 0);
  if ((six ? bytes[6] : bytes[9]) !== (six ? Protocol.icmpv6 : Protocol.icmp)) return undefined;
  const type = view.getUint8(at);
  if (six ? !icmp6.isErrorType(type) : type === icmp4.Type.echoReply) return undefined;
  const parameter = view.getUint32(at + 4);
  return { type, code: view.getUint8(at + 1), parameter, quote: bytes.slice(at + 8) };
};

/** The default router with a UDP listener, in virtual time; what it holds at the end of the test is a leak. */
export const fragmentBench = (limits: ReassemblyOptions = {}): FragmentBench => {
  const bed = testbed({
    smallLimit: 1_024,
    largeLimit: 64,
    bounds: { reassembly: limits, errorLimits: { burst: 1_000 } },
  });
  const { node, pool, clock } = bed;
  const delivered: Uint8Array[] = [];
  const whole: Uint8Array[] = [];
  const replies: Uint8Array[] = [];
  const errors: SentError[] = [];
  let outcomes: string[] = [];
  node.ports.listen(Protocol.udp, port, (packet) => {
    delivered.push(packet.bytes.slice(packet.upper + 8, packet.end));
    whole.push(bytesIn(packet));
  });
  const see = (packet: Packet): void => {
    const outcome = outcomeOf(packet);
    if (packet.inInterface !== 0) outcomes.push(outcome);
    else if (outcome === 'sent') {
      const bytes = bytesIn(packet);
      replies.push(bytes);
      const error = errorIn(bytes);
      if (error !== undefined) errors.push(error);
    }
  };
  const source$ = new Subject<Packet>();
  const running = source$.pipe(line(bed, { see })).subscribe();
  const since = (action: () => void): string[] => {
    outcomes = [];
    action();
    return outcomes;
  };
  const put = (bytes: Uint8Array, inInterface: number): void => {
    const packet = pool.acquire(65_536) ?? packetOf(bytes, { pool });
    packet.bytes.set(bytes, packet.start);
    packet.end = packet.start + bytes.length;
    packet.inInterface = inInterface;
    source$.next(packet);
  };
  const send = (packets: readonly Uint8Array[], inInterface: number = a): string[] =>
    since(() => {
      for (const bytes of packets) put(bytes, inInterface);
    });
  const pass = (milliseconds: number): string[] =>
    since(() => {
      const until = clock.frame + milliseconds;
      clock.maxFrames = until;
      clock.flush();
      clock.frame = until;
    });
  onTestFinished(() => {
    running.unsubscribe();
    if (pool.outstanding !== 0) throw new Error(`${pool.outstanding} packets are left at the end of the test`);
  });
  return {
    ...bed,
    delivered,
    whole,
    replies,
    errors,
    send,
    sendOne: (bytes, inInterface) => send([bytes], inInterface),
    pass,
    complete: () => since(() => source$.complete()),
    letGo: () => running.unsubscribe(),
  };
};
