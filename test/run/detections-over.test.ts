import { describe, expect, it } from 'vitest';
import { detectionsOver } from '../../src/run/detections-over.ts';
import { AddressFlag } from '../../src/state/addresses.ts';
import type { Probe } from '../../src/state/detections.ts';
import { addressOf, linkLayerOf } from '../../src/testing/index.ts';
import { addAddress, advance, testbed } from '../support/testbed.ts';

const e = 5;

/** A link whose probes are answered so; when the detections are over, in milliseconds. */
const bed = (hears: (probe: Probe, node: ReturnType<typeof testbed>['node']) => void = () => {}, addresses = 1) => {
  const { node, clock } = testbed();
  const linkLayerAddress = linkLayerOf('02:00:00:00:00:22');
  node.interfaces.add({ name: 'e', kind: 'memory', mtu: 1_500, pointToPoint: false, linkLayerAddress });
  for (let i = 1; i <= addresses; i += 1) addAddress(node, e, `fd00::${i}/64`, AddressFlag.tentative);
  node.detections.attach((probe) => hears(probe, node));
  const times: string[] = [];
  detectionsOver(node).subscribe({
    next: () => times.push(`over ${clock.frame}`),
    complete: () => times.push('complete'),
  });
  return { node, clock, times };
};

describe('detections are over', () => {
  it('at once when none runs', () => {
    expect(bed(undefined, 0).times).toEqual(['over 0', 'complete']);
  });

  it('when the last has ended, whatever its outcome', () => {
    const { node, clock, times } = bed(undefined, 3);
    node.detections.hearAdvertisement(e, addressOf('fd00::1'));
    expect(times).toEqual([]);
    advance(clock, 2_000);
    expect([times.length, node.detections.size]).toEqual([2, 0]);
  });

  it('and do not wait for one that begins later', () => {
    const { node, clock, times } = bed();
    advance(clock, 1_000);
    addAddress(node, e, 'fd00::9/64', AddressFlag.tentative);
    node.detections.delay(e, addressOf('fd00::9'));
    advance(clock, 999);
    expect([times.length, node.detections.size]).toEqual([2, 1]);
  });

  it('after a while, on a link that loops for ever', () => {
    const { clock, times } = bed(({ interfaceIndex, address, nonceHigh: high, nonceLow: low }, node) => {
      node.detections.hearSolicitation(interfaceIndex, address, { high, low });
    });
    advance(clock, 60_000);
    expect(times).toEqual(['over 5000', 'complete']);
  });
});
