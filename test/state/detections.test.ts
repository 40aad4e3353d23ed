import { describe, expect, it } from 'vitest';
import { AddressFlag } from '../../src/state/addresses.ts';
import type { DetectionOutcome, Probe } from '../../src/state/detections.ts';
import type { Node } from '../../src/state/node.ts';
import { addressOf, linkLayerOf } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { a, addAddress, advance, type Testbed, testbed } from '../support/testbed.ts';

const { anycast, autoconfigured, duplicated, noDetection, optimistic, temporary, tentative } = AddressFlag;

/** An Ethernet link of the bed, beside those of the test bed. */
const e = 5;

interface Bed extends Testbed {
  readonly probes: Probe[];
  readonly outcomes: DetectionOutcome[];
  readonly detach: () => void;
}

const bed = (): Bed => {
  const made = testbed();
  const { node } = made;
  const linkLayerAddress = linkLayerOf('02:00:00:00:00:22');
  node.interfaces.add({ name: 'e', kind: 'memory', mtu: 1_500, pointToPoint: false, linkLayerAddress });
  const probes: Probe[] = [];
  const outcomes: DetectionOutcome[] = [];
  node.detections.outcome$.subscribe((outcome) => outcomes.push(outcome));
  return { ...made, probes, outcomes, detach: node.detections.attach((probe) => probes.push(probe)) };
};

const flagsOf = (node: Node, text: string, interfaceIndex = e): number | undefined =>
  node.addresses.find(interfaceIndex, addressOf(text))?.flags;

describe('which addresses are detected (RFC 4862 §5.4)', () => {
  it.each<readonly [string, string, number, boolean]>([
    ['tentative ones', 'fd00::9/64', tentative, true],
    ['link-local ones', 'fe80::9/64', tentative, true],
    ['temporary ones', 'fd00::9/64', tentative | temporary | autoconfigured, true],
    ['optimistic ones (RFC 4429)', 'fd00::9/64', tentative | optimistic, true],
    ['no others', 'fd00::9/64', 0, false],
    ['no anycast ones', 'fd00::9/64', tentative | anycast, false],
    ['none that are exempt', 'fd00::9/64', tentative | noDetection, false],
    ['no duplicates', 'fd00::9/64', tentative | duplicated, false],
    ['none of IPv4', '10.0.9.1/24', tentative, false],
  ])('%s', (_name, address, flags, expected) => {
    const { node, clock, probes } = bed();
    addAddress(node, e, address, flags);
    expect(node.detections.has(e, addressOf(address.split('/')[0] ?? ''))).toBe(expected);
    advance(clock, 10_000);
    expect(probes.length).toBe(expected ? 1 : 0);
  });

  it('none of links without link-layer addresses', () => {
    const { node, clock, probes } = bed();
    addAddress(node, a, 'fd00::9/64', tentative);
    advance(clock, 10_000);
    expect([probes.length, flagsOf(node, 'fd00::9', a)]).toEqual([0, tentative]);
  });

  it("one that becomes tentative, without delay: it was attached again (INET'99 §3.4)", () => {
    const { node, clock, probes } = bed();
    addAddress(node, e, 'fd00::8/64', tentative);
    addAddress(node, e, 'fd00::9/64', autoconfigured);
    advance(clock, 10_000);
    node.addresses.mark(e, addressOf('fd00::9'), tentative);
    advance(clock, 0);
    expect(probes.map(({ address }) => formatAddress(address))).toEqual(['fd00::8', 'fd00::9']);
    advance(clock, 1_000);
    expect(flagsOf(node, 'fd00::9')).toBe(autoconfigured);
  });

  it('not one whose mark someone has taken off', () => {
    const { node, clock, probes, outcomes } = bed();
    addAddress(node, e, 'fd00::9/64', tentative);
    node.addresses.mark(e, addressOf('fd00::9'), 0, tentative);
    advance(clock, 10_000);
    expect([node.detections.size, probes, outcomes]).toEqual([0, [], []]);
  });
});

describe('the outcome', () => {
  it('unique: neither tentative nor optimistic any more', () => {
    const { node, clock, outcomes } = bed();
    addAddress(node, e, 'fd00::9/64', tentative | optimistic | autoconfigured);
    advance(clock, 10_000);
    const address = addressOf('fd00::9');
    expect(outcomes).toEqual([{ interfaceIndex: e, address, flags: autoconfigured, outcome: 'unique' }]);
    expect(flagsOf(node, 'fd00::9')).toBe(autoconfigured);
  });

  it('duplicate: neither ready nor tentative any more', () => {
    const { node, outcomes } = bed();
    addAddress(node, e, 'fd00::9/64', tentative | optimistic | temporary);
    expect(node.detections.hearAdvertisement(e, addressOf('fd00::9'))).toBe(true);
    const flags = duplicated | temporary;
    expect(outcomes).toEqual([{ interfaceIndex: e, address: addressOf('fd00::9'), flags, outcome: 'duplicate' }]);
    expect([flagsOf(node, 'fd00::9'), node.detections.size]).toEqual([flags, 0]);
  });

  it('may lead to another address at once', () => {
    const { node, clock, outcomes } = bed();
    node.detections.outcome$.subscribe(({ address, outcome }) => {
      if (outcome !== 'duplicate') return;
      node.addresses.remove(e, address);
      addAddress(node, e, 'fd00::a/64', tentative);
    });
    addAddress(node, e, 'fd00::9/64', tentative);
    node.detections.hearAdvertisement(e, addressOf('fd00::9'));
    advance(clock, 10_000);
    expect(outcomes.map(({ address, outcome }) => `${formatAddress(address)} ${outcome}`)).toEqual([
      'fd00::9 duplicate',
      'fd00::a unique',
    ]);
  });
});

describe('a duplicate of the link-local address that comes from the link-layer address (RFC 4862 §5.4.5)', () => {
  const ownLinkLocal = 'fe80::ff:fe00:22';

  it('disables IPv6 on the interface, and ends its detections', () => {
    const { node, clock, probes } = bed();
    addAddress(node, e, `${ownLinkLocal}/64`, tentative);
    addAddress(node, e, 'fd00::9/64', tentative);
    node.detections.hearAdvertisement(e, addressOf(ownLinkLocal));
    advance(clock, 10_000);
    expect([node.interfaces.get(e)?.ipv6Disabled, node.interfaces.table.ipv6Disabled[e]]).toEqual([true, 1]);
    expect([node.detections.size, probes, flagsOf(node, 'fd00::9')]).toEqual([0, [], tentative]);
  });

  it('any other one does not', () => {
    const { node } = bed();
    addAddress(node, e, 'fe80::9/64', tentative);
    addAddress(node, e, 'fd00::ff:fe00:22/64', tentative);
    for (const each of ['fe80::9', 'fd00::ff:fe00:22']) node.detections.hearAdvertisement(e, addressOf(each));
    expect(node.interfaces.get(e)?.ipv6Disabled).toBe(false);
  });

  it('until the interface is brought up again: then all addresses are detected', () => {
    const { node, clock } = bed();
    addAddress(node, e, `${ownLinkLocal}/64`, tentative);
    addAddress(node, e, 'fd00::9/64');
    node.detections.hearAdvertisement(e, addressOf(ownLinkLocal));
    node.interfaces.bringUp(e);
    expect([flagsOf(node, ownLinkLocal), flagsOf(node, 'fd00::9')]).toEqual([tentative, tentative]);
    advance(clock, 10_000);
    expect([flagsOf(node, ownLinkLocal), flagsOf(node, 'fd00::9')]).toEqual([0, 0]);
  });
});

describe('probes', () => {
  it('have a nonce each (RFC 7527 §4.2), all of which are known when they come back', () => {
    const { node, clock, probes } = bed();
    node.detections.configure(e, 15);
    addAddress(node, e, 'fd00::9/64', tentative);
    advance(clock, 14_999);
    expect(new Set(probes.map(({ nonceHigh, nonceLow }) => `${nonceHigh} ${nonceLow}`)).size).toBe(15);
    const found = probes.map(({ address, nonceHigh: high, nonceLow: low }) =>
      node.detections.hearSolicitation(e, address, { high, low }),
    );
    expect(new Set(found)).toEqual(new Set(['ours']));
  });

  it('for an optimistic address are not delayed (RFC 4429 §3.3), even if that is asked for', () => {
    const { node, clock, probes } = bed();
    addAddress(node, e, 'fd00::9/64', tentative | optimistic);
    node.detections.delay(e, addressOf('fd00::9'));
    advance(clock, 0);
    expect(probes.length).toBe(1);
  });

  it('of one link say nothing of another', () => {
    const { node } = bed();
    addAddress(node, e, 'fe80::9/64', tentative);
    expect(node.detections.hearAdvertisement(a, addressOf('fe80::9'))).toBe(false);
    expect(node.detections.hearSolicitation(a, addressOf('fe80::9'), undefined)).toBe('nothing');
    expect(flagsOf(node, 'fe80::9')).toBe(tentative);
  });
});

describe('the line', () => {
  it('is one at a time; without it nothing is detected, and with the next one all begins', () => {
    const { node, clock, probes, detach } = bed();
    expect(() => node.detections.attach(() => {})).toThrow('another line detects duplicates');
    addAddress(node, e, 'fd00::9/64', tentative);
    detach();
    detach();
    advance(clock, 10_000);
    expect([node.detections.size, probes.length, flagsOf(node, 'fd00::9')]).toEqual([0, 0, tentative]);
    node.detections.attach((probe) => probes.push(probe));
    advance(clock, 10_000);
    expect([probes.length, flagsOf(node, 'fd00::9')]).toEqual([1, 0]);
  });

  it('finds what is there already as it is: nothing that is ready is taken away', () => {
    const { node, detach } = bed();
    addAddress(node, e, 'fd00::9/64');
    detach();
    node.detections.attach(() => {});
    expect([node.detections.size, flagsOf(node, 'fd00::9')]).toEqual([0, 0]);
  });

  it('without one, an interface that comes up keeps its addresses', () => {
    const { node, detach } = bed();
    addAddress(node, e, 'fd00::9/64');
    detach();
    node.interfaces.takeDown(e);
    node.interfaces.bringUp(e);
    expect(flagsOf(node, 'fd00::9')).toBe(0);
  });
});

it('an interface without detection keeps its addresses when it comes up', () => {
  const { node } = bed();
  node.detections.configure(e, 0);
  addAddress(node, e, 'fd00::9/64');
  node.interfaces.takeDown(e);
  node.interfaces.bringUp(e);
  expect([node.detections.transmits(e), flagsOf(node, 'fd00::9')]).toEqual([0, 0]);
});

it('closes: no timer is left, and outcomes end', () => {
  const { node, clock, probes } = bed();
  let ended = false;
  node.detections.outcome$.subscribe({ complete: () => (ended = true) });
  addAddress(node, e, 'fd00::9/64', tentative);
  node.close();
  advance(clock, 10_000);
  expect([ended, probes.length, clock.actions.length]).toEqual([true, 0, 0]);
});
