/**
 * Questions about addresses where they lie in a packet: nothing is read into a value, nothing is allocated. Names
 * end in 6 for the 16 bytes of an IPv6 address at `at`, in 4 for the 4 bytes of an IPv4 address.
 *
 * @module
 */
import type { IpAddress } from './address-value.ts';

/** `::` (RFC 4291 §2.5.2). */
export const isUnspecified6 = (view: DataView, at: number): boolean =>
  (view.getInt32(at) | view.getInt32(at + 4) | view.getInt32(at + 8) | view.getInt32(at + 12)) === 0;

/** `::1` (RFC 4291 §2.5.3). */
export const isLoopback6 = (view: DataView, at: number): boolean =>
  (view.getInt32(at) | view.getInt32(at + 4) | view.getInt32(at + 8)) === 0 && view.getInt32(at + 12) === 1;

/** ff00::/8 (RFC 4291 §2.7). */
export const isMulticast6 = (view: DataView, at: number): boolean => view.getUint8(at) === 0xff;

/** The scope bits of a multicast address (RFC 4291 §2.7); of any other address they say nothing. */
export const multicastScope6 = (view: DataView, at: number): number => view.getUint8(at + 1) & 0xf;

/** fe80::/10 (RFC 4291 §2.5.6). */
export const isLinkLocal6 = (view: DataView, at: number): boolean => (view.getUint16(at) & 0xffc0) === 0xfe80;

/** fc00::/7 (RFC 4193 §3.1). */
export const isUniqueLocal6 = (view: DataView, at: number): boolean => (view.getUint8(at) & 0xfe) === 0xfc;

/** ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
export const isV4Mapped6 = (view: DataView, at: number): boolean =>
  (view.getInt32(at) | view.getInt32(at + 4)) === 0 && view.getInt32(at + 8) === 0xffff;

/** ff02::1:ff00:0/104 (RFC 4291 §2.7.1). */
export const isSolicitedNode6 = (view: DataView, at: number): boolean =>
  view.getUint32(at) === 0xff020000 &&
  view.getInt32(at + 4) === 0 &&
  view.getInt32(at + 8) === 1 &&
  view.getUint8(at + 12) === 0xff;

/** 224.0.0.0/4 (RFC 1112 §4). */
export const isMulticast4 = (view: DataView, at: number): boolean => view.getUint8(at) >> 4 === 0xe;

/** 127.0.0.0/8 (RFC 1122 §3.2.1.3). */
export const isLoopback4 = (view: DataView, at: number): boolean => view.getUint8(at) === 127;

/** 169.254.0.0/16 (RFC 3927 §2.1). */
export const isLinkLocal4 = (view: DataView, at: number): boolean => view.getUint16(at) === 0xa9fe;

/** 255.255.255.255 (RFC 919 §7). A subnet's broadcast address is known only to the route table. */
export const isBroadcast4 = (view: DataView, at: number): boolean => view.getInt32(at) === -1;

/** 0.0.0.0/8, "this network" (RFC 1122 §3.2.1.3). */
export const isThisNetwork4 = (view: DataView, at: number): boolean => view.getUint8(at) === 0;

/** 240.0.0.0/4, reserved (RFC 1112 §4); 255.255.255.255 too. */
export const isReserved4 = (view: DataView, at: number): boolean => view.getUint8(at) >> 4 === 0xf;

/** Are two IPv6 addresses the same? */
export const equal6 = (viewA: DataView, atA: number, viewB: DataView, atB: number): boolean =>
  viewA.getInt32(atA + 12) === viewB.getInt32(atB + 12) &&
  viewA.getInt32(atA + 8) === viewB.getInt32(atB + 8) &&
  viewA.getInt32(atA + 4) === viewB.getInt32(atB + 4) &&
  viewA.getInt32(atA) === viewB.getInt32(atB);

/** Is the IPv6 address the one with these four int32 words? */
export const equalsWords = (view: DataView, at: number, w0: number, w1: number, w2: number, w3: number): boolean =>
  view.getInt32(at + 12) === w3 &&
  view.getInt32(at + 8) === w2 &&
  view.getInt32(at + 4) === w1 &&
  view.getInt32(at) === w0;

/** Is the address at `at`, of the value's family, this value? */
export const equalsAddress = (view: DataView, at: number, address: IpAddress): boolean =>
  address.family === 4
    ? view.getInt32(at) === address.w0
    : equalsWords(view, at, address.w0, address.w1, address.w2, address.w3);

/** Copies an IPv6 address; source and target may overlap: all words are read first. */
export const copy6 = (from: DataView, fromAt: number, to: DataView, toAt: number): void => {
  const w0 = from.getInt32(fromAt);
  const w1 = from.getInt32(fromAt + 4);
  const w2 = from.getInt32(fromAt + 8);
  const w3 = from.getInt32(fromAt + 12);
  to.setInt32(toAt, w0);
  to.setInt32(toAt + 4, w1);
  to.setInt32(toAt + 8, w2);
  to.setInt32(toAt + 12, w3);
};

/** Swaps the two IPv6 addresses that lie 16 bytes apart: source and destination of a reply. */
export const swap6 = (view: DataView, at: number): void => {
  for (let word = at; word < at + 16; word += 4) {
    const source = view.getInt32(word);
    view.setInt32(word, view.getInt32(word + 16));
    view.setInt32(word + 16, source);
  }
};
