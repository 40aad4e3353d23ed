import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ethernetInputStep, writeEthernet } from '../../src/operators/ethernet.ts';
import { LinkCast, Packet } from '../../src/packet/index.ts';
import {
  bytesOf,
  type EthernetFields,
  echoRequest6,
  ethernet,
  ipv4,
  ipv6,
  type Layer,
  packetOf,
  udp,
} from '../../src/testing/index.ts';
import { e, ethernetBed, ours } from '../support/ethernet-bed.ts';
import { a, outcomeOf } from '../support/testbed.ts';

const peer = '02:00:00:00:00:02';
const six = ipv6({ source: 'fd00:e::2', destination: 'fd00:e::1' });
const four = ipv4({ source: '10.0.9.2', destination: '10.0.9.1' });
const framed = (fields: Partial<EthernetFields> = {}, ...layers: readonly (Layer | Uint8Array)[]): Uint8Array =>
  bytesOf(ethernet({ source: peer, destination: ours, ...fields }), ...(layers.length === 0 ? [six, udp()] : layers));

/** What becomes of a frame; with how many it was shared. */
const take = (bytes: Uint8Array, inInterface = e): { outcome: string; packet: Packet } => {
  const { node } = ethernetBed();
  const packet = packetOf(bytes, { inInterface });
  ethernetInputStep(node, new Subject())(packet);
  return { outcome: outcomeOf(packet), packet };
};

describe('which frames come in', () => {
  const { unicast, multicast, broadcast } = LinkCast;

  it.each<[what: string, outcome: string, cast: LinkCast, bytes: Uint8Array]>([
    ['for us', 'inFlight', unicast, framed()],
    ['for us, IPv4', 'inFlight', unicast, framed({}, four, udp())],
    ['for us, with a priority tag', 'inFlight', unicast, framed({ tag: 0xe000 })],
    ['for everyone', 'inFlight', broadcast, framed({ destination: 'ff:ff:ff:ff:ff:ff' })],
    ['for all nodes (RFC 2464 §7)', 'inFlight', multicast, framed({ destination: '33:33:00:00:00:01' })],
    ['for all routers', 'inFlight', multicast, framed({ destination: '33:33:00:00:00:02' })],
    ['for the group of fd00:e::1', 'inFlight', multicast, framed({ destination: '33:33:ff:00:00:01' })],
    ['for all systems (RFC 1112 §6.4)', 'inFlight', multicast, framed({ destination: '01:00:5e:00:00:01' })],
    ['for a group of others', 'notForUs', multicast, framed({ destination: '33:33:ff:00:00:99' })],
    ['for an IPv4 group of others', 'notForUs', multicast, framed({ destination: '01:00:5e:00:00:fb' })],
    ['for another node', 'notForUs', unicast, framed({ destination: '02:00:00:00:00:23' })],
    ['for another VLAN', 'notForUs', unicast, framed({ tag: 5 })],
    ['behind two tags', 'notForUs', unicast, framed({ tag: 0, etherType: 0x8100 })],
    ['from a group', 'badLinkLayerSource', unicast, framed({ source: '01:00:5e:00:00:01' })],
    ['with something else in it', 'unknownEtherType', unicast, framed({ etherType: 0x88cc })],
    ['of IEEE 802.3', 'unknownEtherType', unicast, framed({ etherType: 46 })],
    ['that says IPv4 and has IPv6', 'etherTypeMismatch', unicast, framed({ etherType: 0x0800 })],
    ['that says IPv6 and has IPv4', 'etherTypeMismatch', unicast, framed({ etherType: 0x86dd }, four, udp())],
    ['that ends in its header', 'truncatedFrame', unicast, framed().slice(0, 13)],
    ['that ends in its tag', 'truncatedFrame', unicast, framed({ tag: 0 }).slice(0, 17)],
    ['of nothing', 'truncatedFrame', unicast, new Uint8Array(0)],
    ['that is only a header', 'inFlight', unicast, framed().slice(0, 14)],
  ])('%s: %s', (_, outcome, cast, bytes) => {
    const taken = take(bytes);
    expect([taken.outcome, taken.packet.linkCast]).toEqual([outcome, cast]);
  });

  it('the packet begins behind the header', () => {
    for (const [bytes, length] of [
      [framed(), 14],
      [framed({ tag: 0 }), 18],
    ] as const) {
      const { packet } = take(bytes);
      expect([packet.start - packet.link, packet.upper - packet.start]).toEqual([length, 0]);
      expect(packet.view.getUint8(packet.start) >> 4).toBe(6);
    }
  });

  it('what is no IP packet has no bytes behind its header', () => {
    for (const bytes of [framed({ etherType: 0x88cc }), framed().slice(0, 13)]) {
      const { packet } = take(bytes);
      expect(packet.start).toBe(packet.end);
    }
  });

  it('on a link without link-layer addresses packets come as they are', () => {
    const { outcome, packet } = take(bytesOf(six, udp()), a);
    expect([outcome, packet.start - packet.link]).toEqual(['inFlight', 0]);
  });

  it('goes by the link-layer address that the interface has now', () => {
    const { node, give } = ethernetBed();
    const ping = (destination: string) => give(bytesOf(ethernet({ source: peer, destination }), six, echoRequest6()));
    expect([ping(ours), ping('0a:00:00:00:00:01')]).toEqual(['delivered', 'notForUs']);
    node.interfaces.changeLinkLayerAddress(e, { high: 0x0a00, low: 1 });
    expect([ping(ours), ping('0a:00:00:00:00:01')]).toEqual(['notForUs', 'delivered']);
  });
});

describe('writeEthernet', () => {
  const { node } = ethernetBed();
  const { table } = node.interfaces;

  it.each([
    [6, '0200000000aa 020000000022 86dd'],
    [4, '0200000000aa 020000000022 0800'],
  ] as const)('IPv%i', (family, expected) => {
    const packet = packetOf(bytesOf(family === 6 ? six : four, udp()));
    packet.family = family;
    packet.outInterface = e;
    const { start } = packet;
    writeEthernet(table, packet, 0x0200, 0xaa);
    const header = Buffer.from(packet.bytes.slice(packet.link, start)).toString('hex');
    expect([packet.start, start - packet.link, header]).toEqual([start, 14, expected.replaceAll(' ', '')]);
  });

  it('refuses where there is no room before the packet', () => {
    const packet = new Packet(60).reset(13, 40);
    packet.outInterface = e;
    writeEthernet(table, packet, 0x0200, 0xaa);
    expect(outcomeOf(packet)).toBe('noHeadroom');
  });
});
