/** A Linux host in a network namespace, on the other side of one of the router's devices. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { mustRun, Program, run } from './program.ts';

export interface PingOptions {
  /** Echo requests. Default 1. */
  readonly count?: number;
  /** Seconds between them. Default 0.02. */
  readonly interval?: number;
  /** Bytes of echo data. Default 56. */
  readonly size?: number;
  readonly hopLimit?: number;
  /** Seconds to wait for the last answer. Default 5. */
  readonly wait?: number;
  /** `do`: never fragmented, and larger than the known path MTU is an error; `dont`: fragmented on the way. */
  readonly pathMtu?: 'do' | 'want' | 'dont' | 'probe';
}

/** What came of pings. */
export interface Pinged {
  /** `50 of 50`. */
  readonly answered: string;
  /** Errors as ping prints them: `From fd00:a::1: Destination unreachable: No route`. */
  readonly errors: readonly string[];
}

export interface IperfOptions {
  /** The server sends and the client receives. Default false. */
  readonly reverse?: boolean;
  /** UDP at this many bits a second. Default: TCP. */
  readonly rate?: string;
}

/** What iperf3 measured at the receiving end. */
export interface Transferred {
  readonly octets: number;
  /** Datagrams, of UDP. */
  readonly packets: number;
  readonly lost: number;
}

interface IperfSummary {
  readonly bytes: number;
  readonly packets?: number;
  readonly lost_packets?: number;
}

const streamPorts = { first: 5_201, last: 5_999 };
let streams = 0;

const nextPort = (): string => {
  streams += 1;
  return `${streamPorts.first + streams}`;
};

/** Streams are kept out of what hosts write down: those tests are about arriving, and are large. */
const noStreams = `not portrange ${streamPorts.first}-${streamPorts.last}`;

/** Takes one connection and prints what its bytes hash to. */
const receiver = `
const hash = require('crypto').createHash('sha256');
require('net')
  .createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (bytes) => hash.update(bytes));
    socket.on('end', () => {
      console.log(hash.digest('hex'));
      socket.end();
      process.exitCode = 0;
      setTimeout(() => process.exit(), 100);
    });
  })
  .listen(+process.argv[1], () => console.log('listening'));
`;

/** Sends so many random bytes and prints what they hash to, once the other end has taken all of them. */
const sender = `
const crypto = require('crypto');
const [address, port, octets] = process.argv.slice(1);
const bytes = crypto.randomBytes(+octets);
const socket = require('net').connect(+port, address, () => socket.end(bytes));
socket.resume();
socket.on('close', () => console.log(crypto.createHash('sha256').update(bytes).digest('hex')));
`;

/** Sends IPv6 packets as they are given, in hexadecimal. */
const rawSender = `
import socket, sys
raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
for packet in sys.argv[2:]: raw.sendto(bytes.fromhex(packet), (sys.argv[1], 0))
`;

/** Packets that came in through a device, in a pcap file that grows. */
class Listening {
  readonly file: string;
  readonly #tcpdump: Program;

  constructor(file: string, tcpdump: Program) {
    this.file = file;
    this.#tcpdump = tcpdump;
  }

  /** How many of the packets so far match a tcpdump expression. */
  async count(expression: string): Promise<number> {
    // The file may end inside a packet, for it is being written: tcpdump says so after the packets before it.
    const { stdout } = await run('tcpdump', '-n', '-t', '-r', this.file, expression);
    return stdout.split('\n').filter((line) => /^IP6? /.test(line)).length;
  }

  async end(): Promise<void> {
    await this.#tcpdump.end('SIGINT');
  }
}

export class Host {
  readonly namespace: string;
  readonly device: string;
  #listening: Listening | undefined;

  constructor(namespace: string, device: string) {
    this.namespace = namespace;
    this.device = device;
  }

  /** The command that runs a command on this host. */
  command(...command: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.namespace, ...command];
  }

  run(...command: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return run(...this.command(...command));
  }

  start(...command: readonly string[]): Program {
    return new Program(this.command(...command));
  }

  async ping(to: string, options: PingOptions = {}): Promise<Pinged> {
    const { count = 1, interval = 0.02, size = 56, wait = 5, hopLimit, pathMtu } = options;
    const { stdout, stderr } = await this.run(
      ...['ping', '-n', '-c', `${count}`, '-i', `${interval}`, '-s', `${size}`, '-W', `${wait}`],
      ...(hopLimit === undefined ? [] : ['-t', `${hopLimit}`]),
      ...(pathMtu === undefined ? [] : ['-M', pathMtu]),
      to,
    );
    const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(stdout) ?? [];
    if (sent === undefined) throw new Error(`ping ${to}: ${stdout}${stderr}`);
    const errors = [...stdout.matchAll(/^From (\S+) icmp_seq=\d+ (.*)$/gm)];
    return { answered: `${received} of ${sent}`, errors: errors.map(([, from, words]) => `From ${from}: ${words}`) };
  }

  /** Who answered, hop by hop, and what mark traceroute put on it: `fd00:a::1`, `10.0.1.1 !P`. */
  async traceroute(to: string, ...options: readonly string[]): Promise<string[]> {
    const family = to.includes(':') ? '-6' : '-4';
    const { stdout } = await this.run('traceroute', family, '-n', '-q', '1', '-w', '5', '-m', '6', ...options, to);
    return [...stdout.matchAll(/^ *\d+ {2}(\S+)(?: {2}[\d.]+ ms)?(.*)$/gm)].map(([, hop, mark]) => `${hop}${mark}`);
  }

  /** Sends to `server` with iperf3, or receives from it. */
  async iperf(server: Host, address: string, options: IperfOptions = {}): Promise<Transferred> {
    const port = ['-p', nextPort()];
    const listening = server.start('iperf3', '-s', '-1', '--forceflush', ...port);
    try {
      await listening.says('Server listening');
      const json = await mustRun(
        ...this.command('iperf3', '-c', address, ...port, '-t', '1', '-J'),
        ...(options.reverse === true ? ['-R'] : []),
        ...(options.rate === undefined ? [] : ['-u', '-b', options.rate, '-l', '1200']),
      );
      const { end } = JSON.parse(json) as { end: { sum_received?: IperfSummary; sum: IperfSummary } };
      const { bytes, packets = 0, lost_packets: lost = 0 } = end.sum_received ?? end.sum;
      return { octets: bytes, packets, lost };
    } finally {
      await listening.end('SIGKILL');
    }
  }

  /** Sends random bytes over TCP: `complete` when the server has taken the same bytes. */
  async transfer(server: Host, address: string, octets: number): Promise<string> {
    const port = nextPort();
    const receiving = server.start(process.execPath, '-e', receiver, port);
    try {
      await receiving.says('listening');
      const sent = await mustRun(...this.command(process.execPath, '-e', sender, address, port, `${octets}`));
      const { stdout } = await receiving.waitFor();
      return stdout === `listening\n${sent}` ? 'complete' : `sent ${sent}, received ${stdout}`;
    } finally {
      await receiving.end('SIGKILL');
    }
  }

  /** The path MTU that the host has learnt for a destination; undefined when it knows none but its device's. */
  async pathMtu(to: string): Promise<number | undefined> {
    const { stdout } = await this.run('ip', to.includes(':') ? '-6' : '-4', 'route', 'get', to);
    const learnt = /expires \d+sec mtu (\d+)/.exec(stdout)?.[1];
    return learnt === undefined ? undefined : Number(learnt);
  }

  async forgetPathMtu(): Promise<void> {
    for (const family of ['-4', '-6']) await mustRun(...this.command('ip', family, 'route', 'flush', 'cache'));
  }

  /** Sends IPv6 packets as they are, wrong or right, by the way to an address. */
  async inject(towards: string, ...packets: readonly Uint8Array[]): Promise<void> {
    const hexadecimal = packets.map((bytes) => Buffer.from(bytes).toString('hex'));
    await mustRun(...this.command('python3', '-c', rawSender, towards, ...hexadecimal));
  }

  async deleteDevice(): Promise<void> {
    await mustRun('ip', '-n', this.namespace, 'link', 'delete', this.device);
  }

  /** How many packets the kernel sent into the device and got out of it: the router's `in` and `out`. */
  async packets(): Promise<{ readonly in: number; readonly out: number }> {
    const json = await mustRun('ip', '-n', this.namespace, '-s', '-j', 'link', 'show', this.device);
    const [link] = JSON.parse(json) as { stats64: { rx: { packets: number }; tx: { packets: number } } }[];
    return { in: link?.stats64.tx.packets ?? 0, out: link?.stats64.rx.packets ?? 0 };
  }

  /** Begins to write every packet that comes in from the router, streams aside, into a pcap file. */
  async listen(file: string): Promise<void> {
    const options = ['-i', this.device, '-Q', 'in', '-n', '-U', '--immediate-mode', '-Z', 'root', '-w', file];
    // A ring for 1,800 packets: by default a place takes the longest packet there is, and eight fill the ring.
    const ring = ['-s', '9216', '-B', '16384'];
    const tcpdump = this.start('tcpdump', ...options, ...ring, noStreams);
    this.#listening = new Listening(file, tcpdump);
    await tcpdump.says('listening on');
  }

  /** Expects that a packet that matches a tcpdump expression has come in since the host listens. */
  async expectHeard(expression: string): Promise<void> {
    const end = performance.now() + 5_000;
    while ((await this.#heard().count(expression)) === 0) {
      if (performance.now() > end) expect.fail(`${this.device} heard no packet with ${expression}`);
      await sleep(50);
    }
  }

  /** How many packets that match a tcpdump expression have come in since the host listens. */
  heard(expression: string): Promise<number> {
    return this.#heard().count(expression);
  }

  /** Ends the listening; what was heard. */
  async stopListening(): Promise<string> {
    const listening = this.#heard();
    await listening.end();
    return listening.file;
  }

  #heard(): Listening {
    if (this.#listening === undefined) throw new Error('the host does not listen');
    return this.#listening;
  }
}
