/**
 * IP addresses as values: four big-endian int32 words. For people and tables; packets on their way are asked in
 * place, without a value, by `address-bytes.ts`.
 *
 * @module
 */

/**
 * An IPv6 address in four int32 words, most significant first; an IPv4 address lies in `w0`, the others are 0.
 * Words are signed (`| 0`), so that V8 stores them without a box and `===` compares them.
 */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
}

/** Scopes, numbered as in multicast addresses (RFC 4291 §2.7, RFC 7346); unicast ones map onto them (RFC 6724 §3.1). */
export const Scope = {
  /** The unspecified address has no scope (RFC 4007 §4). */
  none: 0,
  interfaceLocal: 1,
  linkLocal: 2,
  realmLocal: 3,
  adminLocal: 4,
  siteLocal: 5,
  organizationLocal: 8,
  global: 14,
} as const;

/** The IPv6 address with these four words. */
export const address6 = (w0: number, w1: number, w2: number, w3: number): IpAddress => ({
  family: 6,
  w0: w0 | 0,
  w1: w1 | 0,
  w2: w2 | 0,
  w3: w3 | 0,
});

/** The IPv4 address with this word. */
export const address4 = (word: number): IpAddress => ({ family: 4, w0: word | 0, w1: 0, w2: 0, w3: 0 });

/** `::` (RFC 4291 §2.5.2). */
export const unspecified6 = address6(0, 0, 0, 0);
/** `::1` (RFC 4291 §2.5.3). */
export const loopback6 = address6(0, 0, 0, 1);
/** `ff01::1`, all nodes of the interface (RFC 4291 §2.7.1). */
export const allNodesInterfaceLocal = address6(0xff010000, 0, 0, 1);
/** `ff01::2`, all routers of the interface: this node, if it is one. */
export const allRoutersInterfaceLocal = address6(0xff010000, 0, 0, 2);
/** `ff02::1`, all nodes of the link. */
export const allNodes = address6(0xff020000, 0, 0, 1);
/** `ff02::2`, all routers of the link. */
export const allRouters = address6(0xff020000, 0, 0, 2);
/** `ff05::2`, all routers of the site. */
export const allRoutersSiteLocal = address6(0xff050000, 0, 0, 2);
/** `ff02::16`, all routers that take MLDv2 reports (RFC 9777 §5.2.14). */
export const allMulticastListenerRouters = address6(0xff020000, 0, 0, 0x16);
/** `0.0.0.0` (RFC 1122 §3.2.1.3). */
export const unspecified4 = address4(0);
/** `127.0.0.1`. */
export const loopback4 = address4(0x7f000001);
/** `255.255.255.255` (RFC 919 §7). */
export const broadcast4 = address4(-1);
/** `224.0.0.1`, all systems of the subnet (RFC 1112 §4). */
export const allSystems4 = address4(0xe0000001);
/** `224.0.0.2`, all routers of the subnet. */
export const allRouters4 = address4(0xe0000002);

export const equalAddress = (a: IpAddress, b: IpAddress): boolean =>
  a.w3 === b.w3 && a.w2 === b.w2 && a.w1 === b.w1 && a.w0 === b.w0 && a.family === b.family;

/** `::` or `0.0.0.0`. */
export const isUnspecified = ({ w0, w1, w2, w3 }: IpAddress): boolean => (w0 | w1 | w2 | w3) === 0;

/** `::1` or 127.0.0.0/8. */
export const isLoopback = (address: IpAddress): boolean =>
  address.family === 4 ? address.w0 >>> 24 === 127 : equalAddress(address, loopback6);

/** ff00::/8 or 224.0.0.0/4. */
export const isMulticast = ({ family, w0 }: IpAddress): boolean =>
  family === 4 ? w0 >>> 28 === 0xe : w0 >>> 24 === 0xff;

/** fe80::/10 (RFC 4291 §2.5.6) or 169.254.0.0/16 (RFC 3927). Unicast: see {@link scopeOf} for multicast. */
export const isLinkLocal = ({ family, w0 }: IpAddress): boolean =>
  family === 4 ? w0 >>> 16 === 0xa9fe : w0 >>> 22 === 0x3fa;

/** fc00::/7 (RFC 4193 §3.1). */
export const isUniqueLocal = ({ family, w0 }: IpAddress): boolean => family === 6 && w0 >>> 25 === 0x7e;

/** 10/8, 172.16/12, 192.168/16 (RFC 1918). */
export const isPrivate = ({ family, w0 }: IpAddress): boolean =>
  family === 4 && (w0 >>> 24 === 10 || w0 >>> 20 === 0xac1 || w0 >>> 16 === 0xc0a8);

/** ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
export const isV4Mapped = ({ family, w0, w1, w2 }: IpAddress): boolean =>
  family === 6 && (w0 | w1) === 0 && w2 === 0xffff;

/** ff02::1:ff00:0/104 (RFC 4291 §2.7.1). */
export const isSolicitedNode = ({ family, w0, w1, w2, w3 }: IpAddress): boolean =>
  family === 6 && w0 >>> 0 === 0xff020000 && w1 === 0 && w2 === 1 && w3 >>> 24 === 0xff;

/** The group in which neighbors solicit an IPv6 unicast or anycast address (RFC 4291 §2.7.1). */
export const solicitedNode = ({ w3 }: IpAddress): IpAddress => address6(0xff020000, 0, 1, 0xff000000 | (w3 & 0xffffff));

/** The scope bits of an IPv6 multicast address (RFC 4291 §2.7); of any other address they say nothing. */
export const multicastScope = ({ w0 }: IpAddress): number => (w0 >>> 16) & 0xf;

/**
 * How far an address reaches, as one of {@link Scope} or a multicast scope without a name. A smaller number is a
 * smaller scope (RFC 4007 §4-5). Loopback counts as link-local, unique local as global. IPv4 addresses, mapped ones
 * too, are global but for 127/8, 169.254/16 (RFC 6724 §3.2) and administratively scoped groups (RFC 2365 §8).
 */
export const scopeOf = (address: IpAddress): number => {
  const { family, w0 } = address;
  if (isUnspecified(address)) return Scope.none;
  if (family === 4) return scopeOf4(w0);
  if (isMulticast(address)) return multicastScope(address);
  if (isLinkLocal(address) || isLoopback(address)) return Scope.linkLocal;
  if (w0 >>> 22 === 0x3fb) return Scope.siteLocal; // fec0::/10, deprecated by RFC 3879
  return isV4Mapped(address) ? scopeOf4(address.w3) : Scope.global;
};

const scopeOf4 = (word: number): number => {
  if (word >>> 24 === 127 || word >>> 16 === 0xa9fe) return Scope.linkLocal;
  if (word >>> 8 === 0xe00000) return Scope.linkLocal; // 224.0.0.0/24
  if (word >>> 16 === 0xefff) return Scope.realmLocal; // 239.255.0.0/16
  if (word >>> 18 === 0xefc0 >>> 2) return Scope.organizationLocal; // 239.192.0.0/14
  return Scope.global;
};

/** The 16 bytes at `at` as a value. */
export const readAddress6 = (view: DataView, at: number): IpAddress => ({
  family: 6,
  w0: view.getInt32(at),
  w1: view.getInt32(at + 4),
  w2: view.getInt32(at + 8),
  w3: view.getInt32(at + 12),
});

/** The 4 bytes at `at` as a value. */
export const readAddress4 = (view: DataView, at: number): IpAddress => address4(view.getInt32(at));

/** Writes the 16 or 4 bytes of an address. */
export const writeAddress = (view: DataView, at: number, address: IpAddress): void => {
  view.setInt32(at, address.w0);
  if (address.family === 4) return;
  view.setInt32(at + 4, address.w1);
  view.setInt32(at + 8, address.w2);
  view.setInt32(at + 12, address.w3);
};
