import { of } from 'rxjs';
import { expect, it } from 'vitest';
import type { Packet } from '../../src/packet/index.ts';
import type { RouterAdapter } from '../../src/pipelines/router.ts';
import { packetOf } from '../../src/testing/index.ts';
import { formatAddress, readAddress6 } from '../../src/wire/address.ts';
import * as icmp6 from '../../src/wire/icmp6.ts';
import * as ipv6 from '../../src/wire/ipv6.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import { runLine } from '../support/router.ts';
import { a, type Testbed, testbed } from '../support/testbed.ts';

export interface AskOptions {
  /** Where the packets come in. Default: link `a`. */
  readonly inInterface?: number;
  /** Default: a fresh one, with a listener for every UDP port. */
  readonly bed?: Testbed;
  readonly adapt?: RouterAdapter;
  /** Done to the packet before it goes in. */
  readonly prepare?: (packet: Packet) => void;
}

/** An ICMPv6 message of the router's own. */
export interface Message {
  readonly type: number;
  readonly code: number;
  /** The word behind the checksum: pointer, MTU, or identifier and sequence number. */
  readonly parameter: number;
  readonly source: string;
  readonly destination: string;
  readonly outInterface: number;
  /** Bytes behind the ICMPv6 header: the quote, or echo data. */
  readonly body: Uint8Array;
  /** The whole packet. */
  readonly bytes: Uint8Array;
}

export interface Answer {
  /** What became of the packet: a drop reason's name, `delivered` or `sent`. */
  readonly fate: string;
  /** The packet as it left, if it did. */
  readonly sent: Uint8Array | undefined;
  /** What the router said itself. */
  readonly said: readonly Message[];
}

const messageOf = (bytes: Uint8Array, outInterface: number): Message => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = ipv6.headerLength;
  if (ipv6.nextHeader(view, 0) !== Protocol.icmpv6 || !icmp6.verify(view, 0, at, bytes.length)) {
    throw new Error('the router said something that is not a right ICMPv6 message');
  }
  return {
    type: icmp6.type(view, at),
    code: icmp6.code(view, at),
    parameter: icmp6.pointer(view, at),
    source: formatAddress(readAddress6(view, ipv6.offsets.source)),
    destination: formatAddress(readAddress6(view, ipv6.offsets.destination)),
    outInterface,
    body: bytes.slice(at + icmp6.headerLength),
    bytes,
  };
};

/** A test bed on which every UDP port has a listener. */
export const listening = (): Testbed => {
  const bed = testbed();
  bed.node.ports.listen(Protocol.udp, 0, () => {});
  return bed;
};

/** Sends a packet through the default router: what becomes of it, and what does the router say? */
export const ask = (bytes: Uint8Array, options: AskOptions = {}): Answer => {
  const { inInterface = a, bed = listening(), adapt, prepare } = options;
  const packet = packetOf(bytes, { inInterface });
  prepare?.(packet);
  const outcomes = runLine(bed, of(packet), adapt);
  const [own] = outcomes.filter((outcome) => outcome.inInterface !== 0);
  if (own === undefined) throw new Error('the packet did not come out of the router');
  return {
    fate: own.outcome,
    sent: own.outcome === 'sent' ? own.bytes : undefined,
    said: outcomes
      .filter((outcome) => outcome.inInterface === 0)
      .map((outcome) => messageOf(outcome.bytes, outcome.outInterface)),
  };
};

/** The packet as the next hop gets it: its hop limit lower by one, every other byte as it was. */
const forwarded = (bytes: Uint8Array): Uint8Array => {
  const copy = bytes.slice();
  copy[ipv6.offsets.hopLimit] = (copy[ipv6.offsets.hopLimit] as number) - 1;
  return copy;
};

const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/**
 * The answer in a line: `delivered`, `forwarded`, or the reason of the refusal; then what was said about it, such as
 * `4/2 at 42` for Parameter Problem code 2 with this pointer. A quote that is not the packet as it came is told.
 */
export const answerTo = (bytes: Uint8Array, options: AskOptions = {}): string => {
  const { fate, sent, said } = ask(bytes, options);
  const what = sent === undefined ? fate : same(sent, forwarded(bytes)) ? 'forwarded' : 'forwarded, changed';
  const messages = said.map(({ type, code, parameter, body }) => {
    const meaning = type === 4 ? ` at ${parameter}` : type === 2 ? ` mtu ${parameter}` : '';
    const wrong = type < 128 && !same(body, bytes.slice(0, body.length)) ? ', misquoted' : '';
    return `${type}/${code}${meaning}${wrong}`;
  });
  return [what, ...messages].join(', ');
};

/** A requirement: its clause, what it asks in our words, a packet, and {@link answerTo} it. */
export type Row = readonly [clause: string, must: string, bytes: Uint8Array, answer: string];

/** A test for each requirement. */
export const table = (rows: readonly Row[]): void => {
  it.each(rows)('%s: %s', (_clause, _must, bytes, answer) => {
    expect(answerTo(bytes)).toBe(answer);
  });
};
