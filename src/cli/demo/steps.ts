/**
 * Steps of the scenario: carried out, and judged.
 *
 * @module
 */

import { commas, megabits, milliseconds, percent } from '../numbers.ts';
import type { Host } from './hosts.ts';
import type { PingResult, TcpResult, TracerouteResult, UdpResult, UdpSendResult } from './messages.ts';
import {
  type HostName,
  hostAddresses,
  type PingStep,
  type Step,
  type StreamStep,
  type TracerouteStep,
} from './scenario.ts';

export type Hosts = Readonly<Record<HostName, Pick<Host, 'ask'>>>;

/** How long and how hard the streams run; times in milliseconds. */
export interface Pace {
  readonly udpDuration: number;
  /** Datagrams a second. */
  readonly udpRate: number;
  readonly tcpDuration: number;
  /** How long a ping waits for its answer. */
  readonly timeout: number;
}

export const paceDefaults: Pace = { udpDuration: 1_000, udpRate: 4_000, tcpDuration: 1_200, timeout: 1_000 };

/** Payload bytes of the UDP stream. */
const datagramSize = 1_200;
/** How long a receiver waits to be used, in milliseconds. */
const patience = 20_000;

/** What came of a step. */
export interface Verdict {
  readonly ok: boolean;
  /** What happened, in a line. */
  readonly text: string;
  /** Round-trip times seen, in milliseconds. */
  readonly times?: readonly number[];
  /** Of a stream: bits a second that arrived. */
  readonly throughput?: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
};

const bitRate = (octets: number, duration: number): number => (duration > 0 ? (octets * 8_000) / duration : 0);

/** What came back for pings, in words; an error carries its MTU, if it has one. */
const pingText = ({ sent, times, hopLimit, errors, unsent }: PingResult): string => {
  const parts: string[] = [];
  if (times.length > 0) {
    parts.push(`${times.length} of ${sent} answered`, milliseconds(median(times)));
    if (hopLimit !== undefined) parts.push(`hop limit ${hopLimit}`);
  }
  for (const { meaning, from, mtu } of errors) {
    parts.push(`${meaning}${mtu === undefined ? '' : `, MTU ${commas(mtu)}`}, says ${from}`);
  }
  for (const why of unsent) parts.push(`not sent: ${why}`);
  return parts.length === 0 ? 'silence' : parts.join(', ');
};

export const judgePing = ({ expect }: Pick<PingStep, 'expect'>, result: PingResult): Verdict => {
  const { sent, times, errors, unsent } = result;
  const verdict = (ok: boolean): Verdict => ({ ok, text: pingText(result), ...(times.length > 0 ? { times } : {}) });
  if (expect === 'answers') return verdict(times.length === sent);
  if (times.length > 0 || unsent.length > 0) return verdict(false);
  if (expect === 'silence') return verdict(errors.length === 0);
  const [first] = errors;
  return verdict(first?.meaning === expect.error && first.from === expect.from && first.mtu === expect.mtu);
};

export const judgeTraceroute = ({ expect }: Pick<TracerouteStep, 'expect'>, result: TracerouteResult): Verdict => {
  const hops = result.hops.map(({ from = '*' }) => from);
  return { ok: result.reached && hops.join() === expect.join(), text: hops.join(' → ') };
};

/** Two shared processor cores may lose a little of a UDP flood, with any router: this much is no failure. */
const tolerableLoss = 0.02;

export const judgeUdp = (sent: UdpSendResult, got: UdpResult): Verdict => {
  const lost = sent.sent - got.received;
  const loss = sent.sent === 0 ? 1 : lost / sent.sent;
  const throughput = bitRate(got.octets, got.duration);
  const parts = [
    `${commas(got.received)} of ${commas(sent.sent)} datagrams`,
    megabits(throughput),
    `${percent(loss)} lost`,
  ];
  if (got.reordered > 0) parts.push(`${commas(got.reordered)} out of order`);
  if (got.duplicates > 0) parts.push(`${commas(got.duplicates)} twice`);
  return { ok: loss <= tolerableLoss && got.duplicates === 0, text: parts.join(', '), throughput };
};

export const judgeTcp = (sent: TcpResult, got: TcpResult): Verdict => {
  const same = sent.hash === got.hash && sent.octets === got.octets && got.octets > 0;
  const throughput = bitRate(got.octets, got.duration);
  const hash = same ? 'same hash at both ends' : 'the hashes differ';
  return { ok: same, text: `${commas(got.octets / 1e6)} MB, ${megabits(throughput)}, ${hash}`, throughput };
};

const carryOutPing = async (step: PingStep, hosts: Hosts, { timeout }: Pace): Promise<Verdict> => {
  const { from, to, sizes, hopLimit, dontFragment } = step;
  // Silence takes its whole time: no need for more of it than makes the point.
  const wait = step.expect === 'silence' ? timeout / 4 : timeout;
  const options = {
    ...(hopLimit === undefined ? {} : { hopLimit }),
    ...(dontFragment === undefined ? {} : { dontFragment }),
  };
  return judgePing(step, await hosts[from].ask({ do: 'ping', to, sizes, timeout: wait, ...options }));
};

const carryOutUdp = async ({ from, to, family }: StreamStep, hosts: Hosts, pace: Pace): Promise<Verdict> => {
  const { port } = await hosts[to].ask({ do: 'udpReceive', family, patience });
  const sent = await hosts[from].ask({
    do: 'udpSend',
    to: hostAddresses[to][family],
    port,
    size: datagramSize,
    rate: pace.udpRate,
    duration: pace.udpDuration,
  });
  return judgeUdp(sent, await hosts[to].ask({ do: 'udpResult', port }));
};

const carryOutTcp = async ({ from, to, family }: StreamStep, hosts: Hosts, pace: Pace): Promise<Verdict> => {
  const { port } = await hosts[to].ask({ do: 'tcpReceive', family, patience });
  const destination = hostAddresses[to][family];
  const sent = await hosts[from].ask({ do: 'tcpSend', to: destination, port, duration: pace.tcpDuration });
  return judgeTcp(sent, await hosts[to].ask({ do: 'tcpResult', port }));
};

const dispatch = async (step: Step, hosts: Hosts, pace: Pace): Promise<Verdict> => {
  switch (step.kind) {
    case 'ping':
      return carryOutPing(step, hosts, pace);
    case 'traceroute': {
      const { from, to } = step;
      return judgeTraceroute(
        step,
        await hosts[from].ask({ do: 'traceroute', to, maximumHops: 8, timeout: pace.timeout }),
      );
    }
    case 'udp':
      return carryOutUdp(step, hosts, pace);
    case 'tcp':
      return carryOutTcp(step, hosts, pace);
  }
};

/** Carries out a step. Never rejects: a host that fails is a verdict, too. */
export const carryOut = async (step: Step, hosts: Hosts, pace: Pace = paceDefaults): Promise<Verdict> => {
  try {
    return await dispatch(step, hosts, pace);
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : String(error) };
  }
};
