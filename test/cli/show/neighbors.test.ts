import { describe, expect, test } from 'vitest';
import { columns, plain } from '../../../src/cli/page.ts';
import { neighborLine, neighbors } from '../../../src/cli/show/neighbors.ts';
import type { NeighborView } from '../../../src/run/control/discovery-views.ts';
import { ControlClient } from '../../../src/run/control/index.ts';
import type { ShowNeighbors } from '../../../src/run/control/requests/show-neighbors.ts';
import { addressOf } from '../../../src/testing/index.ts';
import { opened } from '../../run/control/support.ts';

const page = { paint: plain, width: 80, height: Number.POSITIVE_INFINITY };

const neighbor = (fields: Partial<NeighborView>): NeighborView => ({
  interface: 'uma',
  address: 'fe80::2',
  linkLayerAddress: '02:00:00:00:00:02',
  state: 'reachable',
  router: false,
  static: false,
  held: 0,
  ...fields,
});

const { linkLayerAddress: _, ...nameless } = neighbor({ state: 'incomplete', held: 3, remaining: 999 });

test('neighbors are columns', () => {
  const shown = [
    neighbor({ router: true, remaining: 30_001 }),
    nameless,
    neighbor({ address: 'fd00:a::9', static: true }),
    neighbor({ address: '2001:db8:0:1:5054:ff:fe12:3456', state: 'unreachable', remaining: 86_399_000 }),
  ];
  const drawn = neighbors.draw({ total: 4, neighbors: shown }, page, {});
  expect(drawn).toBe(
    [
      'dev  neighbor                        link layer         state        left',
      'uma  fe80::2                         02:00:00:00:00:02  reachable    31s     router',
      'uma  fe80::2                         -                  incomplete   1s      holds 3',
      'uma  fd00:a::9                       02:00:00:00:00:02  reachable    -       static',
      'uma  2001:db8:0:1:5054:ff:fe12:3456  02:00:00:00:00:02  unreachable  23h59m',
    ].join('\n'),
  );
});

describe('a change is a line', () => {
  test.each([
    [neighbor({}), 'fe80::2 dev uma 02:00:00:00:00:02 reachable'],
    [nameless, 'fe80::2 dev uma (unknown) incomplete holds 3'],
    [neighbor({ state: 'probe', router: true, static: true }), 'fe80::2 dev uma 02:00:00:00:00:02 probe router static'],
  ])('%j', (value, line) => {
    expect(neighborLine(value)).toBe(line);
    expect(neighbors.drawEvent({ type: 'updated', value }, page, {})).toBe(`updated ${line}`);
  });
});

test('all of them are asked for, page by page, and put in order', async () => {
  const { node, path } = await opened();
  const add = (name: string): number =>
    node.interfaces.add({ name, kind: 'memory', mtu: 1500, pointToPoint: false, linkLayerAddress: { high: 0, low: 1 } })
      .index;
  const [f, e] = [add('f'), add('e')];
  for (let low = 2_500; low > 0; low -= 1) {
    node.neighbors.hearInformation(e, { family: 6, w0: 0xfe800000 | 0, w1: 0, w2: 0, w3: low }, { high: 0, low });
  }
  node.neighbors.hearInformation(f, addressOf('fd00::1'), { high: 0, low: 1 });
  node.neighbors.hearInformation(e, addressOf('10.0.0.1'), { high: 0, low: 1 });
  const client = await ControlClient.open(path);
  const answers: ShowNeighbors[] = [];
  for await (const answer of neighbors.answers(client, {})) answers.push(answer as ShowNeighbors);
  client.close();
  const [{ total, neighbors: told } = { total: 0, neighbors: [] }] = answers;
  expect([answers.length, total, told.length]).toEqual([1, 2_502, 2_502]);
  const names = Array.from({ length: 2_500 }, (_, i) => `e fe80::${(i + 1).toString(16)}`);
  expect(told.map(({ interface: name, address }) => `${name} ${address}`)).toEqual([
    'e 10.0.0.1',
    ...names,
    'f fd00::1',
  ]);
});

test('columns are as wide as they must be, and end without spaces', () => {
  const rows = [
    ['1', 'two', ''],
    ['three', '4', 'x'],
  ];
  expect(columns(page, ['a', 'b', ''], rows)).toBe(['a      b', '1      two', 'three  4    x'].join('\n'));
  expect(columns(page, ['a', 'b'], [])).toBe('a  b');
});
