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
import { ecnModes, type TunnelParameters } from '../wire/tunneling.ts';
import { advertise } from './advertise.ts';
import { flag, integer, interfaceAddress, list, strict, unicastAddress } from './elements.ts';
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

const gifInterface = strict({
  device: z.literal('gif'),
  ...common,
  remote: unicastAddress(),
  encapsulationLimit: wordOr('none', 0, 255).optional(),
});

export const tunnelInterfaces = [gifInterface] as const;

export type ShapedTunnel = z.output<(typeof tunnelInterfaces)[number]>;

/** Without the keys whose value is undefined. */
const said = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

/** What the file says of a tunnel, as the node takes it. */
export const parametersOf = ({ device, addresses: _a, advertise: _b, ...rest }: ShapedTunnel): TunnelParameters =>
  said({ kind: device, ...rest }) as TunnelParameters;

/** What is wrong with the ends of a tunnel: the key, and a sentence. */
export const endProblems = (
  { local, remote }: TunnelParameters,
  own: readonly IpAddress[],
): readonly (readonly [key: string, sentence: string])[] => {
  const problems: [string, string][] = [];
  const mine = own.filter(({ family }) => family === local.family);
  if (!mine.some((address) => equalAddress(address, local))) {
    const allowed = mine.length === 0 ? `there is no IPv${local.family} address` : mine.map(formatAddress).join(', ');
    problems.push(['local', `${formatAddress(local)} is no address of this router; allowed: ${allowed}`]);
  }
  const text = formatAddress(remote);
  if (remote.family !== local.family) {
    problems.push(['remote', `${text} is of another IP version than "local"; allowed: an IPv${local.family} address`]);
  } else if (own.some((address) => equalAddress(address, remote))) {
    problems.push(['remote', `${text} is the router's own address; allowed: that of another node`]);
  }
  for (const [key, end] of [
    ['local', local],
    ['remote', remote],
  ] as const) {
    if (isLinkLocal(end)) problems.push([key, `${formatAddress(end)} is link-local; allowed: a wider address`]);
  }
  return problems;
};
