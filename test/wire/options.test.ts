import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as options from '../../src/wire/options.ts';
import { anyBytes, bytesOf, hex, viewOf } from './support.ts';

const { Option, Action } = options;

/** Types met on a walk, ended by a refusal if there is one. */
const walk = (view: DataView): (number | string)[] => {
  const found: (number | string)[] = [];
  const end = view.byteLength;
  for (let at: number = options.first; at < end; at += options.size(view, at)) {
    const checked = options.check(view, at, end);
    if (checked !== 'ok') return [...found, checked];
    found.push(options.type(view, at));
  }
  return found;
};

test.each<[string, string, (number | string)[]]>([
  ['PadN filling the header', '3a00 0104 00000000', [Option.padN]],
  ['Pad1 six times', '3a00 00 00 00 00 00 00', [0, 0, 0, 0, 0, 0]],
  ['an empty PadN', '3a00 0100 0102 0000', [Option.padN, Option.padN]],
  ['router alert (RFC 2711)', '3a00 0502 0000 0100', [Option.routerAlert, Option.padN]],
  ['jumbo payload (RFC 2675)', '3a00 c204 00010000', [Option.jumboPayload]],
  ['tunnel encapsulation limit (RFC 2473)', '2900 0401 04 0101 00', [Option.tunnelEncapsulationLimit, Option.padN]],
  ['an unknown one', '3a00 1e04 00000000', [0x1e]],
  ['an option of the longest length', `3a20 1eff ${'00'.repeat(255)} 0103000000`, [0x1e, Option.padN]],
  ['a router alert of three bytes', '3a00 0503 000000 00', ['badLength']],
  ['a jumbo payload of two', '3a00 c202 0000 0100', ['badLength']],
  ['an encapsulation limit of none', '3a00 0400 0102 0000', ['badLength']],
  ['past the end by one', '3a00 0105 00000000', ['pastEnd']],
  ['a router alert past the end', '3a00 0102 0000 0502', [Option.padN, 'pastEnd']],
  ['no room for a length', '3a00 0103 000000 1e', [Option.padN, 'pastEnd']],
])('%s', (_, text, expected) => {
  expect(walk(hex(text))).toEqual(expected);
});

test('a walk over any bytes gets on and stays inside', () => {
  fc.assert(
    fc.property(anyBytes(300, 2), (bytes) => {
      expect(walk(viewOf(bytes)).length).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 1_000 },
  );
});

test('at the end there is no option', () => {
  expect(options.check(hex('3a00'), 2, 2)).toBe('pastEnd');
});

test.each([
  ['Pad1', Option.pad1, Action.skip, false],
  ['PadN', Option.padN, Action.skip, false],
  ['Tunnel Encapsulation Limit', Option.tunnelEncapsulationLimit, Action.skip, false],
  ['Router Alert', Option.routerAlert, Action.skip, false],
  ['Jumbo Payload', Option.jumboPayload, Action.reportUnlessMulticast, false],
  ['Home Address', Option.homeAddress, Action.reportUnlessMulticast, false],
  ['01x', 0x7e, Action.discard, true],
  ['10x', 0x9e, Action.report, false],
  ['11x', 0xfe, Action.reportUnlessMulticast, true],
])('%s says what to do when unknown (RFC 8200 §4.2)', (_, type, action, changes) => {
  expect(options.action(type)).toBe(action);
  expect(options.changesEnRoute(type)).toBe(changes);
});

test('lengths and values', () => {
  const alert = hex('0502 0102');
  expect(options.dataLength(alert, 0)).toBe(2);
  expect(options.size(alert, 0)).toBe(4);
  expect(options.routerAlertValue(alert, 0)).toBe(0x0102);
  expect(options.jumboPayloadLength(hex('c204 89abcdef'), 0)).toBe(0x89abcdef);
  expect(options.tunnelEncapsulationLimit(hex('0401 04'), 0)).toBe(4);
  expect(options.dataLength(hex('00ff'), 0)).toBe(0);
  expect(options.size(hex('00ff'), 0)).toBe(1);
});

describe('finding an option', () => {
  test.each([
    ['the first of all', '0502 0000', 5, 0],
    ['behind padding', '00 0102 0000 0502 0000', 5, 5],
    ['the first of its type', '1e00 0502 0001 0502 0002', 5, 2],
    ['padding itself', '1e00 0100', 1, 2],
    ['none', '1e00 0100', 5, -1],
    ['not its type in the data of another', '1e04 0502 0000', 5, -1],
    ['not behind one that runs past the end', '1e09 0502 0000', 5, -1],
    ['not behind one of a wrong length', '0503 000000 c204 00010000', 0xc2, -1],
    ['not if it runs past the end itself', '0502 00', 5, -1],
    ['nothing in nothing', '', 5, -1],
    ['as far as it looks', `${'00'.repeat(15)}0502 0000`, 5, 15],
    ['not farther', `${'00'.repeat(16)}0502 0000`, 5, -1],
  ])('%s', (_, bytes, wanted, at) => {
    const view = hex(bytes);
    expect(options.find(view, 0, view.byteLength, wanted)).toBe(at);
  });

  test('as far as it is told to look', () => {
    const view = hex(`${'00'.repeat(20)} 0502 0000`);
    expect([20, 21].map((limit) => options.find(view, 0, view.byteLength, 5, limit))).toEqual([-1, 20]);
  });
});

describe('writing', () => {
  test.each([0, 1, 2, 3, 6, 257])('%i bytes of padding are one option, zero inside', (length) => {
    const view = viewOf(new Uint8Array(2 + length + 1).fill(0xff));
    options.writePadding(view, options.first, length);
    expect(view.getUint8(2 + length)).toBe(0xff);
    if (length === 0) return;
    expect(options.check(view, 2, 2 + length)).toBe('ok');
    expect(options.size(view, 2)).toBe(length);
    expect(bytesOf(view).slice(4, 2 + length)).toEqual(new Array(Math.max(length - 2, 0)).fill(0));
  });

  test('a router alert', () => {
    const view = viewOf(new Uint8Array(4));
    options.writeRouterAlert(view, 0, 0);
    expect(bytesOf(view)).toEqual([5, 2, 0, 0]);
  });
});
