/**
 * IPsec in a configuration: associations, policies, and what holds where nobody said anything; or a file of setkey.
 *
 * @module
 */
import { z } from 'zod';
import { type IpAddress, type IpPrefix, parseAddress, parseInterfaceAddress } from '../wire/address.ts';
import { flag, integer, list, strict } from './elements.ts';
import { ConfigError } from './error.ts';
import { problemsOf } from './parse-problems.ts';
import { authenticationNames, encryptionNames } from './setkey/algorithms.ts';
import type { AssociationConfig, PolicyConfig } from './setkey/statement.ts';
import { notAllowed } from './words.ts';

/** Text that `read` turns into a value, or does not. */
const reading = <T>(allowed: string, read: (written: string) => T | undefined) =>
  z.string({ error: ({ input }) => notAllowed(input, allowed) }).transform((written, context): T => {
    const value = read(written);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', message: notAllowed(written, allowed), input: written });
    return z.NEVER;
  });

const address = () => reading<IpAddress>('an address, such as "fd00:a::1"', parseAddress);

const prefix = () =>
  reading<IpPrefix>(
    'an address or a prefix, such as "fd00:a::/64"',
    (text) => parseInterfaceAddress(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`)?.prefix,
  );

const oneOf = <Choice extends string>(...choices: readonly Choice[]) =>
  z.enum(choices, { error: ({ input }) => notAllowed(input, choices.map((choice) => `"${choice}"`).join(', ')) });

const keyText = 'pairs of hexadecimal digits behind "0x"';

/** A key is in no message, right or wrong. */
const key = () =>
  z.string({ error: () => keyText }).transform((written, context): Uint8Array => {
    const digits = /^0x((?:[0-9a-fA-F]{2})*)$/.exec(written)?.[1];
    if (digits !== undefined) return Uint8Array.from(Buffer.from(digits, 'hex'));
    context.issues.push({ code: 'custom', message: `a key is ${keyText}`, input: '' });
    return z.NEVER;
  });

const keyed = (names: Readonly<Record<string, string>>) =>
  strict({
    algorithm: reading(Object.keys(names).join(', '), (name) => (Object.hasOwn(names, name) ? names[name] : undefined)),
    key: key().optional(),
  }).transform(({ algorithm, key: bytes = new Uint8Array(0) }) => ({ algorithm, key: bytes }));

const count = () => integer(1, Number.MAX_SAFE_INTEGER).optional();
const lifetime = () => strict({ seconds: count(), secondsInUse: count(), bytes: count(), packets: count() }).optional();
const port = () => integer(1, 65_535);
const protocol = () => oneOf('esp', 'ah', 'ipcomp');

/** A number, or text that means one. */
const numberOr = <T>(allowed: string, least: number, most: number, read: (written: string) => T | undefined) =>
  z.union([integer(least, most), reading<T>(allowed, read)], { error: ({ input }) => notAllowed(input, allowed) });

const spi = () =>
  numberOr('an SPI from 256 on, such as 4096 or "0x1000"', 256, 0xffffffff, (text) =>
    /^0x[0-9a-fA-F]{1,8}$/.test(text) ? Number(text) : undefined,
  );

const association = strict({
  protocol: protocol(),
  spi: spi(),
  source: address(),
  destination: address(),
  mode: oneOf('any', 'transport', 'tunnel').optional(),
  reqid: integer(0, 0xffffffff).optional(),
  encryption: keyed(encryptionNames).optional(),
  authentication: keyed(authenticationNames).optional(),
  replayWindow: integer(0, 4_096).optional(),
  extendedSequenceNumbers: flag().optional(),
  cyclic: flag().optional(),
  soft: lifetime(),
  hard: lifetime(),
  encapsulation: strict({ sourcePort: port(), destinationPort: port() }).optional(),
  keepalive: integer(0, 3_600).optional(),
  padTo: integer(0, 65_535).optional(),
  dontFragment: oneOf('copy', 'set', 'clear').optional(),
  codePoint: integer(0, 63).optional(),
});

const upperNumbers: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132 };

const upper = () =>
  numberOr(`a protocol number, or ${Object.keys(upperNumbers).join(', ')}`, 0, 255, (name) =>
    Object.hasOwn(upperNumbers, name) ? upperNumbers[name] : undefined,
  );

const ports = () =>
  numberOr<readonly [number, number]>('a port, or two such as "80-90"', 0, 65_535, (text) => {
    const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
    return first === undefined ? undefined : [Number(first), Number(last)];
  });

const request = strict({
  protocol: protocol(),
  mode: oneOf('transport', 'tunnel'),
  source: address().optional(),
  destination: address().optional(),
  level: oneOf('default', 'use', 'require', 'unique').optional(),
  reqid: integer(1, 0xffffffff).optional(),
}).transform(({ level = 'default', ...rest }) => ({ level, ...rest }));

const policyShape = strict({
  direction: oneOf('in', 'out', 'forward'),
  source: prefix(),
  destination: prefix(),
  protocol: upper().optional(),
  sourcePort: ports().optional(),
  destinationPort: ports().optional(),
  icmpType: integer(0, 255).optional(),
  icmpCode: integer(0, 255).optional(),
  action: oneOf('discard', 'bypass', 'protect'),
  requests: list(request, 'protections such as { "protocol": "esp", "mode": "transport" }').optional(),
  lifetime: strict({ seconds: count(), idleSeconds: count() }).optional(),
});

const rule = () => oneOf('bypass', 'discard').optional();

/** The key `ipsec`. */
export const ipsecSchema = () =>
  strict({
    setkey: z.string({ error: ({ input }) => notAllowed(input, 'the path of a file of setkey') }).optional(),
    sas: list(association, 'security associations').optional(),
    policies: list(policyShape, 'security policies').optional(),
    defaults: strict({ in: rule(), out: rule(), forward: rule() }).optional(),
    defaultLevel: oneOf('use', 'require').optional(),
    legacy: flag().optional(),
    provider: oneOf('libcrypto', 'node', 'noble').optional(),
  }).optional();

/** What a configuration says of IPsec. */
export type IpsecConfig = NonNullable<z.output<ReturnType<typeof ipsecSchema>>>;

const parsed = <Schema extends z.ZodType>(schema: Schema, what: string, input: unknown): z.output<Schema> => {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new ConfigError(what, result.error.issues.flatMap(problemsOf));
};

/**
 * A security association, written as in a configuration.
 *
 * @throws ConfigError with a line for each problem, and no key in any
 *
 * @example
 * node.sadb.add(sa({
 *   protocol: 'esp', spi: 0x1000, source: 'fd00:ff::1', destination: 'fd00:ff::2', mode: 'tunnel',
 *   encryption: { algorithm: 'aes-gcm-16', key: `0x${'5a'.repeat(20)}` },
 * }));
 */
export const sa = (input: z.input<typeof association>): AssociationConfig => parsed(association, 'sa', input);

/**
 * A security policy, written as in a configuration.
 *
 * @throws ConfigError with a line for each problem
 *
 * @example
 * node.spd.add(policy({ direction: 'out', source: 'fd00:a::/64', destination: 'fd00:b::/64', action: 'discard' }));
 */
export const policy = (input: z.input<typeof policyShape>): PolicyConfig => parsed(policyShape, 'policy', input);
