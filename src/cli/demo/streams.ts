/**
 * UDP and TCP between two hosts: numbered datagrams that are counted, and a stream whose hash both ends know.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TcpResult, TcpSendCommand, UdpResult, UdpSendCommand, UdpSendResult } from './messages.ts';

const anyAddress = { 4: '0.0.0.0', 6: '::' } as const;

/** More numbered datagrams than the demo ever sends. */
const numberLimit = 1 << 20;
/** A UDP stream has ended when nothing came for this long. */
const quiet = 150;

class UdpReceiver {
  readonly #socket: UdpSocket;
  readonly #seen = new Uint8Array(numberLimit);
  #received = 0;
  #octets = 0;
  #reordered = 0;
  #duplicates = 0;
  #highest = -1;
  #first = 0;
  #last = 0;

  constructor(socket: UdpSocket) {
    this.#socket = socket;
    socket.on('message', (datagram) => this.#count(datagram));
    socket.on('error', () => socket.close());
  }

  #count(datagram: Buffer): void {
    const number = datagram.length < 8 ? numberLimit : datagram.readUInt32BE(0);
    if (number >= numberLimit) return;
    this.#last = performance.now();
    if (this.#first === 0) this.#first = this.#last;
    if (this.#seen[number] === 1) {
      this.#duplicates += 1;
      return;
    }
    this.#seen[number] = 1;
    this.#received += 1;
    this.#octets += datagram.length;
    if (number < this.#highest) this.#reordered += 1;
    else this.#highest = number;
  }

  /** Waits until nothing comes any more. */
  async result(): Promise<UdpResult> {
    do await sleep(quiet);
    while (performance.now() - this.#last < quiet);
    this.close();
    return {
      received: this.#received,
      octets: this.#octets,
      reordered: this.#reordered,
      duplicates: this.#duplicates,
      duration: this.#last - this.#first,
    };
  }

  close(): void {
    this.#socket.removeAllListeners();
    try {
      this.#socket.close();
    } catch {
      // It was closed already.
    }
  }
}

class TcpReceiver {
  readonly #server: Server;
  readonly #done: Promise<TcpResult>;

  constructor(server: Server) {
    this.#server = server;
    this.#done = once(server, 'connection').then(([socket]) => {
      server.close();
      return drain(socket as Socket);
    });
    // Asked for later, or never.
    this.#done.catch(() => undefined);
  }

  result(): Promise<TcpResult> {
    return this.#done;
  }

  close(): void {
    this.#server.close();
  }
}

const drain = async (socket: Socket): Promise<TcpResult> => {
  const hash = createHash('sha256');
  let octets = 0;
  let first = 0;
  let last = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    last = performance.now();
    if (first === 0) first = last;
    octets += chunk.length;
    hash.update(chunk);
  }
  return { octets, hash: hash.digest('hex'), duration: last - first };
};

/** What listens on this host, by port. Each listener is asked for its result once, or closes when patience is out. */
export class Receivers {
  readonly #udp = new Map<number, UdpReceiver>();
  readonly #tcp = new Map<number, TcpReceiver>();

  async openUdp(family: 4 | 6, patience: number): Promise<{ port: number }> {
    const socket = createSocket({ type: `udp${family}`, ipv6Only: family === 6, recvBufferSize: 1 << 21 });
    socket.bind(0, anyAddress[family]);
    await once(socket, 'listening');
    const { port } = socket.address();
    return this.#keep(this.#udp, port, new UdpReceiver(socket), patience);
  }

  async openTcp(family: 4 | 6, patience: number): Promise<{ port: number }> {
    const server = createServer();
    server.listen({ port: 0, host: anyAddress[family], ipv6Only: family === 6 });
    await once(server, 'listening');
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    return this.#keep(this.#tcp, port, new TcpReceiver(server), patience);
  }

  udpResult(port: number): Promise<UdpResult> {
    return this.#take(this.#udp, port).result();
  }

  tcpResult(port: number): Promise<TcpResult> {
    return this.#take(this.#tcp, port).result();
  }

  #keep<R extends { close(): void }>(receivers: Map<number, R>, port: number, receiver: R, patience: number) {
    receivers.set(port, receiver);
    setTimeout(() => {
      if (receivers.delete(port)) receiver.close();
    }, patience).unref();
    return { port };
  }

  #take<R>(receivers: Map<number, R>, port: number): R {
    const receiver = receivers.get(port);
    if (receiver === undefined) throw new Error(`nothing listens on port ${port}`);
    receivers.delete(port);
    return receiver;
  }
}

/** Sends numbered datagrams at a steady rate. */
export const udpSend = async ({ to, port, size, rate, duration }: UdpSendCommand): Promise<UdpSendResult> => {
  const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', () => undefined);
  socket.connect(port, to);
  await once(socket, 'connect');
  const begin = performance.now();
  let sent = 0;
  let elapsed = 0;
  try {
    while (elapsed < duration && sent < numberLimit) {
      for (const due = Math.floor((elapsed * rate) / 1_000); sent < due; sent += 1) {
        const datagram = Buffer.alloc(size);
        datagram.writeUInt32BE(sent, 0);
        socket.send(datagram);
      }
      await sleep(1);
      elapsed = performance.now() - begin;
    }
    await sleep(1);
  } finally {
    socket.close();
  }
  return { sent, octets: sent * size, duration: elapsed };
};

/** Sends as much as goes through one connection while the time lasts. */
export const tcpSend = async ({ to, port, duration }: TcpSendCommand): Promise<TcpResult> => {
  const block = randomBytes(1 << 16);
  const hash = createHash('sha256');
  const socket = connect({ host: to, port });
  let octets = 0;
  try {
    await once(socket, 'connect');
    socket.setNoDelay(true);
    const begin = performance.now();
    while (performance.now() - begin < duration) {
      hash.update(block);
      octets += block.length;
      if (!socket.write(block)) await once(socket, 'drain');
    }
    const closed = once(socket, 'close');
    socket.end();
    socket.resume();
    await closed;
    return { octets, hash: hash.digest('hex'), duration: performance.now() - begin };
  } finally {
    socket.destroy();
  }
};
