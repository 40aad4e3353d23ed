/**
 * Packet sockets as Linux sees them (packet(7)): opened, bound, and told what to hear.
 *
 * @module
 */
import type { LinkLayerAddress } from '../wire/ethernet.ts';
import { Errno, errnoText, PlatformError } from './error.ts';
import { libc } from './libc.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const ETH_P_ALL = 3;
const ARPHRD_ETHER = 1;
const IFF_UP = 1;

const SIOCGIFFLAGS = 0x8913;
const SIOCGIFMTU = 0x8921;
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;
/** struct ifreq: the name at 0, the answer at 16. */
const ifreqLength = 40;
const answerAt = 16;

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_ATTACH_FILTER = 26;
/** Beyond what a user is allowed; needs CAP_NET_ADMIN. */
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_AUXDATA = 8;
const PACKET_VNET_HDR = 15;
/** Since Linux 4.20. */
const PACKET_IGNORE_OUTGOING = 23;
const PACKET_MR_PROMISC = 1;
const PACKET_MR_ALLMULTI = 2;

/** Bytes that wait to be read: some eighty super-frames of 64 KiB, which by default would be two. */
const receiveBuffer = 8 << 20;
/** Bytes that wait in the interface's queue: 4 ms of a gigabit a second, four times as long as a full socket waits. */
const sendBuffer = 1 << 20;

/** Where an interface is, for a sentence. */
const place = (netns: string | undefined): string => (netns === undefined ? '' : ` in the network namespace ${netns}`);

const int32 = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer);

/** An interface as a packet socket finds it. */
export interface PacketLink {
  readonly index: number;
  readonly mtu: number;
  /** The one that the kernel uses. */
  readonly linkLayerAddress: LinkLayerAddress;
}

/** A packet socket in this thread's network namespace, which hears nothing yet. */
export const openSocket = (name: string): number => {
  const { socket, errno } = libc();
  const descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor >= 0) return descriptor;
  const reason = errno();
  const denied = reason === Errno.EPERM || reason === Errno.EACCES;
  throw new PlatformError(
    denied
      ? `the interface ${name} can't be opened without the capability CAP_NET_RAW: run as root (sudo), or run the container with --cap-add NET_RAW`
      : `the interface ${name} can't be opened, for there is no packet socket (AF_PACKET): ${errnoText(reason)}`,
    reason,
  );
};

/**
 * Looks at the interface of that name in the socket's network namespace.
 *
 * @param netns what that is called
 * @throws PlatformError when there is none, when it is no Ethernet, when it is down
 */
export const findLink = (descriptor: number, name: string, netns: string | undefined): PacketLink => {
  const ask = (request: number): DataView => {
    const { ioctl, errno } = libc();
    const bytes = Buffer.alloc(ifreqLength);
    bytes.write(name, 0, 'latin1');
    if (ioctl(descriptor, request, bytes) === 0) return new DataView(bytes.buffer, bytes.byteOffset + answerAt);
    const reason = errno();
    throw new PlatformError(
      reason === Errno.ENODEV
        ? `there is no interface ${name}${place(netns)}: make it first, or choose another`
        : `the interface ${name}${place(netns)} can't be looked at: ${errnoText(reason)}`,
      reason,
    );
  };
  const index = ask(SIOCGIFINDEX).getInt32(0, true);
  const hardware = ask(SIOCGIFHWADDR);
  if (hardware.getUint16(0, true) !== ARPHRD_ETHER) {
    throw new PlatformError(`the interface ${name}${place(netns)} is no Ethernet: choose one that carries frames`);
  }
  if ((ask(SIOCGIFFLAGS).getUint16(0, true) & IFF_UP) === 0) {
    const where = netns === undefined ? '' : `-n ${netns} `;
    throw new PlatformError(
      `the interface ${name}${place(netns)} is down: bring it up first (ip ${where}link set ${name} up)`,
      Errno.ENETDOWN,
    );
  }
  const linkLayerAddress = { high: hardware.getUint16(2), low: hardware.getInt32(4) };
  return { index, mtu: ask(SIOCGIFMTU).getInt32(0, true), linkLayerAddress };
};

const setOption = (
  descriptor: number,
  level: number,
  option: number,
  value: Uint8Array,
  length = value.length,
): void => {
  const { setsockopt, errno } = libc();
  if (setsockopt(descriptor, level, option, value, length) === 0) return;
  const reason = errno();
  const advice = reason === Errno.ENOPROTOOPT ? '; Linux 4.20 or newer has it' : '';
  throw new PlatformError(`option ${option} of a packet socket can't be set: ${errnoText(reason)}${advice}`, reason);
};

/** A larger buffer, or as large a one as we may have. */
const enlarge = (descriptor: number, forced: number, allowed: number, length: number): void => {
  const { setsockopt } = libc();
  const value = int32(length);
  if (setsockopt(descriptor, SOL_SOCKET, forced, value, 4) < 0) setsockopt(descriptor, SOL_SOCKET, allowed, value, 4);
};

/** Headers of virtio before frames, tags beside them, none of our own. */
export const prepareSocket = (descriptor: number): void => {
  for (const option of [PACKET_IGNORE_OUTGOING, PACKET_VNET_HDR, PACKET_AUXDATA]) {
    setOption(descriptor, SOL_PACKET, option, int32(1));
  }
  enlarge(descriptor, SO_RCVBUFFORCE, SO_RCVBUF, receiveBuffer);
  enlarge(descriptor, SO_SNDBUFFORCE, SO_SNDBUF, sendBuffer);
};

/** Frames of all types come in from now on. */
export const bindSocket = (descriptor: number, { index }: PacketLink): void => {
  // struct sockaddr_ll: family, protocol (big-endian), index; the rest is what Linux says to others.
  const address = new DataView(new ArrayBuffer(20));
  address.setUint16(0, AF_PACKET, true);
  address.setUint16(2, ETH_P_ALL);
  address.setInt32(4, index, true);
  const { bind, errno } = libc();
  if (bind(descriptor, new Uint8Array(address.buffer), 20) === 0) return;
  const reason = errno();
  throw new PlatformError(`a packet socket can't be bound to the interface: ${errnoText(reason)}`, reason);
};

/** Is the interface still there? Linux takes its index from the sockets of one that was deleted, or moved away. */
export const isBound = (descriptor: number): boolean => {
  const address = new Uint8Array(20);
  const { getsockname } = libc();
  if (getsockname(descriptor, address, int32(20)) < 0) return false;
  return new DataView(address.buffer).getInt32(4, true) > 0;
};

/** Asks the network card for more than what is for the kernel: every frame, or only those for groups. */
export const join = (descriptor: number, { index }: PacketLink, everything: boolean): void => {
  // struct packet_mreq: index, type, an address that these types have none of.
  const request = new DataView(new ArrayBuffer(16));
  request.setInt32(0, index, true);
  request.setUint16(4, everything ? PACKET_MR_PROMISC : PACKET_MR_ALLMULTI, true);
  setOption(descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, new Uint8Array(request.buffer));
};

/** Instructions of the classic Berkeley packet filter. */
const loadByte = 0x30;
const loadHalf = 0x28;
const loadWord = 0x20;
const jumpIfSet = 0x45;
const jumpIfEqual = 0x15;
const answer = 0x06;
const allOfIt = 0x4_0000;

/** Is a frame for a node with this address, or for a group? Jumps count the instructions that they pass over. */
const filterFor = ({ high, low }: LinkLayerAddress): readonly (readonly [number, number, number, number])[] => [
  [loadByte, 0, 0, 0],
  [jumpIfSet, 4, 0, 1], // the I/G bit
  [loadWord, 0, 0, 2],
  [jumpIfEqual, 0, 3, low],
  [loadHalf, 0, 0, 0],
  [jumpIfEqual, 0, 1, high],
  [answer, 0, 0, allOfIt],
  [answer, 0, 0, 0],
];

/** Lets frames for this address and for groups in, in place of those that were let in before. Others cost no copy. */
export const attachFilter = (descriptor: number, linkLayerAddress: LinkLayerAddress): void => {
  const program = filterFor(linkLayerAddress);
  // struct sock_fprog, how many instructions and where; behind it, in memory that does not move, the instructions.
  const header = 16;
  const bytes = new Uint8Array(128);
  const request = new DataView(bytes.buffer);
  const address = libc().addressOf(bytes) + header;
  request.setUint16(0, program.length, true);
  request.setUint32(8, address, true);
  request.setUint32(12, Math.floor(address / 0x1_0000_0000), true);
  for (const [i, [code, yes, no, operand]] of program.entries()) {
    const at = header + 8 * i;
    request.setUint16(at, code, true);
    request.setUint8(at + 2, yes);
    request.setUint8(at + 3, no);
    request.setUint32(at + 4, operand, true);
  }
  setOption(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, bytes, header);
};
