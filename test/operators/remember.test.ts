import { expect, it } from 'vitest';
import { rememberStep } from '../../src/operators/remember.ts';
import { bytesOf, ipv4, ipv6, payload, udp } from '../../src/testing/index.ts';
import { received, testbed } from '../support/testbed.ts';

const six = (length: number): Uint8Array =>
  bytesOf(ipv6({ source: 'fd00:a::1', destination: '2001:db8::1' }), udp(), payload(length - 48));
const four = (length: number, dontFragment: boolean): Uint8Array =>
  bytesOf(ipv4({ source: '10.0.1.1', destination: '192.0.2.1', dontFragment }), udp(), payload(length - 28));

it.each([
  ['IPv6 that every path carries', six(1_280), false],
  ['IPv6 that some path may not carry', six(1_281), true],
  ['IPv4 that we take every path to carry', four(576, true), false],
  ['IPv4 that some path may not carry', four(577, true), true],
  ['IPv4 that may be fragmented on its way', four(1_400, false), false],
])('%s', (_name, bytes, expected) => {
  const { node } = testbed();
  const packet = received(bytes, { inInterface: 0 });
  rememberStep(node)(packet);
  expect(node.sentPackets.knows(packet.view, packet.start, packet.end, 0)).toBe(expected);
});
