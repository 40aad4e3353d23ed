import { describe, expect, it } from 'vitest';
import { bytesOf, ipv4, joinBytes, payload, udp } from '../../src/testing/index.ts';
import { outcomeOf, received } from '../support/testbed.ts';

const recordRoute = Uint8Array.of(7, 7, 4, 0, 0, 0, 0);
const noOperation = Uint8Array.of(1);
const of = (...options: Uint8Array[]): Uint8Array =>
  bytesOf(ipv4({ source: '10.0.1.2', destination: '192.0.2.1', options: joinBytes(...options) }), udp(), payload(4));

describe('IPv4 options', () => {
  it.each([
    ['no operation', of(noOperation, noOperation, noOperation, noOperation)],
    ['a route to be recorded', of(recordRoute)],
    ['a timestamp', of(Uint8Array.of(68, 8, 5, 0, 0, 0, 0, 0))],
    ['a router alert', of(Uint8Array.of(148, 4, 0, 0))],
    ['an option that no one knows', of(Uint8Array.of(222, 5, 1, 2, 3))],
    ['as many as fit', of(...Array.from({ length: 10 }, () => Uint8Array.of(148, 4, 0, 0)))],
    ['anything behind the end of the list', of(Uint8Array.of(0, 131, 0, 0))],
  ])('pass: %s', (_name, bytes) => {
    expect(outcomeOf(received(bytes))).toBe('inFlight');
  });

  it.each([
    // RFC 7126 §4.3, §4.4
    ['a loose source route', of(Uint8Array.of(131, 7, 4, 10, 0, 2, 2)), 'sourceRouted', 0],
    ['a strict source route, behind others', of(noOperation, recordRoute, Uint8Array.of(137, 3, 4)), 'sourceRouted', 0],
    // RFC 1812 §5.2.4.1
    ['an option of length 0', of(Uint8Array.of(222, 0, 0, 0)), 'badOptionLength', 20],
    ['an option of length 1', of(noOperation, Uint8Array.of(222, 1, 0)), 'badOptionLength', 21],
    ['an option past the header', of(Uint8Array.of(222, 5, 0, 0)), 'badOptionLength', 20],
    ['an option without a length', of(Uint8Array.of(1, 1, 1, 222)), 'badOptionLength', 23],
    ['a router alert that is too long', of(Uint8Array.of(148, 5, 0, 0, 0)), 'badOptionLength', 20],
    ['a source route without a pointer', of(Uint8Array.of(131, 2, 0, 0)), 'badOptionLength', 20],
  ])('are refused: %s', (_name, bytes, reason, pointer) => {
    const packet = received(bytes);
    expect([outcomeOf(packet), packet.dropParameter]).toEqual([reason, pointer]);
  });
});
