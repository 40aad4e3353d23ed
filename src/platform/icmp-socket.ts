/**
 * Raw ICMP sockets: echo requests out, echo replies and error messages in. What `ping` and `traceroute` stand on.
 *
 * @module
 */
import { createRequire } from 'node:module';
import type * as koffi from 'koffi';
import type { Closeable } from '../packet/device.ts';
import { formatAddress, type IpAddress, readAddress4, readAddress6, writeAddress } from '../wire/address.ts';
import * as icmp4 from '../wire/icmp4.ts';
import * as icmp6 from '../wire/icmp6.ts';
import * as ipv4 from '../wire/ipv4.ts';
import { Protocol } from '../wire/protocols.ts';
import { Errno, errnoText, PlatformError } from './error.ts';
import { type Libc, libc } from './libc.ts';
import { onReadable } from './poll.ts';

/** The calls that only a socket for datagrams needs. */
interface MessageCalls {
  readonly sendTo: (
    descriptor: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    to: Uint8Array,
    toLength: number,
  ) => number;
  readonly receiveMessage: (descriptor: number, message: Uint8Array, flags: number) => number;
}

const loadCalls = (): Libc & MessageCalls => {
  const shared = libc(); // throws where there is no C library to call
  const library = (createRequire(import.meta.url)('koffi') as typeof koffi).load(null);
  return {
    ...shared,
    sendTo: library.func('long sendto(int fd, void *data, size_t length, int flags, void *to, uint toLength)'),
    receiveMessage: library.func('long recvmsg(int fd, void *message, int flags)'),
  };
};

let loaded: (Libc & MessageCalls) | undefined;
const calls = (): Libc & MessageCalls => {
  loaded ??= loadCalls();
  return loaded;
};

// Linux, the same on every architecture that Node runs on.
const familyOf = { 4: 2, 6: 10 } as const;
const rawNonBlocking = 3 | 0x800 | 0x80000; // SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC
const levelOf = { 4: 0, 6: 41 } as const;
const hopLimitOption = { 4: 2, 6: 16 } as const; // IP_TTL, IPV6_UNICAST_HOPS
const pathMtuOption = { 4: 10, 6: 23 } as const; // IP_MTU_DISCOVER, IPV6_MTU_DISCOVER
const pathMtuProbe = 3; // never fragment, whatever the kernel has learnt about the path
const dontFragment6 = 62;
const receiveHopLimit6 = 51;
const hopLimitMessage6 = 52;

const socketError = (family: 4 | 6, errno: number): PlatformError => {
  const denied = errno === Errno.EPERM || errno === Errno.EACCES;
  const remedy = denied ? 'run as root, or with the capability CAP_NET_RAW' : 'is the address family switched off?';
  return new PlatformError(`no raw ICMPv${family} socket (${errnoText(errno)}): ${remedy}`, errno);
};

/** Where things lie in the memory that `recvmsg` fills: its header, then what the header points to. */
const layout = { vector: 64, name: 96, control: 128, controlLength: 256, data: 512, dataLength: 65_536 } as const;

/** One received message, valid until the next {@link IcmpSocket.receive}. */
export interface IcmpMessage {
  readonly from: IpAddress;
  /** Hop limit (IPv4: time to live) that it arrived with. */
  readonly hopLimit: number;
  /** The message lies at `[at, end)`: type, code, checksum, body. */
  readonly view: DataView;
  readonly at: number;
  readonly end: number;
}

export interface IcmpSocketOptions {
  /** Hop limit (IPv4: time to live) of what is sent. Default: the kernel's, 64. */
  readonly hopLimit?: number;
  /** Send packets whole, even those that the path is known not to carry. Default false. */
  readonly dontFragment?: boolean;
}

/**
 * A raw ICMP socket of one family, non-blocking. Needs root or CAP_NET_RAW.
 *
 * @example
 * const socket = new IcmpSocket(6);
 * socket.onMessage(({ from, view, at }) => console.log(formatAddress(from), icmp6.type(view, at)));
 * socket.send(parseAddress('::1')!, echoRequest);
 * socket.close();
 */
export class IcmpSocket {
  readonly family: 4 | 6;
  readonly #fd: number;
  readonly #memory = Buffer.alloc(layout.data + layout.dataLength);
  readonly #view = new DataView(this.#memory.buffer, this.#memory.byteOffset, this.#memory.length);
  readonly #destination = new DataView(new ArrayBuffer(28));
  readonly #calls = calls();
  #watch: Closeable | undefined;
  #open = true;

  /** @throws PlatformError when the kernel refuses */
  constructor(family: 4 | 6, options: IcmpSocketOptions = {}) {
    this.family = family;
    const { socket, errno } = this.#calls;
    this.#fd = socket(familyOf[family], rawNonBlocking, family === 6 ? Protocol.icmpv6 : Protocol.icmp);
    if (this.#fd < 0) throw socketError(family, errno());
    try {
      this.#configure(options);
    } catch (error) {
      this.close();
      throw error;
    }
    this.#pointAtMemory();
  }

  #configure({ hopLimit, dontFragment = false }: IcmpSocketOptions): void {
    const level = levelOf[this.family];
    this.#blockOtherTypes();
    if (this.family === 6) this.#set(level, receiveHopLimit6, 1);
    if (hopLimit !== undefined) this.#set(level, hopLimitOption[this.family], hopLimit);
    if (!dontFragment) return;
    this.#set(level, pathMtuOption[this.family], pathMtuProbe);
    if (this.family === 6) this.#set(level, dontFragment6, 1);
  }

  /** Lets echo replies and errors in, and nothing else: RFC 3542 §3.2, and the like for IPv4. */
  #blockOtherTypes(): void {
    if (this.family === 6) {
      const { destinationUnreachable, packetTooBig, timeExceeded, parameterProblem, echoReply } = icmp6.Type;
      const blocked = new Uint32Array(8).fill(0xffffffff);
      for (const type of [destinationUnreachable, packetTooBig, timeExceeded, parameterProblem, echoReply]) {
        blocked[type >> 5] = (blocked[type >> 5] ?? 0) & ~(1 << (type & 31));
      }
      this.#set(Protocol.icmpv6, 1, blocked);
    } else {
      const { echoReply, destinationUnreachable, timeExceeded, parameterProblem } = icmp4.Type;
      let blocked = -1;
      for (const type of [echoReply, destinationUnreachable, timeExceeded, parameterProblem]) blocked &= ~(1 << type);
      this.#set(255, 1, blocked);
    }
  }

  #set(level: number, name: number, value: number | Uint32Array): void {
    const words = typeof value === 'number' ? Int32Array.of(value) : value;
    const bytes = new Uint8Array(words.buffer);
    if (this.#calls.setsockopt(this.#fd, level, name, bytes, bytes.length) < 0) {
      const errno = this.#calls.errno();
      throw new PlatformError(`option ${name} of the ICMPv${this.family} socket: ${errnoText(errno)}`, errno);
    }
  }

  /** Writes the addresses that `recvmsg` needs: struct msghdr at 0, struct iovec behind it. */
  #pointAtMemory(): void {
    const base = BigInt(this.#calls.addressOf(this.#memory));
    this.#view.setBigUint64(0, base + BigInt(layout.name), true);
    this.#view.setBigUint64(16, base + BigInt(layout.vector), true);
    this.#view.setBigUint64(24, 1n, true);
    this.#view.setBigUint64(32, base + BigInt(layout.control), true);
    this.#view.setBigUint64(layout.vector, base + BigInt(layout.data), true);
    this.#view.setBigUint64(layout.vector + 8, BigInt(layout.dataLength), true);
  }

  /**
   * Sends a message, which begins with its type; its checksum is filled in.
   *
   * @returns undefined, or a sentence that says why it could not be sent
   */
  send(to: IpAddress, message: Uint8Array): string | undefined {
    if (to.family !== this.family) return `${formatAddress(to)} is no IPv${this.family} address`;
    // The kernel computes the checksum of ICMPv6 (RFC 3542 §3.1), not that of ICMPv4.
    if (to.family === 4) {
      icmp4.writeChecksum(new DataView(message.buffer, message.byteOffset, message.length), 0, message.length);
    }
    const address = this.#destination;
    address.setUint16(0, familyOf[to.family], true);
    writeAddress(address, to.family === 6 ? 8 : 4, to);
    const length = to.family === 6 ? 28 : 16;
    const sent = this.#calls.sendTo(this.#fd, message, message.length, 0, new Uint8Array(address.buffer), length);
    return sent < 0 ? errnoText(this.#calls.errno()) : undefined;
  }

  /** The next message that has arrived; undefined when there is none. What isn't whole is skipped. */
  receive(): IcmpMessage | undefined {
    while (this.#open) {
      this.#view.setUint32(8, 28, true);
      this.#view.setBigUint64(40, BigInt(layout.controlLength), true);
      const length = this.#calls.receiveMessage(this.#fd, this.#memory, 0);
      if (length < 0) return undefined;
      const message = this.family === 6 ? this.#read6(length) : this.#read4(length);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  #read6(length: number): IcmpMessage | undefined {
    const view = this.#view;
    const at = layout.data;
    if (icmp6.check(view, at, at + length) !== 'ok') return undefined;
    return { from: readAddress6(view, layout.name + 8), hopLimit: this.#hopLimit6(), view, at, end: at + length };
  }

  /** The kernel hands out IPv4 packets with their header. */
  #read4(length: number): IcmpMessage | undefined {
    const view = this.#view;
    const end = layout.data + length;
    if (ipv4.check(view, layout.data, end) !== 'ok') return undefined;
    const at = layout.data + ipv4.headerLength(view, layout.data);
    if (icmp4.check(view, at, end) !== 'ok') return undefined;
    return { from: readAddress4(view, layout.name + 4), hopLimit: ipv4.timeToLive(view, layout.data), view, at, end };
  }

  /** Looks through the ancillary data (struct cmsghdr: length, level, type, value); 0 if the kernel did not say. */
  #hopLimit6(): number {
    const view = this.#view;
    const end = layout.control + Number(view.getBigUint64(40, true));
    let at: number = layout.control;
    while (at + 20 <= end) {
      const length = Number(view.getBigUint64(at, true));
      if (length < 16) return 0;
      if (view.getInt32(at + 8, true) === 41 && view.getInt32(at + 12, true) === hopLimitMessage6) {
        return view.getInt32(at + 16, true);
      }
      at += (length + 7) & ~7;
    }
    return 0;
  }

  /** Calls `listener` with each message as it arrives, until {@link close}. */
  onMessage(listener: (message: IcmpMessage) => void): void {
    this.#watch?.close();
    this.#watch = onReadable(this.#fd, () => {
      for (let message = this.receive(); message !== undefined; message = this.receive()) listener(message);
    });
  }

  /** Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#watch?.close();
    this.#calls.close(this.#fd);
  }
}
