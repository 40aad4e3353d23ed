/**
 * Routes as people write them.
 *
 * @module
 */
import {
  addressBits,
  formatAddress,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  isUnspecified,
  prefixOf,
} from '../../wire/address.ts';
import { RouteFlag } from './table.ts';

export interface RouteSpec {
  /** Destinations; bits behind the length are ignored. */
  readonly to: IpPrefix;
  /** Interface that packets leave by; 0 only for routes that refuse. */
  readonly interfaceIndex: number;
  /** Next hop, of the family of `to`; without it each destination is its own. */
  readonly via?: IpAddress | undefined;
  /** Of several routes to a prefix the lowest metric is used. Default 0. */
  readonly metric?: number | undefined;
  /** `RouteFlag` bits; `host` and `gateway` are derived. */
  readonly flags?: number | undefined;
}

/** A route as the table has it. */
export interface Route {
  readonly to: IpPrefix;
  readonly interfaceIndex: number;
  readonly via: IpAddress | undefined;
  readonly metric: number;
  readonly flags: number;
  /** Row in the columns of the table. Routes with the same interface, next hop and flags share one; host routes never. */
  readonly row: number;
  /** False while a route to the same prefix with a lower metric is in use. */
  readonly active: boolean;
}

/** A checked spec, defaults filled in. */
export interface Way {
  readonly to: IpPrefix;
  readonly interfaceIndex: number;
  readonly via: IpAddress | undefined;
  readonly metric: number;
  readonly flags: number;
}

const within = (to: IpPrefix, name: string, value: number, least: number, most: number): void => {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`umigame: the route to ${formatPrefix(to)} has ${name} ${value}; allowed: ${least} to ${most}`);
};

/** Fills in defaults and derived flags. Throws a RangeError that names the field and what is allowed. */
export const checkRoute = ({ to, interfaceIndex, via, metric = 0, flags = 0 }: RouteSpec): Way => {
  const bits = addressBits(to.address);
  within(to, 'prefix length', to.length, 0, bits);
  within(to, 'metric', metric, 0, 0xffff_ffff);
  within(to, 'flags', flags, 0, 0xffff);
  const refuses = (flags & (RouteFlag.reject | RouteFlag.blackhole)) !== 0;
  within(to, 'interface', interfaceIndex, refuses ? 0 : 1, 0xffff);
  if (via !== undefined && via.family !== to.address.family) {
    const sentence = `the route to ${formatPrefix(to)} has a next hop of the other family, ${formatAddress(via)}`;
    throw new RangeError(`umigame: ${sentence}`);
  }
  const nextHop = via === undefined || isUnspecified(via) ? undefined : via;
  const derived = (to.length === bits ? RouteFlag.host : 0) | (nextHop === undefined ? 0 : RouteFlag.gateway);
  return {
    to: prefixOf(to.address, to.length),
    interfaceIndex,
    via: nextHop,
    metric,
    flags: (flags & ~(RouteFlag.host | RouteFlag.gateway)) | derived,
  };
};

/** `by interface 2 via fd00::1 with metric 10`, for messages. */
export const formatWay = ({ interfaceIndex, via, metric }: Way): string =>
  `by interface ${interfaceIndex}${via === undefined ? '' : ` via ${formatAddress(via)}`} with metric ${metric}`;
