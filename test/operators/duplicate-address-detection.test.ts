/** Duplicate Address Detection by the default router, in frames. How long and how often: `marble-tests/state/detections.test.ts`. */
import { describe, expect, it } from 'vitest';
import { AddressFlag } from '../../src/state/addresses.ts';
import {
  addressOf,
  bytesOf,
  ethernet,
  type Ipv6Fields,
  ipv6,
  linkLayerOf,
  linkLayerOption,
  neighborAdvertisement,
  neighborSolicitation,
  nonceOption,
  udp,
} from '../../src/testing/index.ts';
import { type EthernetBed, e, ethernetBed, f, ours } from '../support/ethernet-bed.ts';
import { addAddress, advance } from '../support/testbed.ts';

const { tentative, optimistic, duplicated } = AddressFlag;
const peer = '02:00:00:00:00:02';
const group = '33:33:ff:00:00:08';

/** A bed that detects fd00:e::8. */
const bedWith = (flags: number = tentative): EthernetBed => {
  const bed = ethernetBed();
  addAddress(bed.node, e, 'fd00:e::8/64', flags);
  return bed;
};

const flagsOf = ({ node }: EthernetBed, text = 'fd00:e::8'): number | undefined =>
  node.addresses.find(e, addressOf(text))?.flags;

/** A Neighbor Solicitation for fd00:e::8, from nobody unless the fields say otherwise. */
const question = (options: readonly Uint8Array[] = [], fields: Partial<Ipv6Fields> = {}): Uint8Array =>
  bytesOf(
    ethernet({ source: peer, destination: group }),
    ipv6({ source: '::', destination: 'ff02::1:ff00:8', hopLimit: 255, ...fields }),
    neighborSolicitation('fd00:e::8', ...options),
  );

/** Someone says that fd00:e::8 is his. */
const claim = (): Uint8Array =>
  bytesOf(
    ethernet({ source: peer, destination: '33:33:00:00:00:01' }),
    ipv6({ source: 'fd00:e::8', destination: 'ff02::1', hopLimit: 255 }),
    neighborAdvertisement('O', 'fd00:e::8', linkLayerOption('target', peer)),
  );

const probe = `${group} IP6 :: > ff02::1:ff00:8: ICMP6 neighbor solicitation for fd00:e::8, hop limit 255, length 32`;

describe('a probe (RFC 4862 §5.4.2)', () => {
  it('goes to the solicited-node group from nobody, without a link-layer address, with a nonce (RFC 7527 §4.1)', () => {
    const bed = bedWith();
    advance(bed.clock, 1_000);
    expect(bed.said()).toEqual([probe]);
    const frame = bed.frames[0] as Uint8Array;
    const option = frame.subarray(14 + 40 + 24);
    expect([...option.subarray(0, 2), option.length]).toEqual([14, 1, 8]);
    expect(option.subarray(2).some((byte) => byte !== 0)).toBe(true);
  });

  it('that nobody answers makes the address ours: from then on it is answered for', () => {
    const bed = bedWith();
    expect(bed.give(question([linkLayerOption('source', peer)], { source: 'fd00:e::2' }))).toBe('notOurTarget');
    advance(bed.clock, 2_000);
    expect([bed.said(), flagsOf(bed)]).toEqual([[probe], 0]);
    expect(bed.give(question([linkLayerOption('source', peer)], { source: 'fd00:e::2' }))).toBe('delivered');
    expect(bed.said().length).toBe(1);
  });

  it('that comes back is told from those of others: refused, no duplicate; three more follow (RFC 7527 §4.2, §4.3)', () => {
    const bed = bedWith();
    advance(bed.clock, 1_000);
    expect(bed.give(bed.frames[0] as Uint8Array)).toBe('loopedBack');
    advance(bed.clock, 4_000);
    expect([bed.said(), flagsOf(bed)]).toEqual([Array(4).fill(probe), 0]);
  });

  it('ends with the line, and the address stays tentative', () => {
    const bed = bedWith();
    bed.stop();
    advance(bed.clock, 5_000);
    expect([bed.said(), flagsOf(bed), bed.node.detections.size]).toEqual([[], tentative, 0]);
  });

  it('does not keep the line from completing', () => {
    const bed = bedWith();
    bed.complete();
    advance(bed.clock, 5_000);
    expect([bed.said(), bed.node.detections.size]).toEqual([[], 0]);
  });
});

describe('the address is a duplicate', () => {
  it.each<readonly [string, Uint8Array]>([
    ['another node asks for it, without a nonce (RFC 4862 §5.4.3)', question()],
    ['another node asks for it, with a nonce of its own (RFC 7527 §4.3)', question([nonceOption(1, 2)])],
    ['another node asks for it, with a longer nonce', question([new Uint8Array(16).fill(2).fill(14, 0, 1)])],
    ['another node has it (RFC 4862 §5.4.4)', claim()],
  ])('%s', (_name, frame) => {
    for (const wait of [0, 1_000]) {
      const bed = bedWith();
      advance(bed.clock, wait);
      bed.said();
      expect([bed.give(frame), bed.said(), flagsOf(bed)]).toEqual(['addressConflict', [], duplicated]);
      advance(bed.clock, 5_000);
      expect([bed.said(), flagsOf(bed)]).toEqual([[], duplicated]);
      expect(bed.node.neighbors.get(e, addressOf('fd00:e::8'))).toBeUndefined();
    }
  });

  it('whose owner is a neighbor like any other', () => {
    const bed = bedWith();
    bed.give(claim());
    const asks = bytesOf(
      ethernet({ source: peer, destination: '33:33:ff:00:00:01' }),
      ipv6({ source: 'fd00:e::8', destination: 'ff02::1:ff00:1', hopLimit: 255 }),
      neighborSolicitation('fd00:e::1', linkLayerOption('source', peer)),
    );
    expect([bed.give(asks), bed.said().length]).toEqual(['delivered', 1]);
    expect(bed.node.neighbors.get(e, addressOf('fd00:e::8'))?.linkLayerAddress).toEqual(linkLayerOf(peer));
    bed.originate(bytesOf(ipv6({ source: 'fd00:e::1', destination: 'fd00:e::8' }), udp()));
    expect(bed.said()).toEqual([expect.stringMatching(new RegExp(`^${peer} IP6 fd00:e::1\\S* > fd00:e::8`))]);
  });

  it('not so: someone who has an address looks for a neighbor (RFC 4862 §5.4.3)', () => {
    const bed = bedWith();
    advance(bed.clock, 1_000);
    expect(bed.give(question([linkLayerOption('source', peer)], { source: 'fd00:e::2' }))).toBe('notOurTarget');
    expect(flagsOf(bed)).toBe(tentative);
  });

  it.each<readonly [string, Partial<Ipv6Fields>, readonly Uint8Array[], string]>([
    ['of another hop limit', { hopLimit: 254 }, [], 'foreignDiscovery'],
    ['with a link-layer address', {}, [linkLayerOption('source', peer)], 'badDiscovery'],
    ['not to its group', { destination: 'ff02::1' }, [], 'badDiscovery'],
  ])('not so: the solicitation is invalid, %s (RFC 4861 §7.1.1)', (_name, fields, options, outcome) => {
    const bed = bedWith();
    const frame = bytesOf(
      ethernet({ source: peer, destination: fields.destination === undefined ? group : '33:33:00:00:00:01' }),
      ipv6({ source: '::', destination: 'ff02::1:ff00:8', hopLimit: 255, ...fields }),
      neighborSolicitation('fd00:e::8', ...options),
    );
    expect([bed.give(frame), flagsOf(bed)]).toEqual([outcome, tentative]);
  });

  it('for both nodes that are after it at once', () => {
    const [one, other] = [bedWith(), bedWith()];
    other.node.interfaces.changeLinkLayerAddress(e, linkLayerOf(peer));
    advance(other.clock, 4_000);
    other.said();
    other.node.addresses.mark(e, addressOf('fd00:e::8'), tentative);
    const before = other.frames.length;
    advance(one.clock, 1_000);
    advance(other.clock, 100);
    for (const frame of one.frames) other.give(frame);
    for (const frame of other.frames.slice(before)) one.give(frame);
    expect([one, other].map((bed) => flagsOf(bed))).toEqual([duplicated, duplicated]);
  });
});

describe('an optimistic address (RFC 4429 §3.2, §3.3)', () => {
  const answer = (flags: string): string =>
    `${peer} IP6 fd00:e::8 > fd00:e::2: ICMP6 neighbor advertisement of fd00:e::8 (${flags}), hop limit 255, length 32`;
  const asks = question([linkLayerOption('source', peer)], { source: 'fd00:e::2' });

  it('is answered for, without Override until it is unique', () => {
    const bed = bedWith(tentative | optimistic);
    advance(bed.clock, 0);
    expect(bed.said()).toEqual([probe]);
    expect([bed.give(asks), bed.said()]).toEqual(['delivered', [answer('router, solicited')]]);
    advance(bed.clock, 1_000);
    expect([bed.give(asks), bed.said(), flagsOf(bed)]).toEqual([
      'delivered',
      [answer('router, solicited, override')],
      0,
    ]);
  });

  it('receives', () => {
    const bed = bedWith(tentative | optimistic);
    const frame = bytesOf(
      ethernet({ source: peer, destination: ours }),
      ipv6({ source: 'fd00:e::2', destination: 'fd00:e::8' }),
      udp(),
    );
    expect(bed.give(frame)).toBe('portUnreachable');
    bed.node.detections.hearAdvertisement(e, addressOf('fd00:e::8'));
    expect(bed.give(frame)).toBe(''); // for another node, which is asked for
  });

  it('is not defended against who asks from nobody: it is a duplicate', () => {
    const bed = bedWith(tentative | optimistic);
    advance(bed.clock, 100);
    bed.said();
    expect([bed.give(question()), bed.said(), flagsOf(bed)]).toEqual(['addressConflict', [], duplicated]);
  });

  it('does not look for neighbors: another address of ours does', () => {
    const bed = bedWith(tentative | optimistic);
    bed.node.addresses.remove(e, addressOf('fd00:e::1'));
    advance(bed.clock, 0);
    bed.said();
    const packet = bytesOf(ipv6({ source: 'fd00:e::8', destination: 'fd00:e::2' }), udp());
    bed.originate(packet);
    expect(bed.said()).toEqual([
      '33:33:ff:00:00:02 IP6 fe80::22 > ff02::1:ff00:2: ICMP6 neighbor solicitation for fd00:e::2, hop limit 255, length 32',
    ]);
    bed.node.addresses.remove(e, addressOf('fe80::22'));
    bed.originate(bytesOf(ipv6({ source: 'fd00:e::8', destination: 'fd00:e::3' }), udp()));
    expect(bed.said()).toEqual([]);
  });
});

describe('a duplicate of the link-local address that comes from the link-layer address (RFC 4862 §5.4.5)', () => {
  const disabled = (): EthernetBed => {
    const bed = ethernetBed();
    addAddress(bed.node, e, 'fe80::ff:fe00:22/64', tentative);
    bed.node.neighbors.addStatic(e, addressOf('fd00:e::2'), linkLayerOf(peer));
    bed.node.detections.hearAdvertisement(e, addressOf('fe80::ff:fe00:22'));
    return bed;
  };

  it('nothing is received any more by IPv6, by IPv4 it is', () => {
    const bed = disabled();
    const frame = bytesOf(
      ethernet({ source: peer, destination: ours }),
      ipv6({ source: 'fd00:e::2', destination: 'fd00:e::1' }),
      udp(),
    );
    expect(bed.give(frame)).toBe('interfaceDisabled');
    bed.node.interfaces.bringUp(e);
    expect(bed.give(frame)).not.toBe('interfaceDisabled');
  });

  it('nothing is sent, and nothing forwarded there', () => {
    const bed = disabled();
    expect(bed.originate(bytesOf(ipv6({ source: 'fd00:e::1', destination: 'fd00:e::2' }), udp()))).toBe(
      'outgoingInterfaceDisabled',
    );
    const passing = bytesOf(
      ethernet({ source: peer, destination: '02:00:00:00:00:33' }),
      ipv6({ source: 'fd00:f::2', destination: 'fd00:e::2' }),
      udp(),
    );
    expect(bed.give(passing, f)).toBe('outgoingInterfaceDisabled');
    expect(bed.said()).toEqual([]);
  });
});
