/**
 * The small words of the configuration's schema: each says for itself what is allowed in its place.
 *
 * @module
 */
import { z } from 'zod';
import {
  addressBits,
  broadcast4,
  equalAddress,
  formatPrefix,
  type InterfacePrefix,
  type IpAddress,
  type IpPrefix,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  isV4Mapped,
  parseAddress,
  parseInterfaceAddress,
  parseScoped,
  prefixBroadcast,
  type ScopedAddress,
} from '../wire/address.ts';
import { type LinkLayerAddress, parseLinkLayer } from '../wire/ethernet.ts';
import { notAllowed, show } from './words.ts';

/** An object in which every key is known. The message of an unknown key is the list of the known ones. */
export const strict = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const known = Object.keys(shape)
    .filter((key) => !isAbsent(shape[key]))
    .join(', ');
  return z.strictObject(shape, {
    error: ({ code, input }) =>
      code === 'unrecognized_keys' ? known : notAllowed(input, `an object with the keys ${known}`),
  });
};

/** A key that others of its kind have and this one has not, for a reason that is good to know. */
export const absent = (allowed: string) => z.undefined({ error: ({ input }) => notAllowed(input, allowed) }).optional();
const isAbsent = (key: unknown): boolean => key instanceof z.ZodOptional && key.unwrap() instanceof z.ZodUndefined;

/** A list of any length. */
export const list = <Element extends z.ZodType>(element: Element, of: string) =>
  z.array(element, { error: ({ input }) => notAllowed(input, `a list of ${of}`) });

export const flag = () => z.boolean({ error: ({ input }) => notAllowed(input, 'true or false') });

/** A whole number from `minimum` to `maximum`. */
export const integer = (minimum: number, maximum: number) => {
  const range = `${minimum} to ${maximum}`;
  return z
    .int({ error: ({ input }) => notAllowed(input, `a whole number, ${range}`) })
    .min(minimum, { error: ({ input }) => `${show(input)} is too small; allowed: ${range}` })
    .max(maximum, { error: ({ input }) => `${show(input)} is too large; allowed: ${range}` });
};

/** What a reader of text makes of it: a value, or a sentence that says what is wrong. */
type Reading<T> = { readonly value: T } | { readonly problem: string };

/** Text that `read` turns into a value. */
const text = <T>(allowed: string, read: (written: string) => Reading<T>) =>
  z.string({ error: ({ input }) => notAllowed(input, allowed) }).transform((written, context): T => {
    const reading = read(written);
    if ('value' in reading) return reading.value;
    context.issues.push({ code: 'custom', message: reading.problem, input: written });
    return z.NEVER;
  });

const wrong = (written: string, allowed: string): Reading<never> => ({ problem: notAllowed(written, allowed) });

/** What is missing when the address is fine and the length is not. */
const withLength = (written: string): string => {
  const address = parseAddress(written.split('/', 1)[0] ?? '');
  if (address === undefined) return '';
  if (!written.includes('/')) return ` and its length: ${written}/${addressBits(address)} for this address alone`;
  return ` with a length from 0 to ${addressBits(address)}`;
};

const addressExample = 'an address and the length of its prefix, such as "fd00:a::1/64" or "10.0.1.1/24"';

/** Why a node can't have this as its own address; undefined if it can. */
const unfit = ({ address, prefix }: InterfacePrefix): string | undefined => {
  if (isMulticast(address)) return 'is a multicast address';
  if (isUnspecified(address)) return 'is the unspecified address';
  if (isLoopback(address)) return 'is a loopback address';
  if (isV4Mapped(address)) return 'is an IPv4-mapped address';
  if (address.family === 6) {
    const odd = isLinkLocal(address) && ((address.w0 & 0x3fffff) | address.w1) !== 0;
    return odd ? 'has bits set between fe80::/10 and the interface identifier (RFC 4291 §2.5.6)' : undefined;
  }
  if (equalAddress(address, broadcast4)) return 'is the broadcast address';
  if (address.w0 >>> 24 === 0) return 'is no address but a part of "this network" (RFC 1122 §3.2.1.3)';
  if (prefix.length > 30) return undefined; // RFC 3021
  if (equalAddress(address, prefix.address)) return `is the address of the network ${formatPrefix(prefix)} itself`;
  if (equalAddress(address, prefixBroadcast(prefix))) return `is the broadcast address of ${formatPrefix(prefix)}`;
  return undefined;
};

/** An address of an interface: `fd00:a::1/64` (RFC 4291 §2.3). Unicast, and not one that never appears on a link. */
export const interfaceAddress = () =>
  text<InterfacePrefix>(addressExample, (written) => {
    const value = parseInterfaceAddress(written);
    if (value === undefined) {
      const hint = withLength(written);
      return wrong(written, hint === '' ? addressExample : `the address${hint}`);
    }
    const reason = unfit(value);
    return reason === undefined ? { value } : { problem: `${show(written)} ${reason}; allowed: a unicast address` };
  });

/** An Ethernet address that a node can have: of a single node, and not all zeros (RFC 7042 §2.1). */
export const linkLayerAddress = () => {
  const allowed = 'six pairs of hexadecimal digits, such as "02:00:00:00:00:22"';
  return text<LinkLayerAddress>(allowed, (written) => {
    const value = parseLinkLayer(written);
    if (value === undefined) return wrong(written, allowed);
    const reason =
      (value.high & 0x0100) !== 0
        ? 'is the address of a group, for its first byte is odd'
        : (value.high | value.low) === 0
          ? 'is no address of a node'
          : undefined;
    return reason === undefined ? { value } : { problem: `${show(written)} ${reason}; allowed: ${allowed}` };
  });
};

const prefixExample = 'a prefix, such as "2001:db8::/32", "::/0" or "10.0.0.0/8"';

/** A destination: `2001:db8::/32`, with no bits set behind its length. */
export const prefix = () =>
  text<IpPrefix>(prefixExample, (written) => {
    const parsed = parseInterfaceAddress(written);
    if (parsed === undefined) {
      if (written === 'default') return wrong(written, '"::/0" for all of IPv6, "0.0.0.0/0" for all of IPv4');
      const hint = withLength(written);
      return wrong(written, hint === '' ? prefixExample : `the address${hint}`);
    }
    if (!equalAddress(parsed.address, parsed.prefix.address)) {
      const masked = formatPrefix(parsed.prefix);
      return { problem: `${show(written)} has bits set behind its length; did you mean "${masked}"?` };
    }
    if (isMulticast(parsed.address)) return { problem: `${show(written)} is multicast; allowed: a unicast prefix` };
    return { value: parsed.prefix };
  });

const nextHopExample = 'the unicast address of a neighbor, such as "fd00:b::2"';

/** A next hop: the address of a neighbor, a link-local one with its zone (RFC 4007 §11): `fe80::2%tun0`. */
export const nextHop = () =>
  text<ScopedAddress>(nextHopExample, (written) => {
    const value = parseScoped(written);
    if (value === undefined) {
      if (written.includes('/')) return wrong(written, 'an address without a prefix length');
      const zoned = written.includes('%') && parseAddress(written.slice(0, written.indexOf('%'))) !== undefined;
      return wrong(written, zoned ? 'a zone with a link-local address, such as "fe80::2%tun0"' : nextHopExample);
    }
    const { address } = value;
    const reason = unfit({ address, prefix: { address, length: addressBits(address) } });
    return reason === undefined ? { value } : { problem: `${show(written)} ${reason}; allowed: ${nextHopExample}` };
  });

const unicastExample = 'the unicast address of a node, such as "192.0.2.1" or "2001:db8::1"';

/** A unicast address alone, of the sort that `allowed` says. */
export const unicastAddress = (allowed = unicastExample) =>
  text<IpAddress>(allowed, (written) => {
    const address = parseAddress(written);
    if (address === undefined) {
      return wrong(written, written.includes('/') ? 'an address without a prefix length' : allowed);
    }
    const reason = unfit({ address, prefix: { address, length: addressBits(address) } });
    return reason === undefined ? { value: address } : { problem: `${show(written)} ${reason}; allowed: ${allowed}` };
  });

/** The link-local address that a router speaks from (RFC 4861 §4.2). */
export const routerAddress = () => {
  const allowed = 'the link-local address of a router, such as "fe80::1"';
  return text<IpAddress>(allowed, (written) => {
    const address = parseAddress(written);
    return address?.family === 6 && isLinkLocal(address) ? { value: address } : wrong(written, allowed);
  });
};

/** Names that Linux or the router itself keeps for other things. */
const reservedNames = new Set(['.', '..', 'all', 'default', 'lo', 'lo0']);
const nameRule = '1 to 15 letters, digits, dots, dashes and underscores';

/** A name that Linux takes for a new interface. */
export const interfaceName = () =>
  z.string().superRefine((name, context) => {
    const bytes = Buffer.byteLength(name);
    let problem: string | undefined;
    if (reservedNames.has(name)) problem = `the name ${show(name)} is reserved; allowed: any other interface name`;
    else if (bytes > 15) problem = `the name ${show(name)} has ${bytes} bytes; allowed: ${nameRule}`;
    else if (!/^[!-~]+$/.test(name) || /[/:%]/.test(name)) {
      problem = `${show(name)} is no interface name; allowed: ${nameRule}`;
    }
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

/** The name of an existing network namespace, as `ip netns` shows it. */
export const namespaceName = () => {
  const allowed = 'the name of a network namespace, without "/"';
  return text<string>(allowed, (written) => {
    const fits = written !== '.' && written !== '..' && /^[^/\0]{1,255}$/.test(written);
    return fits ? { value: written } : wrong(written, allowed);
  });
};

/** The name of one of the configured interfaces; whether there is one is for the schema to check. */
export const deviceName = () => text<string>('the name of an interface', (written) => ({ value: written }));
