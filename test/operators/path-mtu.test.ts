import { expect, it } from 'vitest';
import { pathMtuStep, wayMtu } from '../../src/operators/path-mtu.ts';
import { bytesOf, ipv4, ipv6, payload } from '../../src/testing/index.ts';
import { a, b, outcomeOf, received, testbed } from '../support/testbed.ts';

const six = (length: number): Uint8Array =>
  bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), payload(length - 40));
const four = (length: number, dontFragment: boolean): Uint8Array =>
  bytesOf(ipv4({ source: '10.0.1.2', destination: '10.0.2.2', dontFragment }), payload(length - 20));

it.each([
  ['IPv6 that fits', six(1400), b, 'inFlight', 0],
  ['IPv6 one byte too long', six(1401), b, 'packetTooBig', 1400],
  ['IPv6 that fits a wider link', six(1401), a, 'inFlight', 0],
  ['IPv4 that fits', four(1400, true), b, 'inFlight', 0],
  ['IPv4 one byte too long that may not be fragmented', four(1401, true), b, 'packetTooBig', 1400],
  ['IPv4 one byte too long that may be fragmented', four(1401, false), b, 'inFlight', 0],
])('%s', (_name, bytes, outInterface, outcome, parameter) => {
  const { node } = testbed();
  const packet = received(bytes);
  packet.outInterface = outInterface;
  pathMtuStep(node)(packet);
  expect([outcomeOf(packet), packet.dropParameter]).toEqual([outcome, parameter]);
});

it('follows an MTU that changes', () => {
  const { node } = testbed();
  node.interfaces.resize(b, 1280);
  const packet = received(six(1300));
  packet.outInterface = b;
  pathMtuStep(node)(packet);
  expect([outcomeOf(packet), packet.dropParameter]).toEqual(['packetTooBig', 1280]);
});

it('is that of the path for our own packets, that of the link for those of others (RFC 8201 §1)', () => {
  const { node } = testbed();
  const way = (bytes: Uint8Array, inInterface: number, outInterface = a): number => {
    const packet = received(bytes, { inInterface });
    packet.outInterface = outInterface;
    if (packet.family === 6) node.pathMtus.learn6(packet.view, packet.start + 24, outInterface, 1_300);
    else node.pathMtus.learn4(packet.view, packet.start + 16, 1_300);
    return wayMtu(node)(packet);
  };
  expect([way(six(1_400), 0), way(six(1_400), b), way(four(1_400, true), 0), way(four(1_400, true), b)]).toEqual([
    1_300, 1_500, 1_300, 1_500,
  ]);
});
