/**
 * Ping and traceroute over raw ICMP sockets.
 *
 * @module
 */
import { createSocket } from 'node:dgram';
import { type IcmpMessage, IcmpSocket } from '../../platform/icmp-socket.ts';
import { formatAddress, type IpAddress, parseAddress } from '../../wire/address.ts';
import * as icmp4 from '../../wire/icmp4.ts';
import * as icmp6 from '../../wire/icmp6.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { icmpMeaning } from './icmp-meaning.ts';
import type { Hop, IcmpErrorHeard, PingCommand, PingResult, TracerouteCommand, TracerouteResult } from './messages.ts';

const addressOf = (text: string): IpAddress => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no IP address`);
  return address;
};

const echoReply = (family: 4 | 6): number => (family === 6 ? icmp6.Type.echoReply : icmp4.Type.echoReply);
const echoRequest = (family: 4 | 6): number => (family === 6 ? icmp6.Type.echoRequest : icmp4.Type.echoRequest);

/** Where the upper-layer header of the packet that an error quotes begins; undefined if the quote is too short. */
const quotedUpper = ({ view, at, end }: IcmpMessage, family: 4 | 6): number | undefined => {
  const ip = at + icmp6.headerLength;
  if (ip >= end) return undefined;
  const upper = ip + (family === 6 ? ipv6.headerLength : ipv4.headerLength(view, ip));
  return upper + 8 > end ? undefined : upper;
};

/** Waits for the first message that `pick` makes something of; undefined when the time is up. */
const hear = <T>(socket: IcmpSocket, timeout: number, pick: (message: IcmpMessage) => T | undefined) =>
  new Promise<T | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), timeout);
    socket.onMessage((message) => {
      const picked = pick(message);
      if (picked === undefined) return;
      clearTimeout(timer);
      resolve(picked);
    });
  });

const errorFrom = (message: IcmpMessage, family: 4 | 6): IcmpErrorHeard => {
  const { view, at } = message;
  const type = view.getUint8(at);
  const code = view.getUint8(at + 1);
  const meaning = icmpMeaning(family, type, code);
  const heard = { from: formatAddress(message.from), type, code, meaning };
  if (meaning !== 'packet too big') return heard;
  return { ...heard, mtu: family === 6 ? view.getUint32(at + 4) : view.getUint16(at + 6) };
};

type EchoAnswer = { readonly time: number; readonly hopLimit: number } | { readonly error: IcmpErrorHeard };

/** What a message says about one of our echo requests; undefined when it is about something else. */
const echoAnswer = (
  message: IcmpMessage,
  family: 4 | 6,
  identifier: number,
  sequence: number,
  sentAt: number,
): EchoAnswer | undefined => {
  const time = performance.now() - sentAt;
  const { view, at } = message;
  const ours = (header: number): boolean =>
    view.getUint16(header + 4) === identifier && view.getUint16(header + 6) === sequence;
  if (view.getUint8(at) === echoReply(family)) return ours(at) ? { time, hopLimit: message.hopLimit } : undefined;
  const upper = quotedUpper(message, family);
  return upper !== undefined && ours(upper) ? { error: errorFrom(message, family) } : undefined;
};

/** Sends echo requests (RFC 4443 §4.1, RFC 792), one at a time, and waits for each answer. */
export const ping = async (command: PingCommand): Promise<PingResult> => {
  const { sizes, timeout, hopLimit, dontFragment = false } = command;
  const to = addressOf(command.to);
  const { family } = to;
  const socket = new IcmpSocket(family, { dontFragment, ...(hopLimit === undefined ? {} : { hopLimit }) });
  const identifier = process.pid & 0xffff;
  const times: number[] = [];
  const errors: IcmpErrorHeard[] = [];
  const unsent: string[] = [];
  let lastHopLimit: number | undefined;
  try {
    for (const [sequence, size] of sizes.entries()) {
      const request = new Uint8Array(icmp6.headerLength + size).map((_, i) => i);
      request.fill(0, 0, icmp6.headerLength);
      const view = new DataView(request.buffer);
      view.setUint8(0, echoRequest(family));
      view.setUint16(4, identifier);
      view.setUint16(6, sequence);
      const sentAt = performance.now();
      const problem = socket.send(to, request);
      if (problem !== undefined) {
        unsent.push(problem);
        continue;
      }
      const answer = await hear(socket, timeout, (message) =>
        echoAnswer(message, family, identifier, sequence, sentAt),
      );
      if (answer === undefined) continue;
      if ('error' in answer) errors.push(answer.error);
      else {
        times.push(answer.time);
        lastHopLimit = answer.hopLimit;
      }
    }
  } finally {
    socket.close();
  }
  const result = { sent: sizes.length, times, errors, unsent };
  return lastHopLimit === undefined ? result : { ...result, hopLimit: lastHopLimit };
};

/** First port of traceroutes, by custom: no one listens there. */
const traceroutePort = 33_434;

/** Finds the routers on the way: UDP datagrams whose hop limit runs out at the first, the second, ... (RFC 1393 §1). */
export const traceroute = async (command: TracerouteCommand): Promise<TracerouteResult> => {
  const to = addressOf(command.to);
  const { family } = to;
  const icmp = new IcmpSocket(family);
  const udp = createSocket(family === 6 ? 'udp6' : 'udp4');
  // Where an error is turned into one of the socket's, it comes over the raw socket too.
  udp.on('error', () => undefined);
  const hops: Hop[] = [];
  let reached = false;
  try {
    await new Promise<void>((resolve) => udp.bind(0, resolve));
    const sourcePort = udp.address().port;
    while (!reached && hops.length < command.maximumHops) {
      const hopLimit = hops.length + 1;
      const port = traceroutePort + hops.length;
      udp.setTTL(hopLimit);
      const sentAt = performance.now();
      const answer$ = hear(icmp, command.timeout, (message) => {
        const time = performance.now() - sentAt;
        const upper = quotedUpper(message, family);
        if (upper === undefined || message.view.getUint16(upper) !== sourcePort) return undefined;
        if (message.view.getUint16(upper + 2) !== port) return undefined;
        return { time, ...errorFrom(message, family) };
      });
      udp.send('umigame', port, command.to);
      const answer = await answer$;
      hops.push(answer === undefined ? {} : { from: answer.from, time: answer.time });
      reached = answer?.meaning === 'port unreachable';
      if (answer !== undefined && !reached && answer.meaning !== 'time exceeded') break;
    }
  } finally {
    icmp.close();
    udp.close();
  }
  return { hops, reached };
};
