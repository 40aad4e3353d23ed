/**
 * The extension headers and options that this node knows. To add one: write its file beside this one, name it in the
 * list. To use one of your own, give the operators a longer list.
 *
 * Where no handler is registered the walk ends, and `deliver` gives the packet to who listens for the protocol: AH, ESP,
 * IPComp, Mobility, tunnels, or nobody. Jumbo Payload (RFC 2675) is not among the options: the largest packet here has
 * 65,575 bytes, and a jumbogram is refused like one with any unknown option that asks for it.
 *
 * @module
 */
import { destinationOptions } from './destination-options.ts';
import { fragment } from './fragment.ts';
import type { HeaderHandler, OptionHandler, RoutingHandler } from './handler.ts';
import { hopByHop } from './hop-by-hop.ts';
import { routerAlert } from './router-alert.ts';
import { routing } from './routing.ts';
import { tunnelEncapsulationLimit } from './tunnel-encapsulation-limit.ts';

/** Extension headers (RFC 8200 §4). */
export const defaultHeaders: readonly HeaderHandler[] = [hopByHop, destinationOptions, routing, fragment];

/** Options of Hop-by-Hop and Destination Options headers, other than padding. */
export const defaultOptions: readonly OptionHandler[] = [routerAlert, tunnelEncapsulationLimit];

/** Routing types: none is obeyed. */
export const defaultRouting: readonly RoutingHandler[] = [];

export { type HeaderHandler, type OptionHandler, passOver, type RoutingHandler, type Walk } from './handler.ts';
export { type HeaderLimits, headerLimitDefaults, type OptionLimits, optionLimitDefaults } from './limits.ts';
