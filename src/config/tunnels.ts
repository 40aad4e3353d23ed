/**
 * Interfaces that are tunnels: what a configuration may say of them, and what must fit together.
 *
 * To add a kind, write its object like {@link gifInterface}, put it into {@link tunnelInterfaces}, and say in
 * {@link parametersOf} what it means.
 *
 * @module
 */
import { z } from 'zod';
import { equalAddress, formatAddress, type IpAddress, isLinkLocal } from '../wire/address.ts';
import { minimumMtu } from '../wire/ipv6.ts';
import { ecnModes, remoteOf, type SixRdParameters, type TunnelParameters } from '../wire/tunneling.ts';
import { advertise } from './advertise.ts';
import { flag, integer, interfaceAddress, list, prefix, strict, unicastAddress } from './elements.ts';
import { notAllowed } from './words.ts';

const wordOr = <Word extends string>(word: Word, minimum: number, maximum: number) =>
  z.union([z.literal(word), integer(minimum, maximum)], {
    error: ({ input }) => notAllowed(input, `"${word}" or a whole number, ${minimum} to ${maximum}`),
  });

const ecn = () =>
  z.enum(ecnModes, { error: ({ input }) => notAllowed(input, ecnModes.map((mode) => `"${mode}"`).join(', ')) });

/** Keys that every tunnel has. */
const common = {
  mtu: wordOr('path', minimumMtu, 65_535).optional(),
  addresses: list(interfaceAddress(), 'addresses such as "fd00:6::1/64"').optional(),
  advertise: advertise().optional(),
  local: unicastAddress(),
  hopLimit: integer(1, 255).optional(),
  dscp: wordOr('inherit', 0, 63).optional(),
  ecn: ecn().optional(),
  ingressFilter: flag().optional(),
};

/** Keys of tunnels with one other end. */
const configured = {
  ...common,
  remote: unicastAddress(),
  encapsulationLimit: wordOr('none', 0, 255).optional(),
};

const port = () => integer(1, 65_535);
const udpKeys = {
  ...configured,
  port: port(),
  remotePort: port().optional(),
  sourcePort: wordOr('flow', 1, 65_535).optional(),
  checksum: flag().optional(),
};

const gifInterface = strict({ device: z.literal('gif'), ...configured });
const greInterface = strict({
  device: z.literal('gre'),
  ...configured,
  key: integer(1, 0xffffffff).optional(),
  checksum: flag().optional(),
  sequence: flag().optional(),
});
const fouInterface = strict({ device: z.literal('fou'), ...udpKeys });
const gueInterface = strict({ device: z.literal('gue'), ...udpKeys });
/** Without one path there is no MTU to follow. */
const automatic = { ...common, mtu: integer(minimumMtu, 65_535).optional() };
const stfInterface = strict({ device: z.literal('stf'), ...automatic });
const sixRdInterface = strict({
  device: z.literal('6rd'),
  ...automatic,
  prefix: prefix(),
  ipv4MaskLength: integer(0, 32).optional(),
  borderRelay: unicastAddress().optional(),
});
const isatapInterface = strict({
  device: z.literal('isatap'),
  ...automatic,
  routers: list(unicastAddress(), 'IPv4 addresses such as "192.0.2.1"').optional(),
});

export const tunnelInterfaces = [
  gifInterface,
  greInterface,
  fouInterface,
  gueInterface,
  stfInterface,
  sixRdInterface,
  isatapInterface,
] as const;

export type ShapedTunnel = z.output<(typeof tunnelInterfaces)[number]>;

/** Without the keys whose value is undefined. */
const said = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

/** What the file says of a tunnel, as the node takes it. */
export const parametersOf = ({ device, addresses: _a, advertise: _b, ...rest }: ShapedTunnel): TunnelParameters =>
  said({ kind: device, ...rest }) as TunnelParameters;

type TunnelProblem = readonly [key: string, sentence: string];

/** What is wrong with our end. */
const localProblems = ({ local }: TunnelParameters, own: readonly IpAddress[]): TunnelProblem[] => {
  const text = formatAddress(local);
  if (isLinkLocal(local)) return [['local', `${text} is link-local; allowed: a wider address`]];
  const mine = own.filter(({ family }) => family === local.family);
  if (mine.some((address) => equalAddress(address, local))) return [];
  const allowed = mine.length === 0 ? `there is no IPv${local.family} address` : mine.map(formatAddress).join(', ');
  return [['local', `${text} is no address of this router; allowed: ${allowed}`]];
};

/** What is wrong with another end, at one of the keys. */
const otherProblems = (
  key: string,
  other: IpAddress,
  { local }: TunnelParameters,
  own: readonly IpAddress[],
): TunnelProblem[] => {
  const text = formatAddress(other);
  if (other.family !== local.family) {
    return [[key, `${text} is of another IP version than "local"; allowed: an IPv${local.family} address`]];
  }
  if (isLinkLocal(other)) return [[key, `${text} is link-local; allowed: a wider address`]];
  const isOwn = own.some((address) => equalAddress(address, other));
  return isOwn ? [[key, `${text} is the router's own address; allowed: that of another node`]] : [];
};

/** 6rd: the prefix and the IPv4 address behind it leave room for a network (RFC 5969 §7.1.1). */
const prefixProblems = ({ prefix: { address, length }, ipv4MaskLength = 0 }: SixRdParameters): TunnelProblem[] => {
  const most = 32 + ipv4MaskLength;
  if (address.family === 4) return [['prefix', 'is of IPv4; allowed: an IPv6 prefix']];
  return length <= most
    ? []
    : [['prefix', `/${length} and ${64 - most} bits are more than 64; allowed: at most /${most}`]];
};

/** Other ends that a tunnel names, by key. */
const othersOf = (tunnel: TunnelParameters): readonly (readonly [string, IpAddress])[] => {
  const remote = remoteOf(tunnel);
  if (remote !== undefined) return [['remote', remote]];
  if (tunnel.kind === '6rd' && tunnel.borderRelay !== undefined) return [['borderRelay', tunnel.borderRelay]];
  return tunnel.kind === 'isatap' ? (tunnel.routers ?? []).map((router) => ['routers', router]) : [];
};

/** Most potential routers of an ISATAP link. */
const routerLimit = 4;

/** What does not fit together in a tunnel: the key, and a sentence. */
export const tunnelProblems = (tunnel: TunnelParameters, own: readonly IpAddress[]): readonly TunnelProblem[] => {
  if (remoteOf(tunnel) === undefined && tunnel.local.family !== 4) {
    return [['local', `${formatAddress(tunnel.local)} is of IPv6; allowed: an IPv4 address`]];
  }
  const problems = [
    ...localProblems(tunnel, own),
    ...othersOf(tunnel).flatMap(([key, other]) => otherProblems(key, other, tunnel, own)),
  ];
  if (tunnel.kind === '6rd') problems.push(...prefixProblems(tunnel));
  if (tunnel.kind === 'isatap' && (tunnel.routers ?? []).length > routerLimit) {
    problems.push(['routers', `there are ${tunnel.routers?.length}; allowed: at most ${routerLimit}`]);
  }
  return problems;
};

/** What no two tunnels may share: by it outer packets are told apart. */
export const tunnelKey = (tunnel: TunnelParameters): string => {
  const remote = remoteOf(tunnel);
  const ends = `${formatAddress(tunnel.local)} ${remote === undefined ? '' : formatAddress(remote)}`;
  if (tunnel.kind === 'gre') return `gre ${ends} ${tunnel.key ?? 0}`;
  if (tunnel.kind === 'fou' || tunnel.kind === 'gue') return `udp ${ends} ${tunnel.port}`;
  if (tunnel.kind === 'gif') return `gif ${ends}`;
  return `automatic ${ends} ${tunnel.kind === '6rd' ? (tunnel.ipv4MaskLength ?? 0) : 0}`;
};
