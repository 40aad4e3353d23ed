/**
 * What the demo says to its hosts and what they answer: plain data, so that it crosses a process boundary. Times are
 * in milliseconds.
 *
 * @module
 */

export type Command =
  | PingCommand
  | TracerouteCommand
  | { readonly do: 'udpReceive'; readonly family: 4 | 6; readonly patience: number }
  | UdpSendCommand
  | { readonly do: 'udpResult'; readonly port: number }
  | { readonly do: 'tcpReceive'; readonly family: 4 | 6; readonly patience: number }
  | TcpSendCommand
  | { readonly do: 'tcpResult'; readonly port: number };

/** Echo requests, one after the other. */
export interface PingCommand {
  readonly do: 'ping';
  readonly to: string;
  /** Bytes of echo data, one request for each. */
  readonly sizes: readonly number[];
  /** How long to wait for each answer. */
  readonly timeout: number;
  /** Hop limit to send with; default the kernel's. */
  readonly hopLimit?: number;
  /** Send each request as one packet even if the path is known to carry less. */
  readonly dontFragment?: boolean;
}

/** Datagrams with a rising hop limit to a port where no one listens. */
export interface TracerouteCommand {
  readonly do: 'traceroute';
  readonly to: string;
  readonly maximumHops: number;
  /** How long to wait for each hop. */
  readonly timeout: number;
}

/** Numbered datagrams at a steady rate. */
export interface UdpSendCommand {
  readonly do: 'udpSend';
  readonly to: string;
  readonly port: number;
  /** Bytes of payload of each datagram; at least 8. */
  readonly size: number;
  /** Datagrams a second. */
  readonly rate: number;
  readonly duration: number;
}

/** A stream of pseudo-random bytes over one connection. */
export interface TcpSendCommand {
  readonly do: 'tcpSend';
  readonly to: string;
  readonly port: number;
  readonly duration: number;
}

/** What came back instead of an answer: an ICMP error. */
export interface IcmpErrorHeard {
  /** Who sent it. */
  readonly from: string;
  readonly type: number;
  readonly code: number;
  /** `time exceeded`, `no route`, ... */
  readonly meaning: string;
  /** Of a Packet Too Big. */
  readonly mtu?: number;
}

export interface PingResult {
  readonly sent: number;
  /** Round-trip times of the answers. */
  readonly times: readonly number[];
  /** Hop limit that the last answer arrived with. */
  readonly hopLimit?: number;
  readonly errors: readonly IcmpErrorHeard[];
  /** Requests that the sender's own kernel refused, and why. */
  readonly unsent: readonly string[];
}

export interface Hop {
  /** Undefined: no one answered. */
  readonly from?: string;
  readonly time?: number;
}

export interface TracerouteResult {
  readonly hops: readonly Hop[];
  readonly reached: boolean;
}

export interface UdpSendResult {
  readonly sent: number;
  readonly octets: number;
  readonly duration: number;
}

export interface UdpResult {
  readonly received: number;
  readonly octets: number;
  /** Datagrams that came after one with a higher number. */
  readonly reordered: number;
  readonly duplicates: number;
  /** From the first datagram to the last. */
  readonly duration: number;
}

export interface TcpResult {
  readonly octets: number;
  /** SHA-256 of the stream. */
  readonly hash: string;
  readonly duration: number;
}

/** What each command is answered with. */
export interface Results {
  readonly ping: PingResult;
  readonly traceroute: TracerouteResult;
  readonly udpReceive: { readonly port: number };
  readonly udpSend: UdpSendResult;
  readonly udpResult: UdpResult;
  readonly tcpReceive: { readonly port: number };
  readonly tcpSend: TcpResult;
  readonly tcpResult: TcpResult;
}

/** Between the processes: a command with a number, and its answer with the same number. */
export interface Request {
  readonly id: number;
  readonly command: Command;
}
export type Response =
  | { readonly id: number; readonly result: Results[keyof Results] }
  | { readonly id: number; readonly failure: string };
