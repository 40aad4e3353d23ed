/**
 * What RFC 4291 and RFC 4007 (and RFC 4193, RFC 3879, RFC 4443) ask of a router about the scopes of addresses, and what
 * RFC 1122, RFC 1812, RFC 2644 and RFC 3927 ask about those of IPv4: one test for each requirement, named by its clause.
 */

import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../src/packet/index.ts';
import { AddressFlag } from '../../src/state/addresses.ts';
import { addressOf, bytesOf, echoRequest6, icmp6, ipv4, ipv6, packetOf, udp } from '../../src/testing/index.ts';
import { line } from '../support/router.ts';
import { a, addAddress, b, outcomeOf, p, prefixFrom, type Testbed, testbed } from '../support/testbed.ts';
import { answerTo, ask, listening, type Row, table } from './ask.ts';

const there = '2001:db8:1::1';
const here = 'fd00:a::1';
const six = (source: string, destination: string): Uint8Array => bytesOf(ipv6({ source, destination }), udp());
const echo = (source: string, destination: string): Uint8Array =>
  bytesOf(ipv6({ source, destination }), echoRequest6());

describe('RFC 4291 §2.5: unicast addresses', () => {
  table([
    ['§2.5.2', '"must never be used as the destination": ::', six('fd00:a::2', '::'), 'unspecifiedDestination'],
    ['§2.5.2', '"must never be forwarded": a packet from ::', six('::', there), 'unspecifiedSource'],
    ['§2.5.2', 'a packet from :: may be for us', six('::', 'ff02::1'), 'delivered'],
    ['§2.5.2', 'there is no one to answer', echo('::', here), 'unspecifiedSource'],
    ['§2.5.3', '"must be dropped": a packet to ::1 from a wire', six('fd00:a::2', '::1'), 'loopbackAddress'],
    ['§2.5.3', '"must never be sent outside": a packet from ::1', six('::1', there), 'loopbackAddress'],
    ['§2.5.3', 'also when it is for us', six('::1', here), 'loopbackAddress'],
    [
      '§2.5.5.1',
      'IPv4-compatible destinations are routed like others',
      six('fd00:a::2', '::192.0.2.1'),
      'noRoute, 1/0',
    ],
    ['§2.5.5.1', 'IPv4-compatible sources too', six('::192.0.2.1', there), 'forwarded'],
    ['§2.5.5.2', 'IPv4-mapped sources are not for wires', six('::ffff:192.0.2.1', there), 'mappedAddress'],
    ['§2.5.5.2', 'IPv4-mapped destinations neither', six('fd00:a::2', '::ffff:192.0.2.1'), 'mappedAddress'],
    ['§2.5.6', '"must not forward": a link-local source to another link', six('fe80::2', there), 'beyondScope, 1/2'],
    ['§2.5.6', '"must not forward": a link-local destination', six('fe80::2', 'fe80::77'), 'foreignLinkLocal, 1/3'],
    ['§2.5.6', 'whoever sends it', six('fd00:a::2', 'fe80::77'), 'foreignLinkLocal, 1/3'],
    ['§2.5.6', 'a link-local packet for us is delivered', six('fe80::2', 'fe80::a1'), 'delivered'],
    ['§2.5.6', '54 bits are zero: a source with a zone in them', six('fe80:2::2', 'ff02::1'), 'embeddedZone'],
    ['§2.5.6', '54 bits are zero: a destination', six('fe80::2', 'fe80:2::a1'), 'embeddedZone'],
    ['§2.5.6', '54 bits are zero: the last of the /10', six('febf:ffff:ffff:ffff::1', there), 'embeddedZone'],
    ['§2.5.7', 'site-local addresses are global ones (RFC 3879 §4)', six('fec0::2', there), 'forwarded'],
    ['§2.5.7', 'as destinations too', six('fd00:a::2', 'fec0::2'), 'noRoute, 1/0'],
    ['RFC 4193 §3.3', 'unique local sources are of global scope', six('fd77::2', there), 'forwarded'],
    ['RFC 4193 §3.3', 'and destinations', six('2001:db8:9::2', 'fd00:b::77'), 'forwarded'],
  ]);
});

describe('RFC 4291 §2.6: anycast addresses', () => {
  it('a packet to one is for us; who answers it has another', () => {
    const bed = listening();
    addAddress(bed.node, a, 'fd00:a::5/64', AddressFlag.anycast);
    expect(answerTo(six('fd00:a::2', 'fd00:a::5'), { bed })).toBe('delivered');
    expect(ask(echo('fd00:a::2', 'fd00:a::5'), { bed }).said[0]?.source).toBe(here);
  });
});

describe('RFC 4291 §2.7: multicast addresses', () => {
  const joined = (group: string): Testbed => {
    const bed = listening();
    bed.node.memberships.join(a, addressOf(group));
    return bed;
  };
  table([
    ['§2.7', '"must not be used as source addresses"', six('ff02::1', here), 'multicastSource'],
    ['§2.7', 'not when forwarded either', six('ff0e::1', there), 'multicastSource'],
    ['§2.7', '"must be silently dropped": the reserved scope 0', six('fd00:a::2', 'ff00::1'), 'reservedGroup'],
    [
      'errata 3480',
      'interface-local groups don’t come from a wire',
      six('fd00:a::2', 'ff01::1'),
      'interfaceLocalGroup',
    ],
    [
      '§2.7',
      '"must not forward beyond the scope": no group that is not ours',
      six('fd00:a::2', 'ff0e::9'),
      'notMember',
    ],
    ['§2.7.1', 'groups without meaning are for nobody', six('fd00:a::2', 'ff02::'), 'notMember'],
    ['§2.8', 'all nodes of the link', six('fd00:a::2', 'ff02::1'), 'delivered'],
    ['§2.8', 'all routers of the link', six('fd00:a::2', 'ff02::2'), 'delivered'],
    ['§2.8', 'all routers of the site', six('fd00:a::2', 'ff05::2'), 'delivered'],
    ['§2.8', 'the solicited-node groups of our addresses', six('fd00:a::2', 'ff02::1:ff00:a1'), 'delivered'],
    ['§2.8', 'not those of others', six('fd00:a::2', 'ff02::1:ff00:77'), 'notMember'],
  ]);

  it.each(['ff00::1', 'ff01::1'])('§2.7: %s is refused from a wire even by a member', (group) => {
    expect(answerTo(six('fd00:a::2', group), { bed: joined(group) })).toMatch(/^(reserved|interfaceLocal)Group$/);
  });

  it.each(['ff0f::9', 'ff0e::9', 'ff03::9', 'ff02::9'])(
    '§2.7: %s is for a member, whatever else its scope says',
    (group) => {
      expect(answerTo(six('fd00:a::2', group), { bed: joined(group) })).toBe('delivered');
    },
  );

  it('§2.7: "must not originate": packets of ours to scope 0 and 1 do not leave', () => {
    const bed = testbed();
    const fates: string[] = [];
    const own$ = new Subject<Packet>();
    own$.pipe(line(bed, { see: (packet) => fates.push(outcomeOf(packet)) })).subscribe();
    for (const group of ['ff00::1', 'ff01::1', 'ff02::1']) {
      const packet = packetOf(six('fe80::a1', group));
      packet.outInterface = a;
      own$.next(packet);
    }
    expect(fates).toEqual(['reservedGroup', 'interfaceLocalGroup', 'sent']);
  });
});

describe('RFC 4007: scope zones', () => {
  it('§6: the zone of a link-local address is its link: ours on one link is not ours on another', () => {
    expect(answerTo(six('fe80::2', 'fe80::b1'), { inInterface: b })).toBe('delivered');
    expect(answerTo(six('fe80::2', 'fe80::b1'), { inInterface: a })).toBe('foreignLinkLocal, 1/3');
  });

  it('§6: the same address may be ours on both', () => {
    const bed = listening();
    addAddress(bed.node, b, 'fe80::a1/64');
    for (const inInterface of [a, b])
      expect(answerTo(six('fe80::2', 'fe80::a1'), { bed, inInterface })).toBe('delivered');
  });

  it('§9: a link-local source may go back to its zone; it hears of the better way', () => {
    const bed = listening();
    bed.node.routes.add({ to: prefixFrom('3fff::/20'), via: addressOf('fe80::fe'), interfaceIndex: a });
    expect(answerTo(six('fe80::2', '3fff::1'), { bed })).toBe('forwarded, 137/0');
  });

  it('§9: but not over a point-to-point link (RFC 4443 §3.1)', () => {
    expect(answerTo(six('fe80::2', 'fd00:c::3'), { inInterface: p })).toBe('pointToPointReturn, 1/3');
  });

  it('§9: "the packet is discarded" and its source told by the link it came from', () => {
    const { fate, said } = ask(six('fe80::2', there));
    expect([fate, said.map(({ destination, outInterface, source }) => [destination, outInterface, source])]).toEqual([
      'beyondScope',
      [['fe80::2', a, 'fe80::a1']],
    ]);
  });

  it('§9: the next hop that a route names by a link-local address is on the route’s link', () => {
    const bed = listening();
    bed.node.routes.add({ to: prefixFrom('3fff::/20'), via: addressOf('fe80::fe'), interfaceIndex: b });
    expect(answerTo(six('fd00:a::2', '3fff::1'), { bed })).toBe('forwarded');
  });

  it('§9: what answers a link-local address goes back to its zone', () => {
    const { said } = ask(echo('fe80::2', 'fe80::b1'), { inInterface: b });
    expect(said.map(({ type, destination, outInterface }) => [type, destination, outInterface])).toEqual([
      [129, 'fe80::2', b],
    ]);
  });

  it('§9: an error about an error there is none, even across zones', () => {
    expect(answerTo(bytesOf(ipv6({ source: 'fe80::2', destination: there }), icmp6({ type: 1 })))).toBe('beyondScope');
  });
});

describe('RFC 4443 §4.2: an echo request to a group', () => {
  it('is answered from an address of the interface it came by, though another might fit better', () => {
    const bed = listening();
    bed.node.addresses.remove(a, addressOf(here));
    expect(ask(echo('fd00:b::2', 'ff05::2'), { bed }).said[0]?.source).toBe('fe80::a1');
  });
});

describe('IPv4', () => {
  const four = (source: string, destination: string): Uint8Array => bytesOf(ipv4({ source, destination }), udp());
  const rows: readonly Row[] = [
    ['RFC 1812 §5.3.7', 'no source in 127/8', four('127.0.0.1', '192.0.2.1'), 'loopbackAddress'],
    ['RFC 1122 §3.2.1.3 g', 'no destination in 127/8', four('10.0.1.2', '127.0.0.1'), 'loopbackAddress'],
    ['RFC 1812 §5.3.7', 'no group as a source', four('224.0.0.1', '192.0.2.1'), 'multicastSource'],
    ['RFC 1122 §3.2.1.3 c', '255.255.255.255 is no source', four('255.255.255.255', '10.0.1.1'), 'broadcastSource'],
    ['RFC 1812 §5.3.7', 'no source in 240/4', four('250.0.0.1', '192.0.2.1'), 'reservedAddress'],
    ['RFC 1112 §4', 'no destination in 240/4', four('10.0.1.2', '250.0.0.1'), 'reservedAddress'],
    ['RFC 1122 §3.2.1.3 a', '0.0.0.0 is no destination', four('10.0.1.2', '0.0.0.0'), 'unspecifiedDestination'],
    ['RFC 1812 §5.3.7', 'a source in 0/8 is not forwarded', four('0.0.0.0', '192.0.2.1'), 'unspecifiedSource'],
    ['RFC 1122 §3.2.1.3 a', 'but it may be for us', four('0.0.0.0', '255.255.255.255'), 'delivered'],
    ['RFC 3927 §2.7', 'a link-local source is not forwarded', four('169.254.1.1', '192.0.2.1'), 'beyondScope'],
    ['RFC 3927 §7', 'nor a link-local destination', four('10.0.1.2', '169.254.1.1'), 'noRoute'],
    ['RFC 1812 §5.3.5.1', '255.255.255.255 is for the link', four('10.0.1.2', '255.255.255.255'), 'delivered'],
    ['RFC 1812 §5.3.5.2', 'so is the link’s own broadcast address', four('10.0.1.2', '10.0.1.255'), 'delivered'],
    ['RFC 1812 §4.2.3.1', 'and the old one, all zeros', four('10.0.1.2', '10.0.1.0'), 'delivered'],
    ['RFC 2644 §2', 'directed broadcasts to other links are off', four('10.0.1.2', '10.0.2.255'), 'linkBroadcast'],
    ['RFC 1812 §4.2.3.1', 'old ones too', four('10.0.1.2', '10.0.2.0'), 'linkBroadcast'],
  ];
  it.each(rows)('%s: %s', (_clause, _must, bytes, expected) => {
    const bed = listening();
    const wire$ = new Subject<Packet>();
    let fate = '';
    const see = (packet: Packet): void => {
      if (packet.inInterface !== 0) fate = outcomeOf(packet);
    };
    wire$.pipe(line(bed, { see })).subscribe();
    wire$.next(packetOf(bytes, { inInterface: a }));
    expect(fate).toBe(expected);
  });
});
