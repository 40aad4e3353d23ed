import { describe, expect, it } from 'vitest';
import { extensionHeaderDefaults, extensionHeadersStep, hopByHopStep } from '../../src/operators/extension-headers.ts';
import type { Packet } from '../../src/packet/index.ts';
import {
  bytesOf,
  destinationOptions,
  hopByHop,
  ipv6,
  type Layer,
  option,
  pad1,
  padN,
  payload,
  routerAlert,
  udp,
} from '../../src/testing/index.ts';
import { outcomeOf, received } from '../support/testbed.ts';

const hops = hopByHopStep(extensionHeaderDefaults.options);
const unicast = ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1' });
const group = ipv6({ source: 'fd00:a::2', destination: 'ff02::1' });

/** What became of the packet, and where the refusal points. */
const walked = (packet: Packet): { outcome: string; pointer: number } => {
  hops(packet);
  extensionHeadersStep(extensionHeaderDefaults)(packet);
  return { outcome: outcomeOf(packet), pointer: packet.dropParameter };
};

describe('options', () => {
  const unknown = (action: number): Uint8Array => option((action << 6) | 0x1e, payload(2));

  it.each<readonly [string, Layer, Layer, string, number]>([
    ['padding of every length', unicast, hopByHop(pad1(), padN(2), pad1(), padN(3), padN(9)), 'inFlight', 0],
    ['padding without limit', unicast, hopByHop(...Array.from({ length: 200 }, pad1)), 'inFlight', 0],
    ['a router alert', unicast, hopByHop(routerAlert(1)), 'inFlight', 0],
    ['eight options', unicast, hopByHop(...Array.from({ length: 8 }, () => unknown(0))), 'inFlight', 0],
    ['nine options', unicast, hopByHop(...Array.from({ length: 9 }, () => unknown(0))), 'tooManyHeaders', 0],
    ['an unknown option to skip', unicast, hopByHop(unknown(0)), 'inFlight', 0],
    ['an unknown option to discard for', unicast, hopByHop(unknown(1)), 'unknownOptionSilent', 42],
    ['an unknown option to report', unicast, hopByHop(unknown(2)), 'unknownOption', 42],
    ['an unknown option to report behind padding', unicast, hopByHop(padN(4), unknown(2)), 'unknownOption', 46],
    ['an unknown option to report, to a group', group, hopByHop(unknown(2)), 'unknownOption', 42],
    ['an unknown option to report unless to a group', unicast, hopByHop(unknown(3)), 'unknownOption', 42],
    ['an unknown option not to report, to a group', group, hopByHop(unknown(3)), 'unknownOptionSilent', 42],
    ['a router alert that is too long', unicast, hopByHop(option(5, payload(4))), 'badOptionLength', 43],
    ['a router alert that is too short', unicast, hopByHop(option(5)), 'badOptionLength', 43],
    ['an option past its header', unicast, hopByHop(option(0x1e, payload(2), 5)), 'badOptionLength', 43],
    ['an option without a length', unicast, hopByHop(padN(5), Uint8Array.of(0x1e)), 'badOptionLength', 47],
    ['padding past its header', unicast, hopByHop(option(1, payload(2), 255)), 'badOptionLength', 43],
    ['options for the destination', unicast, destinationOptions(unknown(2)), 'unknownOption', 42],
  ])('%s', (_name, ip, header, outcome, pointer) => {
    expect(walked(received(bytesOf(ip, header, udp())))).toMatchObject({ outcome, pointer });
  });

  it('of a hop-by-hop header are looked at on the way; those for the destination are not', () => {
    const forHops = received(bytesOf(unicast, hopByHop(unknown(1)), udp()));
    const forDestination = received(bytesOf(unicast, destinationOptions(unknown(1)), udp()));
    for (const packet of [forHops, forDestination]) hops(packet);
    expect([outcomeOf(forHops), outcomeOf(forDestination)]).toEqual(['unknownOptionSilent', 'inFlight']);
  });

  it('are limited in number by the caller', () => {
    const packet = received(bytesOf(unicast, hopByHop(unknown(0), unknown(0)), udp()));
    hopByHopStep(1)(packet);
    expect(outcomeOf(packet)).toBe('tooManyHeaders');
  });
});
