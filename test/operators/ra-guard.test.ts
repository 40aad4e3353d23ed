import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { raGuardStep } from '../../src/operators/ra-guard.ts';
import { dropNames } from '../../src/packet/index.ts';
import {
  bytesOf,
  destinationOptions,
  fragmentHeader,
  hopByHop,
  icmp6,
  ipv6,
  type Layer,
  padN,
  payload,
  udp,
} from '../../src/testing/index.ts';
import { a, b, received } from '../support/testbed.ts';

const ip = ipv6({ source: 'fe80::bad', destination: 'ff02::1', hopLimit: 255 });
const advertisement = icmp6({ type: 134 });
const options = (): Layer => destinationOptions(padN(4));
/** A first fragment that ends behind its Fragment header. */
const firstFragment = (nextHeader: number): Uint8Array =>
  bytesOf(
    ipv6({ source: 'fe80::bad', destination: 'ff02::1', nextHeader: 44 }),
    Uint8Array.of(nextHeader, 0, 0, 1, 0, 0, 0, 1),
  );
const isRouterPort = (interfaceIndex: number): boolean => interfaceIndex === b;

const verdict = (bytes: Uint8Array, inInterface: number = a, allowIncompleteChains = false): string => {
  const packet = received(bytes, { inInterface });
  raGuardStep({ isRouterPort, allowIncompleteChains })(packet);
  return dropNames[packet.drop] as string;
};

describe('raGuard', () => {
  it.each<[string, Uint8Array, string]>([
    ['an advertisement', bytesOf(ip, advertisement, payload(8)), 'rogueAdvertisement'],
    ['a redirect', bytesOf(ip, icmp6({ type: 137 }), payload(32)), 'rogueAdvertisement'],
    ['one behind options (RFC 7113 §2.1)', bytesOf(ip, options(), options(), advertisement), 'rogueAdvertisement'],
    ['one behind hop-by-hop options', bytesOf(ip, hopByHop(padN(4)), advertisement), 'rogueAdvertisement'],
    [
      'one in a first fragment (RFC 7113 §2.2)',
      bytesOf(ip, options(), fragmentHeader({ more: true }), options(), advertisement),
      'rogueAdvertisement',
    ],
    ['a first fragment that ends before', firstFragment(60), 'hiddenHeaders'],
    ['a first fragment of ICMPv6 without a byte of it', firstFragment(58), 'hiddenHeaders'],
    ['a later fragment', bytesOf(ip, fragmentHeader({ offset: 8 }), icmp6({ type: 134 }), payload(8)), 'none'],
    ['a solicitation', bytesOf(ip, icmp6({ type: 133 })), 'none'],
    ['a neighbor advertisement', bytesOf(ip, icmp6({ type: 136 }), payload(16)), 'none'],
    ['anything else', bytesOf(ip, options(), udp()), 'none'],
  ])('of %s from a host says %3$s', (_what, bytes, expected) => {
    expect(verdict(bytes)).toBe(expected);
    expect(verdict(bytes, b)).toBe('none');
    expect(verdict(bytes, a, true)).toBe(expected === 'hiddenHeaders' ? 'none' : expected);
  });

  it('finds every advertisement, however long the chain before it, and is total', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200 }), fc.uint8Array({ maxLength: 64 }), (headers, rest) => {
        expect(verdict(bytesOf(ip, ...Array.from({ length: headers }, options), advertisement))).toBe(
          'rogueAdvertisement',
        );
        verdict(bytesOf(ipv6({ source: 'fe80::bad', destination: 'ff02::1', nextHeader: 60 }), rest));
      }),
    );
  });
});
