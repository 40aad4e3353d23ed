import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as ipv4 from '../../src/wire/ipv4.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import { anyBytes, behindIpv4, bytesOf, expectField, expectTruncated, hex, onesComplement, viewOf } from './support.ts';

const example = hex('4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7');

/** A header with these options, padded with End of Option List, its checksum right. */
const withOptions = (options: string): DataView => {
  const raw = bytesOf(hex(options));
  const padded = [...raw, ...new Uint8Array((4 - (raw.length % 4)) % 4)];
  const view = viewOf([...bytesOf(hex('45000000 00000000 403b0000 c0000201 c0000202')), ...padded]);
  ipv4.setFirstByte(view, 0, 20 + padded.length);
  ipv4.setTotalLength(view, 0, 20 + padded.length);
  ipv4.writeChecksum(view, 0);
  return view;
};

test('the fields lie where RFC 791 §3.1 draws them', () => {
  expect(ipv4.headerLength(example, 0)).toBe(20);
  expect(ipv4.typeOfService(example, 0)).toBe(0);
  expect(ipv4.totalLength(example, 0)).toBe(0x73);
  expect(ipv4.identification(example, 0)).toBe(0);
  expect(ipv4.dontFragment(example, 0)).toBe(true);
  expect(ipv4.moreFragments(example, 0)).toBe(false);
  expect(ipv4.fragmentOffset(example, 0)).toBe(0);
  expect(ipv4.timeToLive(example, 0)).toBe(64);
  expect(ipv4.protocol(example, 0)).toBe(Protocol.udp);
  expect(ipv4.headerChecksum(example, 0)).toBe(0xb861);
  expect(ipv4.source(example, 0)).toBe(0xc0a80001 | 0);
  expect(ipv4.destination(example, 0)).toBe(0xc0a800c7 | 0);
});

describe('check', () => {
  test('a packet cut anywhere is truncated', () => {
    expectTruncated(ipv4.check, behindIpv4(Protocol.udp, new Uint8Array(8)));
    expectTruncated(ipv4.check, withOptions('94040000'));
  });

  test('trailing bytes are no harm: Ethernet pads', () => {
    const view = viewOf([...bytesOf(behindIpv4(Protocol.udp, new Uint8Array(8))), ...new Uint8Array(18)]);
    expect(ipv4.check(view, 0, view.byteLength)).toBe('ok');
  });

  test.each([
    ['version 6', '6500 0014', 'badVersion'],
    ['a header shorter than 20 bytes', '4400 0014', 'badHeaderLength'],
    ['a header longer than the datagram', '4600 0014', 'badHeaderLength'],
    ['a datagram shorter than 20 bytes', '4500 0013', 'badHeaderLength'],
    ['a datagram longer than what came', '4500 0015', 'truncated'],
    ['a header longer than what came', '4f00 003c', 'truncated'],
    ['a wrong checksum', '4500 0014', 'badChecksum'],
  ])('%s', (_, start, expected) => {
    const view = hex(`${start} 0000 0000 4011 0001 c0000201 c0000202`);
    expect(ipv4.check(view, 0, 20)).toBe(expected);
  });

  test('any one flipped bit is found', () => {
    for (let bit = 0; bit < 160; bit += 1) {
      const view = behindIpv4(Protocol.udp, []);
      view.setUint8(bit >> 3, view.getUint8(bit >> 3) ^ (0x80 >> (bit & 7)));
      expect(ipv4.check(view, 0, 20), `bit ${bit}`).not.toBe('ok');
    }
  });
});

describe('what is set is read, and nothing else changes', () => {
  test.each([
    ['type of service', ipv4.typeOfService, ipv4.setTypeOfService, 8],
    ['total length', ipv4.totalLength, ipv4.setTotalLength, 16],
    ['identification', ipv4.identification, ipv4.setIdentification, 16],
    ['time to live', ipv4.timeToLive, ipv4.setTimeToLive, 8],
    ['protocol', ipv4.protocol, ipv4.setProtocol, 8],
    ['source', ipv4.source, ipv4.setSource, 31],
    ['destination', ipv4.destination, ipv4.setDestination, 31],
  ] as const)('%s', (_, get, set, bits) => {
    expectField(get, set, 20, bits);
  });

  test('addresses are int32 words', () => {
    const view = behindIpv4(Protocol.udp, []);
    ipv4.setDestination(view, 0, 0xffffffff | 0);
    expect(ipv4.destination(view, 0)).toBe(-1);
  });

  test('flags and fragment offset', () => {
    fc.assert(
      fc.property(fc.nat(0x1fff), fc.boolean(), fc.boolean(), (units, more, dontFragment) => {
        const view = behindIpv4(Protocol.udp, []);
        ipv4.setFragment(view, 0, units * 8, more, dontFragment);
        expect(ipv4.fragmentOffset(view, 0)).toBe(units * 8);
        expect(ipv4.moreFragments(view, 0)).toBe(more);
        expect(ipv4.dontFragment(view, 0)).toBe(dontFragment);
        expect(ipv4.identification(view, 0)).toBe(0);
        expect(ipv4.timeToLive(view, 0)).toBe(64);
      }),
    );
  });

  test.each([20, 24, 60])('a header of %i bytes', (length) => {
    const view = viewOf(new Uint8Array(60));
    ipv4.setFirstByte(view, 0, length);
    expect(view.getUint8(0) >> 4).toBe(4);
    expect(ipv4.headerLength(view, 0)).toBe(length);
  });
});

describe('time to live', () => {
  test('goes down by one, and the checksum stays right (RFC 1624)', () => {
    fc.assert(
      fc.property(anyBytes(20, 20), fc.integer({ min: 1, max: 255 }), (bytes, before) => {
        const view = viewOf(bytes);
        view.setUint8(0, 0x45);
        ipv4.setTotalLength(view, 0, 20);
        ipv4.setTimeToLive(view, 0, before);
        ipv4.writeChecksum(view, 0);
        const protocol = ipv4.protocol(view, 0);
        ipv4.decrementTimeToLive(view, 0);
        expect(ipv4.timeToLive(view, 0)).toBe(before - 1);
        expect(ipv4.protocol(view, 0)).toBe(protocol);
        expect(ipv4.check(view, 0, 20)).toBe('ok');
      }),
    );
  });

  test('all the way from 255 to 0 as if computed afresh each time', () => {
    const view = behindIpv4(Protocol.udp, []);
    ipv4.setTimeToLive(view, 0, 255);
    ipv4.writeChecksum(view, 0);
    while (ipv4.timeToLive(view, 0) > 0) {
      ipv4.decrementTimeToLive(view, 0);
      const incremental = ipv4.headerChecksum(view, 0);
      ipv4.writeChecksum(view, 0);
      expect(incremental).toBe(ipv4.headerChecksum(view, 0));
    }
  });
});

test('the checksum covers the options', () => {
  const view = withOptions('94040000 07071000');
  expect(onesComplement(bytesOf(view))).toBe(0xffff);
  expect(ipv4.check(view, 0, view.byteLength)).toBe('ok');
});

describe('options', () => {
  /** Types met on a walk, ended by a refusal if there is one. */
  const walk = (view: DataView): (number | string)[] => {
    const found: (number | string)[] = [];
    const end = ipv4.headerLength(view, 0);
    for (let at: number = ipv4.offsets.options; at < end; at += ipv4.optionLength(view, at)) {
      const checked = ipv4.checkOption(view, at, end);
      if (checked !== 'ok') return [...found, checked];
      const type = ipv4.optionType(view, at);
      found.push(type);
      if (type === ipv4.Option.endOfList) break;
    }
    return found;
  };

  test.each<[string, string, (number | string)[]]>([
    ['none', '', []],
    ['router alert (RFC 2113)', '94040000', [ipv4.Option.routerAlert]],
    ['record route, padded', '07070400000000 00', [ipv4.Option.recordRoute, 0]],
    ['no operation, then loose source route', '01 8307 04 c0000203', [1, ipv4.Option.looseSourceRoute]],
    ['strict source route', '8903 04 00', [ipv4.Option.strictSourceRoute, 0]],
    ['timestamp', '4404 05 00', [ipv4.Option.timestamp]],
    ['an unknown one', '1e02 0101', [30, 1, 1]],
    ['the list ends before rubbish', '00ffffff', [0]],
    ['a length of 0', '07000000', ['badLength']],
    ['a length of 1', '1e010000', ['badLength']],
    ['a route without room for a pointer', '07020000', ['badLength']],
    ['a timestamp without room for its flags', '44030500', ['badLength']],
    ['a router alert of three bytes', '94030000', ['badLength']],
    ['past the end', '1e050000', ['pastEnd']],
    ['cut behind its type', '0101011e', [1, 1, 1, 'pastEnd']],
  ])('%s', (_, options, expected) => {
    expect(walk(withOptions(options))).toEqual(expected);
  });

  test('a walk over any bytes ends inside the header', () => {
    fc.assert(
      fc.property(anyBytes(60, 20), (bytes) => {
        const units = bytes.length >> 2;
        const view = viewOf(bytes.slice(0, units * 4));
        view.setUint8(0, 0x40 | units);
        expect(walk(view).length).toBeLessThanOrEqual(units * 4 - 20 + 1);
      }),
      { numRuns: 1_000 },
    );
  });

  test('the copied flag and the pointer', () => {
    expect([148, 131, 137].map(ipv4.optionIsCopied)).toEqual([true, true, true]);
    expect([0, 1, 7, 68].map(ipv4.optionIsCopied)).toEqual([false, false, false, false]);
    expect(ipv4.optionPointer(withOptions('07070400000000'), 20)).toBe(4);
  });
});
