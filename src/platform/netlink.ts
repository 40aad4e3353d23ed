import type { Closeable } from '../packet/device.ts';
import {
  addressBits,
  formatAddress,
  formatPrefix,
  type InterfacePrefix,
  type IpAddress,
  type IpPrefix,
  writeAddress,
} from '../wire/address.ts';
import { Errno, errnoText, PlatformError } from './error.ts';
import { libc } from './libc.ts';
import {
  type Acknowledgement,
  attribute,
  decodeAcknowledgement,
  decodeAttributes,
  decodeMessages,
  encodeRequest,
  type NetlinkMessage,
  type NetlinkRequest,
  NLM_F_CREATE,
  NLM_F_EXCL,
  uint32,
  zeroTerminated,
} from './netlink-message.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
/** Acknowledgements without the request in them. */
const NETLINK_CAP_ACK = 10;
/** Acknowledgements with words in them. */
const NETLINK_EXT_ACK = 11;
/** Does not wait for an answer: Linux has answered before `send` returns. */
const MSG_DONTWAIT = 0x40;

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;

const IFF_UP = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_NET_NS_FD = 28;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_F_NODAD = 2;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;
const RTN_LOCAL = 2;

/** Largest datagram taken: one link's description, or an acknowledgement. */
const receiveLength = 32_768;

/** A network interface as Linux has it. */
export interface KernelInterface {
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  readonly up: boolean;
}

/** What to change about an interface. */
export interface InterfaceChange {
  readonly up?: boolean;
  readonly mtu?: number;
  /** Descriptor of the network namespace to move it to. It arrives down, without addresses. */
  readonly namespace?: number;
}

export interface AddAddressOptions {
  /** Is the address tentative until no one has objected (RFC 4862 §5.4)? Default false: usable at once. */
  readonly duplicateAddressDetection?: boolean;
}

/** A route of the main table: through a gateway, a device, or a gateway on a device. */
export interface KernelRoute {
  readonly to: IpPrefix;
  readonly via?: IpAddress;
  readonly device?: string;
}

const familyOf = ({ family }: IpAddress): number => (family === 4 ? AF_INET : AF_INET6);

const addressBytes = (address: IpAddress): Uint8Array => {
  const bytes = new Uint8Array(addressBits(address) / 8);
  writeAddress(new DataView(bytes.buffer), 0, address);
  return bytes;
};

/** struct ifinfomsg: family, padding, type, index, flags, which flags to change. */
const linkHeader = (index: number, flags = 0, change = 0): Uint8Array => {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, change, true);
  return bytes;
};

/** The request that finds an interface by name. */
export const getLinkRequest = (name: string): NetlinkRequest => ({
  type: RTM_GETLINK,
  header: linkHeader(0),
  attributes: [attribute(IFLA_IFNAME, zeroTerminated(name))],
});

export const setLinkRequest = (index: number, { up, mtu, namespace }: InterfaceChange): NetlinkRequest => {
  const attributes: Uint8Array[] = [];
  if (mtu !== undefined) attributes.push(attribute(IFLA_MTU, uint32(mtu)));
  if (namespace !== undefined) attributes.push(attribute(IFLA_NET_NS_FD, uint32(namespace)));
  return {
    type: RTM_NEWLINK,
    header: linkHeader(index, up === true ? IFF_UP : 0, up === undefined ? 0 : IFF_UP),
    attributes,
  };
};

export const deleteLinkRequest = (index: number): NetlinkRequest => ({ type: RTM_DELLINK, header: linkHeader(index) });

export const addAddressRequest = (
  index: number,
  { address, prefix }: InterfacePrefix,
  { duplicateAddressDetection = false }: AddAddressOptions = {},
): NetlinkRequest => {
  // struct ifaddrmsg: family, prefix length, flags, scope, index.
  const header = new Uint8Array(8);
  const flags = address.family === 6 && !duplicateAddressDetection ? IFA_F_NODAD : 0;
  header.set([familyOf(address), prefix.length, flags, RT_SCOPE_UNIVERSE]);
  header.set(uint32(index), 4);
  const bytes = addressBytes(address);
  return {
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    header,
    attributes: [attribute(IFA_LOCAL, bytes), attribute(IFA_ADDRESS, bytes)],
  };
};

export const addRouteRequest = (to: IpPrefix, via?: IpAddress, index?: number): NetlinkRequest => {
  // struct rtmsg: family, destination length, source length, type of service, table, protocol, scope, type, flags.
  const header = new Uint8Array(12);
  const scope = to.address.family === 4 && via === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  header.set([familyOf(to.address), to.length, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, scope, RTN_UNICAST]);
  const attributes: Uint8Array[] = [];
  if (to.length > 0) attributes.push(attribute(RTA_DST, addressBytes(to.address)));
  if (via !== undefined) attributes.push(attribute(RTA_GATEWAY, addressBytes(via)));
  if (index !== undefined) attributes.push(attribute(RTA_OIF, uint32(index)));
  return { type: RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL, header, attributes };
};

/** The request for the route that a packet to this address would take. */
export const getRouteRequest = (to: IpAddress): NetlinkRequest => {
  const header = new Uint8Array(12);
  header.set([familyOf(to), addressBits(to)]);
  return { type: RTM_GETROUTE, header, attributes: [attribute(RTA_DST, addressBytes(to))] };
};

/** Does an `RTM_NEWROUTE` message describe a route to this host itself? */
export const isLocalRoute = ({ type, body }: NetlinkMessage): boolean => type === RTM_NEWROUTE && body[7] === RTN_LOCAL;

/** The interface that an `RTM_NEWLINK` message describes. */
export const decodeLink = ({ type, body }: NetlinkMessage): KernelInterface | undefined => {
  if (type !== RTM_NEWLINK || body.length < 16) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const attributes = decodeAttributes(body, 16);
  const name = attributes.get(IFLA_IFNAME);
  const mtu = attributes.get(IFLA_MTU);
  if (name === undefined || mtu === undefined || mtu.length < 4) return undefined;
  return {
    index: view.getInt32(4, true),
    name: new TextDecoder().decode(name).replace(/\0.*$/s, ''),
    mtu: new DataView(mtu.buffer, mtu.byteOffset, 4).getUint32(0, true),
    up: (view.getUint32(8, true) & IFF_UP) !== 0,
  };
};

/** Why Linux refused, and what to do about it where that is known. */
const because = ({ errno, explanation }: Acknowledgement): string => {
  const words = explanation === '' ? errnoText(errno) : `${errnoText(errno)} (${explanation})`;
  switch (errno) {
    case Errno.EPERM:
      return `${words}; run as root, or with the capability CAP_NET_ADMIN`;
    case Errno.EACCES:
      return `${words}; IPv6 may be disabled there, see sysctl net.ipv6.conf`;
    default:
      return words;
  }
};

/**
 * A conversation with Linux about its interfaces, addresses and routes (rtnetlink), so that no `ip` program is needed.
 * Synchronous: when a verb returns, it has happened. It speaks about the network namespace in which it was made.
 *
 * Each verb throws a `PlatformError` that says what was attempted.
 *
 * @example
 * const kernel = new RouteSocket();
 * kernel.set('uma', { mtu: 1400, up: true });
 * kernel.addAddress('uma', parseInterfaceAddress('fd00:a::2/64')!);
 * kernel.addRoute({ to: parsePrefix('::/0')!, device: 'uma' });
 * kernel.close();
 */
export class RouteSocket implements Closeable {
  #descriptor: number;
  #sequence = 0;
  readonly #received = new Uint8Array(receiveLength);

  constructor() {
    const { socket, setsockopt, errno } = libc();
    this.#descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (this.#descriptor < 0) {
      const reason = errno();
      throw new PlatformError(`Linux can't be asked about its interfaces (AF_NETLINK): ${errnoText(reason)}`, reason);
    }
    // Both only make messages better, and are missing before Linux 4.12: failure is no matter.
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK]) {
      setsockopt(this.#descriptor, SOL_NETLINK, option, uint32(1), 4);
    }
  }

  /** The interface of that name. */
  get(name: string): KernelInterface {
    const answer = this.#request(getLinkRequest(name), `the interface ${name} can't be looked up`);
    for (const message of answer) {
      const link = decodeLink(message);
      if (link !== undefined) return link;
    }
    throw new PlatformError(`the interface ${name} can't be looked up: Linux gave no description of it`);
  }

  /** Is there an interface of that name? */
  has(name: string): boolean {
    try {
      return this.get(name).index > 0;
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'ENODEV') return false;
      throw error;
    }
  }

  set(name: string, change: InterfaceChange): void {
    const { index } = this.get(name);
    const verb = change.namespace === undefined ? 'set up' : 'moved to the network namespace';
    this.#request(setLinkRequest(index, change), `the interface ${name} can't be ${verb}`);
  }

  delete(name: string): void {
    this.#request(deleteLinkRequest(this.get(name).index), `the interface ${name} can't be deleted`);
  }

  addAddress(name: string, address: InterfacePrefix, options: AddAddressOptions = {}): void {
    const text = `${formatAddress(address.address)}/${address.prefix.length}`;
    const { index } = this.get(name);
    this.#request(addAddressRequest(index, address, options), `the address ${text} can't be added to ${name}`);
  }

  /** Does Linux take packets to this address for its own? False where it has no route to it at all. */
  isLocal(address: IpAddress): boolean {
    try {
      return this.#request(getRouteRequest(address), `${formatAddress(address)} can't be looked up`).some(isLocalRoute);
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'ENETUNREACH') return false;
      throw error;
    }
  }

  addRoute({ to, via, device }: KernelRoute): void {
    const index = device === undefined ? undefined : this.get(device).index;
    const where = `${via === undefined ? '' : ` via ${formatAddress(via)}`}${device === undefined ? '' : ` dev ${device}`}`;
    this.#request(addRouteRequest(to, via, index), `the route ${formatPrefix(to)}${where} can't be added`);
  }

  close(): void {
    if (this.#descriptor < 0) return;
    libc().close(this.#descriptor);
    this.#descriptor = -1;
  }

  /** The messages that came before the acknowledgement. */
  #request(request: NetlinkRequest, failure: string): NetlinkMessage[] {
    const { send, errno } = libc();
    this.#sequence += 1;
    const bytes = encodeRequest(request, this.#sequence);
    if (send(this.#descriptor, bytes, bytes.length, 0) < 0) throw this.#failed(failure, errno());
    const answer: NetlinkMessage[] = [];
    for (;;) {
      for (const message of this.#receive(failure)) {
        if (message.sequence !== this.#sequence) continue;
        const acknowledgement = decodeAcknowledgement(message);
        if (acknowledgement === undefined) answer.push(message);
        else if (acknowledgement.errno === 0) return answer;
        else throw new PlatformError(`${failure}: ${because(acknowledgement)}`, acknowledgement.errno);
      }
    }
  }

  /** A datagram's messages, copied: the next one is received into the same bytes. */
  #receive(failure: string): NetlinkMessage[] {
    const { recv, errno } = libc();
    const length = recv(this.#descriptor, this.#received, receiveLength, MSG_DONTWAIT);
    if (length < 0) throw this.#failed(failure, errno());
    return decodeMessages(this.#received.slice(0, length));
  }

  #failed(failure: string, errno: number): PlatformError {
    return new PlatformError(`${failure}: ${because({ errno, explanation: '' })}`, errno);
  }
}
