import type { LifetimesView } from '../../run/control/discovery-views.ts';
import { duration } from '../numbers.ts';

/** What is left of a lifetime, in its two largest units: 29d23h, 59s. */
export const lifetime = (seconds: number | undefined): string =>
  seconds === undefined ? 'forever' : duration(seconds, 2);

/** 6d23h/29d23h: preferred and valid. */
export const lifetimes = ({ preferredLifetime, validLifetime }: LifetimesView): string =>
  preferredLifetime === undefined && validLifetime === undefined
    ? lifetime(undefined)
    : `${lifetime(preferredLifetime)}/${lifetime(validLifetime)}`;
