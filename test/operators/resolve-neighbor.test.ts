import { describe, expect, it } from 'vitest';
import {
  addressOf,
  bytesOf,
  echoRequest6,
  ethernet,
  type Ipv4Fields,
  type Ipv6Fields,
  ipv4,
  ipv6,
  linkLayerOf,
  linkLayerOption,
  neighborAdvertisement,
  udp,
} from '../../src/testing/index.ts';
import { type EthernetBed, e, ethernetBed, f, ours } from '../support/ethernet-bed.ts';
import { a, advance, p, prefixFrom } from '../support/testbed.ts';

const peer = '02:00:00:00:00:02';
const six = (fields: Partial<Ipv6Fields> = {}): Uint8Array =>
  bytesOf(ipv6({ source: 'fd00:c::2', destination: 'fd00:e::2', ...fields }), udp());
const four = (fields: Partial<Ipv4Fields> = {}): Uint8Array =>
  bytesOf(ipv4({ source: '10.0.3.2', destination: '10.0.9.2', ...fields }), udp());

const know = ({ node }: EthernetBed, address: string, linkLayer = peer, interfaceIndex = e): void => {
  node.neighbors.hearInformation(interfaceIndex, addressOf(address), linkLayerOf(linkLayer));
  node.neighbors.confirm(interfaceIndex, addressOf(address));
};

const answer = (bed: EthernetBed, target: string, flags = 'SO', linkLayer = peer): string =>
  bed.give(
    bytesOf(
      ethernet({ source: linkLayer, destination: ours }),
      ipv6({ source: target, destination: 'fd00:e::1', hopLimit: 255 }),
      neighborAdvertisement(flags, target, linkLayerOption('target', linkLayer)),
    ),
  );

const udpText = (source: string, destination: string): string =>
  `IP6 ${source}.4000 > ${destination}.4001: UDP, hop limit 63, length 0`;
const askText = (target: string, group: string): string =>
  `IP6 fd00:e::1 > ff02::1:ff${group}: ICMP6 neighbor solicitation for ${target}, hop limit 255, length 32`;

describe('to whom a packet goes', () => {
  it('to the destination, on the link', () => {
    const bed = ethernetBed();
    know(bed, 'fd00:e::2');
    expect([bed.give(six(), p), bed.said()]).toEqual(['sent', [`${peer} ${udpText('fd00:c::2', 'fd00:e::2')}`]]);
    const header = Buffer.from(bed.frames[0]!.slice(0, 14)).toString('hex');
    expect(header).toBe('02000000000202000000002286dd');
  });

  it('to the next hop', () => {
    const bed = ethernetBed();
    bed.node.routes.add({ to: prefixFrom('3fff::/20'), via: addressOf('fe80::9'), interfaceIndex: e });
    know(bed, 'fe80::9', '02:00:00:00:00:09');
    expect([bed.give(six({ destination: '3fff::1' }), p), bed.said()]).toEqual([
      'sent',
      [`02:00:00:00:00:09 ${udpText('fd00:c::2', '3fff::1')}`],
    ]);
  });

  it('to the next hop, IPv4', () => {
    const bed = ethernetBed();
    bed.node.routes.add({ to: prefixFrom('198.18.0.0/15'), via: addressOf('10.0.9.9'), interfaceIndex: e });
    know(bed, '10.0.9.9', '02:00:00:00:00:09');
    bed.give(four({ destination: '198.18.0.1' }), p);
    expect(bed.said()).toEqual(['02:00:00:00:00:09 IP 10.0.3.2.4000 > 198.18.0.1.4001: UDP, ttl 63, length 0']);
    expect(Buffer.from(bed.frames[0]!.slice(6, 14)).toString('hex')).toBe('0200000000220800');
  });

  it('the same address is another neighbor on another link', () => {
    const bed = ethernetBed();
    know(bed, 'fe80::9', '02:00:00:00:00:09', e);
    know(bed, 'fe80::9', '02:00:00:00:00:0a', f);
    const ping = bytesOf(ipv6({ source: 'fe80::33', destination: 'fe80::9' }), echoRequest6());
    bed.originate(ping, f);
    expect(bed.said()[0]?.slice(0, 17)).toBe('02:00:00:00:00:0a');
  });

  it.each([
    ['ff02::1', '33:33:00:00:00:01'],
    ['ff02::1:ff00:99', '33:33:ff:00:00:99'],
  ])('to the group: %s to %s (RFC 2464 §7)', (destination, linkLayer) => {
    const bed = ethernetBed();
    bed.originate(bytesOf(ipv6({ source: 'fe80::22', destination }), udp()), e);
    expect(bed.said()[0]?.slice(0, 17)).toBe(linkLayer);
  });

  it.each([
    ['224.0.0.9', '01:00:5e:00:00:09'],
    ['239.129.1.2', '01:00:5e:01:01:02'],
    ['255.255.255.255', 'ff:ff:ff:ff:ff:ff'],
  ])('to the group: %s to %s (RFC 1112 §6.4)', (destination, linkLayer) => {
    const bed = ethernetBed();
    bed.originate(bytesOf(ipv4({ source: '10.0.9.1', destination }), udp()), e);
    expect(bed.said()[0]?.slice(0, 17)).toBe(linkLayer);
  });

  it('packets for links without link-layer addresses go bare, also those that came in a frame', () => {
    const bed = ethernetBed();
    know(bed, 'fd00:e::2');
    const from = ethernet({ source: peer, destination: ours });
    bed.give(bytesOf(from, ipv6({ source: 'fd00:e::2', destination: 'fd00:c::2' }), udp()));
    bed.give(six({ destination: 'fd00:a::2' }), p);
    expect(bed.said()).toEqual([
      `bare ${udpText('fd00:e::2', 'fd00:c::2')}`,
      `bare ${udpText('fd00:c::2', 'fd00:a::2')}`,
    ]);
  });

  it('from one Ethernet to another', () => {
    const bed = ethernetBed();
    know(bed, 'fd00:f::2', '02:00:00:00:00:0f', f);
    const from = ethernet({ source: peer, destination: ours, tag: 0xe000 });
    bed.give(bytesOf(from, ipv6({ source: 'fd00:e::2', destination: 'fd00:f::2' }), udp()));
    expect(bed.said()).toEqual([`02:00:00:00:00:0f ${udpText('fd00:e::2', 'fd00:f::2')}`]);
    expect(Buffer.from(bed.frames[0]!.slice(0, 14)).toString('hex')).toBe('02000000000f02000000003386dd');
  });
});

describe('when the link-layer address is not known', () => {
  it('packets wait while the neighbor is asked for, and go on in order', () => {
    const bed = ethernetBed();
    for (const hopLimit of [10, 11, 12]) expect(bed.give(six({ hopLimit }), p)).toBe('');
    expect(bed.said()).toEqual([`33:33:ff:00:00:02 ${askText('fd00:e::2', '00:2')}`]);
    expect(bed.node.counters.balance().held).toBe(3);
    expect(answer(bed, 'fd00:e::2')).toBe('delivered');
    expect(bed.said().map((line) => line.replace(/.*hop limit (\d+).*/, '$1'))).toEqual(['9', '10', '11']);
    expect([bed.give(six(), p), bed.node.counters.balance().held]).toEqual(['sent', 0]);
  });

  it('the question carries our link-layer address (RFC 4861 §7.2.2)', () => {
    const bed = ethernetBed();
    bed.give(six(), p);
    expect(Buffer.from(bed.frames[0]!.slice(-8)).toString('hex')).toBe('0101020000000022');
  });

  it('everyone is asked for an IPv4 neighbor (RFC 826)', () => {
    const bed = ethernetBed();
    bed.give(four(), p);
    expect(bed.said()).toEqual(['ff:ff:ff:ff:ff:ff Ethernet 02:00:00:00:00:22 > ff:ff:ff:ff:ff:ff: ARP, length 28']);
    expect(Buffer.from(bed.frames[0]!.slice(14)).toString('hex')).toBe(
      '00010800060400010200000000220a0009010000000000000a000902',
    );
  });

  it('the sender hears that the address is unreachable after three seconds (RFC 4861 §7.2.2)', () => {
    const bed = ethernetBed();
    bed.give(six(), p);
    bed.give(six(), p);
    bed.said();
    advance(bed.clock, 2_999);
    expect([bed.said().length, bed.refused()]).toEqual([2, []]);
    advance(bed.clock, 1);
    const error = 'bare IP6 fd00:c::1 > fd00:c::2: ICMP6 destination unreachable (address unreachable)';
    expect(bed.said().map((line) => line.slice(0, error.length))).toEqual([error, error]);
    expect(bed.refused()).toEqual(['addressUnreachable', 'addressUnreachable']);
    expect(bed.node.neighbors.size).toBe(0);
  });

  it('and for IPv4, that the host is (RFC 1122 §2.3.2.2)', () => {
    const bed = ethernetBed();
    bed.give(four(), p);
    advance(bed.clock, 3_000);
    expect(bed.said().at(-1)).toContain('IP 10.0.3.1 > 10.0.3.2: ICMP destination unreachable (host)');
  });

  it('the quote has the hop limit that the packet came with', () => {
    const bed = ethernetBed();
    bed.give(six({ hopLimit: 7 }), p);
    advance(bed.clock, 3_000);
    expect(bed.frames.at(-1)?.[40 + 8 + 7]).toBe(7);
  });

  it('nobody is told about packets of our own', () => {
    const bed = ethernetBed();
    bed.originate(six({ source: 'fd00:e::1' }));
    advance(bed.clock, 3_000);
    expect([bed.refused(), bed.said().length]).toEqual([['addressUnreachable'], 3]);
  });

  it('nobody is asked from a link without an address of ours, and the packet is refused all the same', () => {
    const bed = ethernetBed();
    for (const { interfaceIndex, address } of bed.node.addresses.list(e)) {
      bed.node.addresses.remove(interfaceIndex, address);
    }
    bed.node.routes.add({ to: prefixFrom('fd00:e::/64'), interfaceIndex: e });
    bed.give(six(), p);
    advance(bed.clock, 3_000);
    expect([bed.refused(), bed.said().length]).toEqual([['addressUnreachable'], 1]);
  });
});

describe('a neighbor whose link-layer address changes', () => {
  it('is followed at once when it says so', () => {
    const bed = ethernetBed();
    know(bed, 'fd00:e::2');
    answer(bed, 'fd00:e::2', 'O', '02:00:00:00:00:77');
    bed.give(six(), p);
    expect(bed.said().at(-1)?.slice(0, 17)).toBe('02:00:00:00:00:77');
  });

  it('is found again when it does not: probed, sought in its group, resolved', () => {
    const bed = ethernetBed();
    know(bed, 'fd00:e::2');
    advance(bed.clock, 60_000); // stale
    bed.give(six(), p);
    expect(bed.said()).toEqual([`${peer} ${udpText('fd00:c::2', 'fd00:e::2')}`]);
    advance(bed.clock, 5_000);
    const probe = 'IP6 fd00:e::1 > fd00:e::2: ICMP6 neighbor solicitation for fd00:e::2, hop limit 255, length 32';
    expect(bed.said()).toEqual([`${peer} ${probe}`]);
    advance(bed.clock, 3_000);
    expect(bed.said().at(-1)).toBe(`33:33:ff:00:00:02 ${askText('fd00:e::2', '00:2')}`);
    answer(bed, 'fd00:e::2', 'SO', '02:00:00:00:00:77');
    bed.give(six(), p);
    expect(bed.said().at(-1)?.slice(0, 17)).toBe('02:00:00:00:00:77');
  });

  it('is probed by ARP, too', () => {
    const bed = ethernetBed();
    know(bed, '10.0.9.2');
    advance(bed.clock, 60_000);
    bed.give(four(), p);
    bed.said();
    advance(bed.clock, 5_000);
    expect(bed.said()).toEqual([`${peer} Ethernet ${ours} > ${peer}: ARP, length 28`]);
  });
});

describe('at the end', () => {
  it('what waits is refused and counted when the source completes', () => {
    const bed = ethernetBed();
    bed.give(six(), p);
    bed.give(four(), p);
    bed.complete();
    expect([bed.refused(), bed.pool.outstanding]).toEqual([['resolutionStopped', 'resolutionStopped'], 0]);
    expect(bed.node.counters.balance().held).toBe(0);
  });

  it('and when the line is let go', () => {
    const bed = ethernetBed();
    bed.give(six(), p);
    bed.give(six({ destination: 'fd00:e::3' }), p);
    bed.stop();
    expect([bed.pool.outstanding, bed.node.counters.balance().held]).toEqual([0, 0]);
    expect(bed.node.counters.refusals().get('resolutionStopped')).toBe(2);
    expect(bed.clock.actions.filter(({ closed }) => !closed)).toEqual([]);
  });

  it('and when the interface goes down', () => {
    const bed = ethernetBed();
    bed.give(six(), p);
    bed.node.interfaces.takeDown(e);
    expect([bed.refused(), bed.pool.outstanding]).toEqual([['noInterface'], 0]);
  });

  it('a line may begin anew', () => {
    const bed = ethernetBed();
    bed.stop();
    expect(() => bed.node.neighbors.attach({ emit: () => {}, solicit: () => {} })()).not.toThrow();
    expect(bed.give(six(), a)).toBe('');
  });
});
