import { describe, expect, it } from 'vitest';
import { AddressFlag } from '../../src/state/addresses.ts';
import {
  addressOf,
  arpMessage,
  bytesOf,
  ethernet,
  fragmentHeader,
  type Ipv6Fields,
  ipv6,
  linkLayerOf,
  linkLayerOption,
  neighborAdvertisement,
  neighborSolicitation,
} from '../../src/testing/index.ts';
import { type EthernetBed, e, ethernetBed, f, ours } from '../support/ethernet-bed.ts';
import { addAddress, advance, p } from '../support/testbed.ts';

const peer = '02:00:00:00:00:02';
const other = '02:00:00:00:00:03';
const everyone = 'ff:ff:ff:ff:ff:ff';

interface Question extends Partial<Ipv6Fields> {
  readonly target?: string;
  readonly options?: readonly Uint8Array[];
  readonly to?: string;
}

/** A Neighbor Solicitation from fd00:e::2, to the group of our address. */
const question = ({ target = 'fd00:e::1', options, to, ...fields }: Question = {}): Uint8Array =>
  bytesOf(
    ethernet({ source: peer, destination: to ?? '33:33:ff:00:00:01' }),
    ipv6({ source: 'fd00:e::2', destination: 'ff02::1:ff00:1', hopLimit: 255, ...fields }),
    neighborSolicitation(target, ...(options ?? [linkLayerOption('source', peer)])),
  );

interface Claim extends Partial<Ipv6Fields> {
  readonly flags?: string;
  readonly target?: string;
  readonly options?: readonly Uint8Array[];
}

/** A Neighbor Advertisement of fd00:e::2 for us. */
const claim = ({ flags = 'SO', target = 'fd00:e::2', options, ...fields }: Claim = {}): Uint8Array =>
  bytesOf(
    ethernet({ source: peer, destination: ours }),
    ipv6({ source: target, destination: 'fd00:e::1', hopLimit: 255, ...fields }),
    neighborAdvertisement(flags, target, ...(options ?? [linkLayerOption('target', peer)])),
  );

const answerText = (of: string, to: string, flags: string, from = of): string =>
  `IP6 ${from} > ${to}: ICMP6 neighbor advertisement of ${of} (${flags}), hop limit 255, length 32`;

const stateOf = ({ node }: EthernetBed, address: string, interfaceIndex = e): string | undefined =>
  node.neighbors.get(interfaceIndex, addressOf(address))?.state;

describe('a Neighbor Solicitation (RFC 4861 §7.2.3, §7.2.4)', () => {
  it('is answered: to who asks, solicited, with our link-layer address', () => {
    const bed = ethernetBed();
    expect(bed.give(question())).toBe('delivered');
    expect(bed.said()).toEqual([`${peer} ${answerText('fd00:e::1', 'fd00:e::2', 'router, solicited, override')}`]);
    expect(Buffer.from(bed.frames[0]!.slice(-8)).toString('hex')).toBe('0201020000000022');
  });

  it('makes an entry for who asks, stale, a host', () => {
    const bed = ethernetBed();
    bed.give(question());
    expect(bed.node.neighbors.get(e, addressOf('fd00:e::2'))).toMatchObject({
      state: 'delay', // for the answer was sent to it
      linkLayerAddress: linkLayerOf(peer),
      isRouter: false,
    });
  });

  it('without a link-layer address it does not; who asks is asked for its own', () => {
    const bed = ethernetBed();
    bed.give(question({ options: [] }));
    expect(bed.said()).toEqual([
      '33:33:ff:00:00:02 IP6 fd00:e::1 > ff02::1:ff00:2: ICMP6 neighbor solicitation for fd00:e::2, hop limit 255, length 32',
    ]);
    bed.give(claim());
    expect(bed.said()).toEqual([`${peer} ${answerText('fd00:e::1', 'fd00:e::2', 'router, solicited, override')}`]);
  });

  it('from nobody is answered to all nodes, unsolicited: someone wants our address (RFC 4862 §5.4)', () => {
    const bed = ethernetBed();
    expect(bed.give(question({ source: '::', options: [] }))).toBe('delivered');
    expect(bed.said()).toEqual([`33:33:00:00:00:01 ${answerText('fd00:e::1', 'ff02::1', 'router, override')}`]);
    expect(bed.node.neighbors.size).toBe(0);
  });

  it('for our link-local address is answered on its link only', () => {
    const bed = ethernetBed();
    const fields = { source: 'fe80::2', target: 'fe80::22', destination: 'ff02::1:ff00:22' };
    expect(bed.give(question({ ...fields, to: '33:33:ff:00:00:22' }))).toBe('delivered');
    expect(bed.said()).toEqual([`${peer} ${answerText('fe80::22', 'fe80::2', 'router, solicited, override')}`]);
    expect(bed.give(question({ ...fields, target: 'fe80::33', to: '33:33:ff:00:00:22' }))).toBe('notOurTarget');
  });

  it('sent to us alone is answered likewise: whoever asks wants to know that we are there', () => {
    const bed = ethernetBed();
    expect(bed.give(question({ destination: 'fd00:e::1', options: [], to: ours }))).toBe('delivered');
    bed.node.neighbors.hearInformation(e, addressOf('fd00:e::2'), linkLayerOf(peer));
    expect(bed.said().at(-1)).toBe(`${peer} ${answerText('fd00:e::1', 'fd00:e::2', 'router, solicited, override')}`);
  });

  it('for an anycast address is answered after a while, without Override (§7.2.7)', () => {
    const bed = ethernetBed();
    addAddress(bed.node, e, 'fd00:e::/64', AddressFlag.anycast);
    const fields = { target: 'fd00:e::', destination: 'ff02::1:ff00:0', to: '33:33:ff:00:00:00' };
    expect([bed.give(question(fields)), bed.said()]).toEqual(['delivered', []]);
    advance(bed.clock, 1_000);
    const answer = answerText('fd00:e::', 'fd00:e::2', 'router, solicited', 'fd00:e::1');
    expect(bed.said()).toEqual([`${peer} ${answer}`]);
  });

  it('for an address that we are a proxy for likewise (§7.2.8)', () => {
    const bed = ethernetBed();
    bed.node.proxies.add(e, addressOf('fd00:e::99'));
    const fields = { target: 'fd00:e::99', destination: 'ff02::1:ff00:99', to: '33:33:ff:00:00:99' };
    expect([bed.give(question(fields)), bed.said()]).toEqual(['delivered', []]);
    advance(bed.clock, 1_000);
    const answer = answerText('fd00:e::99', 'fd00:e::2', 'router, solicited', 'fd00:e::1');
    expect(bed.said()).toEqual([`${peer} ${answer}`]);
  });

  it('of which only so many answers wait', () => {
    const bed = ethernetBed({ smallLimit: 256 });
    bed.node.proxies.add(e, addressOf('fd00:e::99'));
    const fields = { target: 'fd00:e::99', destination: 'ff02::1:ff00:99', to: '33:33:ff:00:00:99' };
    for (let i = 0; i < 100; i += 1) bed.give(question(fields));
    advance(bed.clock, 1_000);
    expect(bed.said()).toHaveLength(64);
  });

  it('leaves no timer behind when the line goes', () => {
    const bed = ethernetBed();
    bed.node.proxies.add(e, addressOf('fd00:e::99'));
    bed.give(question({ target: 'fd00:e::99', destination: 'ff02::1:ff00:99', to: '33:33:ff:00:00:99' }));
    bed.stop();
    bed.node.close();
    expect(bed.clock.actions.filter(({ closed }) => !closed)).toEqual([]);
  });

  it.each<[what: string, outcome: string, asked: Question]>([
    ['with a hop limit of 254', 'foreignDiscovery', { hopLimit: 254 }],
    ['with an option of length 0', 'badDiscovery', { options: [Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)] }],
    ['from nobody with a link-layer address', 'badDiscovery', { source: '::' }],
    [
      'with the link-layer address of a group',
      'badDiscovery',
      { options: [linkLayerOption('source', '33:33:00:00:00:01')] },
    ],
    ['from another network (CERT VU#472363)', 'notNeighbor', { source: '2001:db8::2' }],
    ['from a prefix of another link', 'notNeighbor', { source: 'fd00:f::2' }],
    ['for an address of another link', 'notOurTarget', { target: 'fd00:f::1' }],
    ['for an address of someone else', 'notOurTarget', { target: 'fd00:e::1:1' }],
    ['from an address of ours', 'addressConflict', { source: 'fd00:e::1' }],
  ])('%s: %s', (_, outcome, asked) => {
    const bed = ethernetBed();
    expect([bed.give(question(asked)), bed.said(), bed.node.neighbors.size]).toEqual([outcome, [], 0]);
  });

  it('for a tentative or duplicated address is not answered (RFC 4862 §5.4.3)', () => {
    for (const flag of [AddressFlag.tentative, AddressFlag.duplicated]) {
      const bed = ethernetBed();
      addAddress(bed.node, e, 'fd00:e::8/64', flag);
      const fields = { target: 'fd00:e::8', destination: 'ff02::1:ff00:8', to: '33:33:ff:00:00:08' };
      expect([bed.give(question(fields)), bed.said()]).toEqual(['notOurTarget', []]);
    }
  });

  it('in a fragment is refused (RFC 6980)', () => {
    const bed = ethernetBed();
    const bytes = bytesOf(
      ethernet({ source: peer, destination: '33:33:ff:00:00:01' }),
      ipv6({ source: 'fd00:e::2', destination: 'ff02::1:ff00:1', hopLimit: 255 }),
      fragmentHeader({}),
      neighborSolicitation('fd00:e::1', linkLayerOption('source', peer)),
    );
    expect(bed.give(bytes)).toBe('fragmentedNeighborDiscovery');
  });

  it('on a link without link-layer addresses is answered without one, and nothing is learnt', () => {
    const bed = ethernetBed();
    const bytes = bytesOf(
      ipv6({ source: 'fd00:c::2', destination: 'ff02::1:ff00:1', hopLimit: 255 }),
      neighborSolicitation('fd00:c::1'),
    );
    expect(bed.give(bytes, p)).toBe('delivered');
    const answer = 'IP6 fd00:c::1 > fd00:c::2: ICMP6 neighbor advertisement of fd00:c::1 (router, solicited)';
    expect([bed.said(), bed.node.neighbors.size]).toEqual([[`bare ${answer}, hop limit 255, length 24`], 0]);
  });
});

describe('a Neighbor Advertisement (RFC 4861 §7.2.5)', () => {
  it('resolves', () => {
    const bed = ethernetBed();
    bed.originate(bytesOf(ipv6({ source: 'fd00:e::1', destination: 'fd00:e::2' })));
    expect(stateOf(bed, 'fd00:e::2')).toBe('incomplete');
    expect([bed.give(claim()), stateOf(bed, 'fd00:e::2')]).toEqual(['delivered', 'reachable']);
  });

  it('of a neighbor that was not asked for makes a stale entry (RFC 9131 §6)', () => {
    const bed = ethernetBed();
    bed.give(claim({ flags: 'RO', destination: 'fd00:e::1' }));
    expect(bed.node.neighbors.get(e, addressOf('fd00:e::2'))).toMatchObject({ state: 'stale', isRouter: true });
  });

  it('takes its Router flag back', () => {
    const bed = ethernetBed();
    const seen: boolean[] = [];
    bed.node.neighbors.changes$.subscribe(({ value }) => seen.push(value.isRouter));
    bed.give(claim({ flags: 'RSO' }));
    bed.give(claim({ flags: 'SO' }));
    expect(seen).toEqual([true, false]);
  });

  it.each<[what: string, outcome: string, said: Claim]>([
    ['with a hop limit of 64', 'foreignDiscovery', { hopLimit: 64 }],
    ['of a group', 'badDiscovery', { target: 'ff02::5', source: 'fd00:e::2' }],
    ['with the link-layer address of a group', 'badDiscovery', { options: [linkLayerOption('target', everyone)] }],
    ['of an address on another network', 'notNeighbor', { target: '2001:db8::2' }],
    ['of an address on another link', 'notNeighbor', { target: 'fd00:f::2' }],
    ['of an address of ours', 'addressConflict', { target: 'fd00:e::1', source: 'fd00:e::2' }],
    ['of an address that nobody has said', 'delivered', { options: [] }],
  ])('%s: %s, and nothing is learnt', (_, outcome, said) => {
    const bed = ethernetBed();
    expect([bed.give(claim(said)), bed.node.neighbors.size]).toEqual([outcome, 0]);
  });
});

describe('ARP (RFC 826)', () => {
  const arpFrame = (fields: Partial<Parameters<typeof arpMessage>[0]> = {}, to = everyone): Uint8Array => {
    const message = arpMessage({ sender: '10.0.9.2', senderLinkLayer: peer, target: '10.0.9.1', ...fields });
    return bytesOf(ethernet({ source: peer, destination: to, etherType: 0x0806 }), message);
  };

  it('a request for our address is answered, and its sender known', () => {
    const bed = ethernetBed();
    expect(bed.give(arpFrame())).toBe('delivered');
    expect(bed.said()).toEqual([`${peer} Ethernet ${ours} > ${peer}: ARP, length 28`]);
    expect(Buffer.from(bed.frames[0]!.slice(14)).toString('hex')).toBe(
      '00010800060400020200000000220a0009010200000000020a000902',
    );
    expect(stateOf(bed, '10.0.9.2')).toBe('stale');
  });

  it('whoever wants our address is told (RFC 5227 §2.1.1), and not known by it', () => {
    const bed = ethernetBed();
    expect(bed.give(arpFrame({ sender: '0.0.0.0' }))).toBe('delivered');
    expect([bed.said().length, bed.node.neighbors.size]).toEqual([1, 0]);
  });

  it('we answer as a proxy (RFC 1027)', () => {
    const bed = ethernetBed();
    bed.node.proxies.add(e, addressOf('10.0.9.99'));
    expect([bed.give(arpFrame({ target: '10.0.9.99' })), bed.said().length]).toEqual(['delivered', 1]);
  });

  const reply = { operation: 'reply', targetLinkLayer: ours } as const;

  it('a reply resolves, if we asked: it confirms whoever answers', () => {
    const bed = ethernetBed();
    bed.node.neighbors.hearInformation(e, addressOf('10.0.9.2'), linkLayerOf(other));
    expect(bed.give(arpFrame(reply, ours))).toBe('delivered');
    expect(bed.node.neighbors.get(e, addressOf('10.0.9.2'))).toMatchObject({
      state: 'reachable',
      linkLayerAddress: linkLayerOf(peer),
    });
  });

  it('a reply that nobody asked for makes no entry', () => {
    const bed = ethernetBed();
    expect([bed.give(arpFrame(reply, ours)), bed.node.neighbors.size]).toEqual(['delivered', 0]);
  });

  it('an announcement changes an entry, and makes none (RFC 5227 §3)', () => {
    const bed = ethernetBed();
    const announcement = arpFrame({ target: '10.0.9.2' });
    expect([bed.give(announcement), bed.node.neighbors.size]).toEqual(['delivered', 0]);
    bed.node.neighbors.hearInformation(e, addressOf('10.0.9.2'), linkLayerOf(other));
    bed.node.neighbors.confirm(e, addressOf('10.0.9.2'));
    bed.give(announcement);
    expect(bed.node.neighbors.get(e, addressOf('10.0.9.2'))).toMatchObject({
      state: 'stale',
      linkLayerAddress: linkLayerOf(peer),
    });
  });

  it.each<[what: string, outcome: string, bytes: Uint8Array]>([
    ['for someone else', 'notOurTarget', arpFrame({ target: '10.0.9.7' })],
    ['for our address on another link', 'notOurTarget', arpFrame({ target: '10.0.8.1' })],
    ['for the address that someone else wants', 'notOurTarget', arpFrame({ sender: '0.0.0.0', target: '10.0.9.7' })],
    ['from an address of ours', 'addressConflict', arpFrame({ sender: '10.0.9.1' })],
    ['from another network', 'notNeighbor', arpFrame({ sender: '10.0.8.2' })],
    ['from a group', 'badArp', arpFrame({ senderLinkLayer: '03:00:00:00:00:02' })],
    ['cut short', 'badArp', arpFrame().slice(0, 41)],
  ])('a message %s: %s', (_, outcome, bytes) => {
    const bed = ethernetBed();
    expect([bed.give(bytes), bed.said(), bed.node.neighbors.size]).toEqual([outcome, [], 0]);
  });

  it('every message counts', () => {
    const bed = ethernetBed();
    bed.give(arpFrame());
    bed.give(arpFrame({ target: '10.0.9.7' }));
    expect(bed.node.counters.balance()).toMatchObject({
      received: 2,
      delivered: 1,
      refused: 1,
      originated: 1,
      sent: 1,
    });
  });
});

describe('a link-layer address of ours that changes', () => {
  it('is announced three times for each address, RetransTimer apart (RFC 4861 §7.2.6, RFC 5227 §3)', () => {
    const bed = ethernetBed();
    addAddress(bed.node, e, 'fd00:e::8/64', AddressFlag.tentative | AddressFlag.noDetection);
    addAddress(bed.node, e, 'fd00:e::/64', AddressFlag.anycast);
    bed.node.interfaces.changeLinkLayerAddress(e, linkLayerOf('0a:00:00:00:00:01'));
    const flags = 'router, override';
    const once = [
      `33:33:00:00:00:01 ${answerText('fd00:e::1', 'ff02::1', flags)}`,
      `33:33:00:00:00:01 ${answerText('fe80::22', 'ff02::1', flags)}`,
      `${everyone} Ethernet 0a:00:00:00:00:01 > ${everyone}: ARP, length 28`,
    ];
    expect(bed.said()).toEqual(once);
    advance(bed.clock, 1_000);
    expect(bed.said()).toEqual(once);
    advance(bed.clock, 10_000);
    expect(bed.said()).toEqual(once);
  });

  it('the last one is announced, when there are two', () => {
    const bed = ethernetBed();
    bed.node.interfaces.changeLinkLayerAddress(e, linkLayerOf('0a:00:00:00:00:01'));
    advance(bed.clock, 500);
    bed.node.interfaces.changeLinkLayerAddress(e, linkLayerOf('0a:00:00:00:00:02'));
    bed.said();
    advance(bed.clock, 10_000);
    const arp = bed.said().filter((line) => line.includes('ARP'));
    expect(arp).toHaveLength(2);
    expect(arp.every((line) => line.includes('0a:00:00:00:00:02'))).toBe(true);
  });

  it('other changes of an interface are no news, nor is a link that is gone', () => {
    const bed = ethernetBed();
    bed.node.interfaces.resize(e, 1_400);
    expect(bed.said()).toEqual([]);
    bed.node.interfaces.changeLinkLayerAddress(f, linkLayerOf('0a:00:00:00:00:01'));
    bed.said();
    bed.node.interfaces.remove(f);
    advance(bed.clock, 10_000);
    expect(bed.said()).toEqual([]);
  });
});
