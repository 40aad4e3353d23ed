import { expect, it } from 'vitest';
import { scopeStep } from '../../src/operators/scope.ts';
import { LinkCast } from '../../src/packet/index.ts';
import { bytesOf, ipv4, ipv6 } from '../../src/testing/index.ts';
import { a, b, outcomeOf, p, received, testbed } from '../support/testbed.ts';

const six = (source: string): Uint8Array => bytesOf(ipv6({ source, destination: '2001:db8::1' }));
const four = (source: string, destination = '192.0.2.1'): Uint8Array => bytesOf(ipv4({ source, destination }));

it.each([
  ['a global source, from link to link', six('2001:db8:1::1'), a, b, 'inFlight'],
  ['a unique local source', six('fd00:a::2'), a, b, 'inFlight'],
  ['back over the link it came from, which has other nodes', six('fd00:a::2'), a, a, 'inFlight'],
  ['back over a point-to-point link', six('fd00:c::2'), p, p, 'pointToPointReturn'],
  ['to another link from a point-to-point link', six('fd00:c::2'), p, a, 'inFlight'],
  // RFC 4291 §2.5.2, RFC 4007 §9
  ['an unspecified source', six('::'), a, b, 'unspecifiedSource'],
  ['a link-local source', six('fe80::2'), a, b, 'beyondScope'],
  ['a link-local source, back to its link', six('fe80::2'), a, a, 'inFlight'],
  ['a source that was site-local once', six('fec0::1'), a, b, 'inFlight'],
  ['a global source, IPv4', four('10.0.1.2'), a, b, 'inFlight'],
  ['back over a point-to-point link, IPv4', four('10.0.3.2'), p, p, 'pointToPointReturn'],
  // RFC 1812 §5.3.7, RFC 3927 §7
  ['an unspecified source, IPv4', four('0.0.0.0'), a, b, 'unspecifiedSource'],
  ['a source on this network, IPv4', four('0.1.2.3'), a, b, 'unspecifiedSource'],
  ['a link-local source, IPv4', four('169.254.1.1'), a, b, 'beyondScope'],
  ['a link-local destination, IPv4', four('10.0.1.2', '169.254.1.1'), a, b, 'beyondScope'],
])('%s', (_name, bytes, inInterface, outInterface, outcome) => {
  const { node } = testbed();
  const packet = received(bytes, { inInterface });
  packet.outInterface = outInterface;
  scopeStep(node.interfaces)(packet);
  expect(outcomeOf(packet)).toBe(outcome);
});

it.each([
  ['a group', six('2001:db8:1::1'), LinkCast.multicast, 'linkMulticast'],
  ['everyone', six('2001:db8:1::1'), LinkCast.broadcast, 'linkMulticast'],
  ['everyone, IPv4', four('10.0.1.2'), LinkCast.broadcast, 'linkMulticast'],
  [
    'a group, as the packet is',
    bytesOf(ipv6({ source: '2001:db8::1', destination: 'ff0e::1' })),
    LinkCast.multicast,
    'inFlight',
  ],
  ['a group, as the packet is, IPv4', four('10.0.1.2', '233.252.0.1'), LinkCast.multicast, 'inFlight'],
])('a frame for %s', (_name, bytes, linkCast, outcome) => {
  const { node } = testbed();
  const packet = received(bytes);
  packet.outInterface = b;
  packet.linkCast = linkCast;
  scopeStep(node.interfaces)(packet);
  expect(outcomeOf(packet)).toBe(outcome);
});
