/**
 * In which order the addresses of a peer are tried (RFC 6724 §6).
 *
 * @module
 */
import { type IpAddress, isLinkLocal, isMulticast, scopeOf } from '../wire/address.ts';
import type { InterfaceAddress } from './address-entry.ts';
import type { Node } from './node.ts';
import type { PolicyTable } from './policy-table.ts';
import { RouteFlag } from './routes/table.ts';
import { isPreferred, sharedPrefix } from './source-address.ts';

/** How a destination would be reached. */
export interface DestinationWay {
  /** The address of ours that would speak to it; undefined: none can. */
  readonly source: InterfaceAddress | undefined;
  /** Is it known that it can't be reached? */
  readonly isUnreachable: boolean;
  /** Does the way lead through a tunnel, such as IPv6 in IPv4? Default false. */
  readonly isEncapsulated?: boolean;
}

type OrderingNode = Pick<Node, 'addresses' | 'interfaces' | 'neighbors' | 'policies' | 'routes'>;

/** Routes that lead nowhere. */
const closed = RouteFlag.reject | RouteFlag.blackhole | RouteFlag.unready | RouteFlag.broadcast;

const nowhere: DestinationWay = { source: undefined, isUnreachable: true };

/**
 * The way to a destination as a node knows it: by its routes, its neighbor cache and its addresses.
 *
 * @param zone interface that link-local destinations and groups are on (RFC 4007 §6); 0: such can't be reached
 */
export const wayTo =
  ({ addresses, interfaces, neighbors, routes }: OrderingNode, zone = 0) =>
  (destination: IpAddress): DestinationWay => {
    const isOfOneLink = destination.family === 6 && (isLinkLocal(destination) || isMulticast(destination));
    const route = isOfOneLink ? undefined : routes.lookup(destination);
    const interfaceIndex = isOfOneLink ? zone : route?.interfaceIndex;
    if (interfaceIndex === undefined || interfaces.get(interfaceIndex)?.up !== true) return nowhere;
    if (((route?.flags ?? 0) & closed) !== 0) return nowhere;
    const nextHop = route?.via;
    const source = addresses.sourceFor(destination, interfaceIndex, undefined, { nextHop });
    const isUnreachable = neighbors.get(interfaceIndex, nextHop ?? destination)?.state === 'unreachable';
    return { source, isUnreachable };
  };

/** A destination and what the rules look at: the higher, the better, but for the last. */
interface Candidate {
  readonly destination: IpAddress;
  /** Rules 1 to 8 in their order. */
  readonly ranks: readonly number[];
  /** Rule 9. */
  readonly shared: number;
}

const candidateOf = (destination: IpAddress, way: DestinationWay, policies: PolicyTable): Candidate => {
  const { source, isUnreachable, isEncapsulated = false } = way;
  const policy = policies.find(destination);
  const says = (holds: boolean): number => (source !== undefined && holds ? 1 : 0);
  return {
    destination,
    ranks: [
      says(!isUnreachable), // 1: usable
      says(source !== undefined && scopeOf(source.address) === scopeOf(destination)), // 2: matching scope
      says(source !== undefined && isPreferred(source)), // 3: not deprecated
      says(source !== undefined && policies.find(source.address)?.label === policy?.label), // 5: matching label
      policy?.precedence ?? 0, // 6: precedence
      isEncapsulated ? 0 : 1, // 7: native transport
      -scopeOf(destination), // 8: smaller scope
    ],
    shared: source === undefined ? 0 : sharedPrefix(source, destination),
  };
};

const compare = (a: Candidate, b: Candidate): number => {
  for (const [i, rank] of a.ranks.entries()) {
    const difference = (b.ranks[i] as number) - rank;
    if (difference !== 0) return difference;
  }
  return a.destination.family === b.destination.family ? b.shared - a.shared : 0; // 9, and 10: as they were
};

/**
 * Sorts destinations, the one to try first at the front, by the rules of RFC 6724 §6. Rule 4 is for mobile nodes.
 *
 * @param ways how each would be reached: `wayTo(node)`
 *
 * @example
 * const [first] = orderDestinations(await resolve('www.example.org'), wayTo(node), node.policies);
 */
export const orderDestinations = (
  destinations: readonly IpAddress[],
  ways: (destination: IpAddress) => DestinationWay,
  policies: PolicyTable,
): IpAddress[] =>
  destinations
    .map((destination) => candidateOf(destination, ways(destination), policies))
    .sort(compare)
    .map(({ destination }) => destination);
