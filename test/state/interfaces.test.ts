import { describe, expect, it } from 'vitest';
import { type Interface, type InterfaceSpec, Interfaces } from '../../src/state/interfaces.ts';
import type { Change } from '../../src/state/store.ts';

const tun = (name: string, mtu = 1_500): InterfaceSpec => ({ name, kind: 'tun', mtu, pointToPoint: true });
const lan = (name: string): InterfaceSpec => ({ name, kind: 'tap', mtu: 1_400, pointToPoint: false });

const watched = (interfaces: Interfaces): string[] => {
  const seen: string[] = [];
  interfaces.changes$.subscribe({
    next: ({ type, value: { name, mtu, up } }: Change<Interface>) =>
      seen.push(`${type} ${name} ${mtu} ${up ? 'up' : 'down'}`),
    complete: () => seen.push('complete'),
  });
  return seen;
};

describe('Interfaces', () => {
  it('begin with the loopback interface, index 1', () => {
    const interfaces = new Interfaces();
    expect([...interfaces].map(({ name, index, kind, mtu, up }) => [name, index, kind, mtu, up])).toEqual([
      ['lo0', 1, 'loopback', 65_536, true],
    ]);
    expect([interfaces.loopback, interfaces.limit]).toEqual([1, 1_024]);
  });

  it('get indexes in order, and columns for steps', () => {
    const interfaces = new Interfaces();
    const indexes = [interfaces.add(tun('tun0')), interfaces.add(lan('tap0'))].map(({ index }) => index);
    expect(indexes).toEqual([2, 3]);
    const { mtu, up, pointToPoint } = interfaces.table;
    expect([[...mtu.slice(1, 4)], [...up.slice(1, 4)], [...pointToPoint.slice(1, 4)]]).toEqual([
      [65_536, 1_500, 1_400],
      [1, 1, 1],
      [0, 1, 0],
    ]);
  });

  it('are found by index and by name', () => {
    const interfaces = new Interfaces();
    const added = interfaces.add(tun('tun0'));
    expect([interfaces.get(2), interfaces.byName('tun0'), interfaces.nameOf(2)]).toEqual([added, added, 'tun0']);
    expect([interfaces.get(0), interfaces.get(9), interfaces.byName('tun9'), interfaces.nameOf(9)]).toEqual([
      undefined,
      undefined,
      undefined,
      '?',
    ]);
  });

  it('change by verbs, and say so', () => {
    const interfaces = new Interfaces();
    const seen = watched(interfaces);
    const { index } = interfaces.add(tun('tun0'));
    interfaces.resize(index, 1_280);
    interfaces.takeDown(index);
    interfaces.bringUp(index);
    interfaces.remove(index);
    interfaces.close();
    expect(seen).toEqual([
      'added tun0 1500 up',
      'updated tun0 1280 up',
      'updated tun0 1280 down',
      'updated tun0 1280 up',
      'removed tun0 1280 down',
      'complete',
    ]);
    expect([interfaces.table.mtu[index], interfaces.table.up[index]]).toEqual([1_280, 0]);
  });

  it('take the MTU that a router advertises, within what the device carries (RFC 4861 §6.3.4)', () => {
    const interfaces = new Interfaces();
    const { index } = interfaces.add(tun('tun0'));
    const mtu = (): number[] => [interfaces.table.mtu[index] as number, interfaces.get(index)?.deviceMtu as number];
    expect([interfaces.restrictMtu(index, 1_279), interfaces.restrictMtu(index, 1_501), mtu()]).toEqual([
      false,
      false,
      [1_500, 1_500],
    ]);
    expect([interfaces.restrictMtu(index, 1_280), mtu()]).toEqual([true, [1_280, 1_500]]);
    expect([interfaces.restrictMtu(index, 1_500), mtu()]).toEqual([true, [1_500, 1_500]]);
    interfaces.resize(index, 1_400);
    expect([interfaces.restrictMtu(index, 1_500), mtu()]).toEqual([false, [1_400, 1_400]]);
    expect(interfaces.restrictMtu(9, 1_400)).toBe(false);
  });

  it('have a hop limit, 64 if nobody says otherwise', () => {
    const interfaces = new Interfaces();
    const { index } = interfaces.add(tun('tun0'));
    const seen = watched(interfaces);
    const limits = (): number[] => [0, 1, index].map((each) => interfaces.table.hopLimit[each] as number);
    expect(limits()).toEqual([64, 64, 64]);
    for (const hopLimit of [255, 255, 0, 256]) interfaces.setHopLimit(index, hopLimit);
    expect([limits(), interfaces.get(index)?.hopLimit, seen.length]).toEqual([[64, 64, 255], 255, 1]);
  });

  it('keep the columns true', () => {
    const interfaces = new Interfaces();
    const { index } = interfaces.add(tun('tun0'));
    interfaces.resize(index, 9_000);
    interfaces.takeDown(index);
    expect([interfaces.table.mtu[index], interfaces.table.up[index]]).toEqual([9_000, 0]);
  });

  it('have a link-layer address on Ethernet, which may change', () => {
    const interfaces = new Interfaces();
    const { index } = interfaces.add({ ...lan('tap0'), linkLayerAddress: { high: 0x0200, low: 0x22 } });
    const bare = interfaces.add(tun('tun0')).index;
    const { ethernet, linkLayerHigh, linkLayerLow } = interfaces.table;
    const row = (at: number) => [ethernet[at], linkLayerHigh[at], linkLayerLow[at]];
    expect([row(index), row(bare)]).toEqual([
      [1, 0x0200, 0x22],
      [0, 0, 0],
    ]);
    const seen = watched(interfaces);
    interfaces.changeLinkLayerAddress(index, { high: 0x0aff, low: -1 });
    interfaces.changeLinkLayerAddress(bare, { high: 0x0aff, low: -1 });
    expect([row(index), interfaces.get(index)?.linkLayerAddress]).toEqual([[1, 0x0aff, -1], { high: 0x0aff, low: -1 }]);
    expect([row(bare), seen]).toEqual([[0, 0, 0], ['updated tap0 1400 up']]);
    interfaces.remove(index);
    expect(ethernet[index]).toBe(0);
  });

  it('never give an index to another name', () => {
    const interfaces = new Interfaces();
    interfaces.remove(interfaces.add(tun('tun0')).index);
    expect([interfaces.add(tun('tun0')).index, interfaces.get(2), interfaces.nameOf(2)]).toEqual([3, undefined, '?']);
  });

  it('say nothing about what is not there', () => {
    const interfaces = new Interfaces();
    const seen = watched(interfaces);
    interfaces.resize(7, 1_280);
    interfaces.remove(7);
    interfaces.remove(0);
    interfaces.remove(interfaces.loopback);
    expect([seen, [...interfaces].length]).toEqual([[], 1]);
  });

  it('refuse a name that is taken and one too many', () => {
    const interfaces = new Interfaces({ limit: 2 });
    interfaces.add(tun('tun0'));
    expect(() => interfaces.add(tun('tun0'))).toThrow('umigame: interface tun0 exists already');
    expect(() => interfaces.add(tun('lo0'))).toThrow('umigame: interface lo0 exists already');
    expect(() => interfaces.add(tun('tun1'))).toThrow('umigame: no more than 2 interfaces');
  });
});
