import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf } from '../../src/testing/index.ts';
import { formatAddress, icmp6, ndp, ndpOptions, readAddress6 } from '../../src/wire/index.ts';
import { anyBytes, bytesOf, hex, viewOf } from './support.ts';

const linkLocal = 'fe80 000000000000 00000000000000a1';
const global = '2001 0db8000a0000 0000000000000002';
const nobody = '0000 000000000000 0000000000000000';
const allNodes = 'ff02 000000000000 0000000000000001';
const allRouters = 'ff02 000000000000 0000000000000002';
const solicited = 'ff02 000000000000 00000001ff000002';
const linkLayer = (type: string) => `${type}01 020000000022`;

interface Message {
  readonly source?: string;
  readonly destination?: string;
  readonly hopLimit?: string;
  readonly body: string;
}

/** A message behind its IPv6 header. */
const message = ({ source = linkLocal, destination = allNodes, hopLimit = 'ff', body }: Message): DataView => {
  const view = hex(`60000000 0000 3a ${hopLimit} ${source} ${destination} ${body}`);
  view.setUint16(4, view.byteLength - 40);
  return view;
};

const check = (given: Message): string => {
  const view = message(given);
  return ndp.check(view, 0, 40, view.byteLength);
};

const solicitation = (options = '', target = global) => `8700 0000 00000000 ${target} ${options}`;
const advertisement = (flags: string, options = '', target = global) => `8800 0000 ${flags}000000 ${target} ${options}`;
const routerAdvertisement = (options = '') => `8600 0000 40 c8 0708 00007530 000003e8 ${options}`;
const routerSolicitation = (options = '') => `8500 0000 00000000 ${options}`;
const redirect = (target: string, destination: string) => `8900 0000 00000000 ${target} ${destination}`;

describe('validity (RFC 4861 §6.1, §7.1, §8.1)', () => {
  test.each<[what: string, expected: string, given: Message]>([
    ['Router Solicitation', 'ok', { destination: allRouters, body: routerSolicitation() }],
    ['with its sender', 'ok', { destination: allRouters, body: routerSolicitation(linkLayer('01')) }],
    ['from nobody', 'ok', { source: nobody, destination: allRouters, body: routerSolicitation() }],
    [
      'from nobody, with a link-layer address',
      'badSource',
      { source: nobody, destination: allRouters, body: routerSolicitation(linkLayer('01')) },
    ],
    ['of 7 bytes', 'truncated', { body: '8500 0000 000000' }],
    ['Router Advertisement', 'ok', { body: routerAdvertisement() }],
    ['not from a link-local address', 'badSource', { source: global, body: routerAdvertisement() }],
    ['from nobody', 'badSource', { source: nobody, body: routerAdvertisement() }],
    ['of 15 bytes', 'truncated', { body: '8600 0000 40c80708 00007530 0003e8' }],
    ['Neighbor Solicitation', 'ok', { destination: solicited, body: solicitation(linkLayer('01')) }],
    ['to a unicast address', 'ok', { destination: global, body: solicitation() }],
    ['for a multicast address', 'badTarget', { destination: solicited, body: solicitation('', allNodes) }],
    ['from nobody: detection of duplicates', 'ok', { source: nobody, destination: solicited, body: solicitation() }],
    ['from nobody to all nodes', 'badDestination', { source: nobody, body: solicitation() }],
    [
      'from nobody to a unicast address',
      'badDestination',
      { source: nobody, destination: global, body: solicitation() },
    ],
    [
      'from nobody, with a link-layer address',
      'badSource',
      { source: nobody, destination: solicited, body: solicitation(linkLayer('01')) },
    ],
    [
      'from nobody, with a nonce (RFC 7527)',
      'ok',
      { source: nobody, destination: solicited, body: solicitation('0e01 112233445566') },
    ],
    ['of 23 bytes', 'truncated', { body: solicitation().slice(0, -3) }],
    ['Neighbor Advertisement', 'ok', { body: advertisement('a0', linkLayer('02')) }],
    ['solicited, unicast', 'ok', { destination: linkLocal, body: advertisement('e0') }],
    ['solicited, to all nodes', 'badDestination', { body: advertisement('e0') }],
    ['of a multicast address', 'badTarget', { body: advertisement('a0', '', allNodes) }],
    ['Redirect to a router', 'ok', { destination: global, body: redirect(linkLocal, global) }],
    ['to the destination itself', 'ok', { destination: global, body: redirect(global, global) }],
    ['to a global address', 'badTarget', { destination: global, body: redirect(global, allNodes.replace('ff', '20')) }],
    ['of a multicast destination', 'badTarget', { destination: global, body: redirect(linkLocal, allNodes) }],
    ['not from a link-local address', 'badSource', { source: global, body: redirect(linkLocal, global) }],
    ['hop limit 254', 'badHopLimit', { hopLimit: 'fe', body: solicitation() }],
    ['code 1', 'badCode', { body: solicitation().replace('8700', '8701') }],
    ['an option of length 0', 'badOption', { body: solicitation('0100 000000000000') }],
    ['an option past the end', 'badOption', { body: solicitation('0102 000000000022') }],
    ['half an option', 'badOption', { body: solicitation('0101 0000') }],
    ['an unknown option', 'ok', { body: solicitation('fa01 000000000000') }],
    ['64 options', 'ok', { body: solicitation('fa01 000000000000'.repeat(64)) }],
    ['65 options', 'badOption', { body: solicitation('fa01 000000000000'.repeat(65)) }],
    ['an echo request', 'notNeighborDiscovery', { body: '8000 0000 00010001' }],
    ['a listener report', 'notNeighborDiscovery', { body: '8f00 0000 00000000' }],
  ])('%s: %s', (_, expected, given) => {
    expect(check(given)).toBe(expected);
  });
});

describe('fields', () => {
  const at = 40;

  test('of a Router Advertisement', () => {
    const view = message({ body: routerAdvertisement() });
    expect(ndp.currentHopLimit(view, at)).toBe(64);
    expect(ndp.routerFlags(view, at)).toBe(ndp.RouterFlag.managed | ndp.RouterFlag.otherConfiguration | 0x08);
    expect(ndp.routerLifetime(view, at)).toBe(1_800);
    expect(ndp.reachableTime(view, at)).toBe(30_000);
    expect(ndp.retransTimer(view, at)).toBe(1_000);
    expect(ndp.optionsAt(view, at)).toBe(56);
  });

  test.each([
    ['08', 1],
    ['00', 0],
    ['18', -1],
    ['10', 0], // reserved: taken as medium (RFC 4191 §2.2)
  ])('preference bits %s mean %i', (bits, preference) => {
    expect(ndp.preference(hex(`8600 0000 40 ${bits} 0708 00000000 00000000`), 0)).toBe(preference);
    expect(ndp.preference(hex(`8600 0000 40 ${bits} 0000 00000000 00000000`), 0), 'no default router').toBe(0);
  });

  test('of a Neighbor Advertisement', () => {
    for (const [flags, router, isSolicited, override] of [
      ['80', true, false, false],
      ['40', false, true, false],
      ['20', false, false, true],
      ['1f', false, false, false],
    ] as const) {
      const view = message({ body: advertisement(flags) });
      expect(ndp.isRouter(view, at)).toBe(router);
      expect(ndp.isSolicited(view, at)).toBe(isSolicited);
      expect(ndp.isOverride(view, at)).toBe(override);
      expect(formatAddress(readAddress6(view, at + ndp.offsets.target))).toBe('2001:db8:a::2');
    }
  });

  test('where options begin, by type', () => {
    const { routerSolicitation: rs, routerAdvertisement: ra, neighborSolicitation: ns } = icmp6.Type;
    const { neighborAdvertisement: na, redirect: to, echoRequest } = icmp6.Type;
    expect([rs, ra, ns, na, to, echoRequest].map(ndp.headerLength)).toEqual([8, 16, 24, 24, 40, 0]);
    expect([132, 133, 137, 138].map(ndp.isNeighborDiscovery)).toEqual([false, true, true, false]);
  });
});

describe('writing', () => {
  const written = (length: number, write: (view: DataView) => void): number[] => {
    const view = viewOf(new Uint8Array(length).fill(0xee));
    write(view);
    return bytesOf(view);
  };

  test.each<[name: string, text: string, write: (view: DataView) => void]>([
    ['Router Solicitation', routerSolicitation(), (view) => ndp.writeRouterSolicitation(view, 0)],
    [
      'Router Advertisement',
      routerAdvertisement(),
      (view) =>
        ndp.writeRouterAdvertisement(view, 0, {
          currentHopLimit: 64,
          flags: ndp.RouterFlag.managed | ndp.RouterFlag.otherConfiguration,
          preference: ndp.Preference.high,
          routerLifetime: 1_800,
          reachableTime: 30_000,
          retransTimer: 1_000,
        }),
    ],
    [
      'Router Advertisement that says nothing',
      '8600 0000 00000000 00000000 00000000',
      (view) => ndp.writeRouterAdvertisement(view, 0, {}),
    ],
    [
      'Router Advertisement of a last resort, with the largest numbers',
      '8600 0000 ff 18 ffff ffffffff ffffffff',
      (view) =>
        ndp.writeRouterAdvertisement(view, 0, {
          currentHopLimit: 255,
          preference: ndp.Preference.low,
          routerLifetime: 65_535,
          reachableTime: 0xffffffff,
          retransTimer: 0xffffffff,
        }),
    ],
    [
      'Neighbor Solicitation',
      solicitation(),
      (view) => ndp.writeNeighborSolicitation(view, 0, addressOf('2001:db8:a::2')),
    ],
    [
      'Neighbor Advertisement',
      advertisement('e0'),
      (view) => {
        const { router, solicited: answer, override } = ndp.AdvertisementFlag;
        ndp.writeNeighborAdvertisement(view, 0, router | answer | override, addressOf('2001:db8:a::2'));
      },
    ],
    [
      'Redirect',
      redirect(linkLocal, global),
      (view) => ndp.writeRedirect(view, 0, addressOf('fe80::a1'), hex(global), 0),
    ],
  ])('%s', (_, text, write) => {
    const expected = bytesOf(hex(text));
    expect(written(expected.length, write)).toEqual(expected);
  });
});

test('any bytes: the check never throws, and after ok nothing leaves the message', () => {
  let passed = 0;
  const one = fc.tuple(anyBytes(15 * 8, 8), fc.integer({ min: 132, max: 138 }), fc.boolean());
  fc.assert(
    fc.property(one, ([bytes, type, mended]) => {
      const whole = mended ? bytes.length & ~7 : bytes.length;
      const view = viewOf([...bytesOf(message({ body: '' })), ...bytes.slice(0, whole)]);
      const end = view.byteLength;
      if (mended) {
        view.setUint8(40, type);
        view.setUint8(41, 0);
        const length = ndp.headerLength(type);
        for (let next = 40 + length; length > 0 && end - next >= 8; next += ndpOptions.size(view, next)) {
          view.setUint8(next, [1, 2, 3, 4, 5, 14, 24, 25, 26, 31, 38, 99][view.getUint8(next) % 12] as number);
          view.setUint8(next + 1, Math.min(1 + (view.getUint8(next + 1) % 4), (end - next) >> 3));
        }
      }
      if (ndp.check(view, 0, 40, end) !== 'ok') return;
      passed += 1;
      expect(ndp.optionsAt(view, 40)).toBeLessThanOrEqual(end);
      let turns = 0;
      for (let at = ndp.optionsAt(view, 40); at < end; at += ndpOptions.size(view, at)) {
        turns += 1;
        if (!ndpOptions.isWellFormed(view, at)) continue;
        const own = new DataView(view.buffer, at, ndpOptions.size(view, at));
        for (const read of Object.values(readers)) read(own);
      }
      expect(turns).toBeLessThanOrEqual(ndp.optionLimit);
      for (const type of Object.values(ndpOptions.Option)) ndpOptions.find(view, ndp.optionsAt(view, 40), end, type);
    }),
    { numRuns: 3_000 },
  );
  expect(passed).toBeGreaterThan(100);
});

/** What may be read from a well-formed option of its own type; of another, nothing. */
const readers: Record<string, (view: DataView) => unknown> = {
  linkLayer: (view) => {
    const type = ndpOptions.type(view, 0);
    if (type !== 1 && type !== 2) return;
    ndpOptions.linkLayerHigh(view, 0);
    ndpOptions.linkLayerLow(view, 0);
  },
  prefix: (view) => {
    if (ndpOptions.type(view, 0) !== ndpOptions.Option.prefixInformation) return;
    ndpOptions.prefixFlags(view, 0);
    ndpOptions.preferredLifetime(view, 0);
    readAddress6(view, ndpOptions.prefixAt(0));
    expect(ndpOptions.prefixLength(view, 0)).toBeLessThanOrEqual(128);
  },
  mtu: (view) => ndpOptions.type(view, 0) === ndpOptions.Option.mtu && ndpOptions.mtu(view, 0),
  nonce: (view) =>
    ndpOptions.type(view, 0) === ndpOptions.Option.nonce && view.getUint8(1 + ndpOptions.nonceLength(view, 0)),
  route: (view) => {
    if (ndpOptions.type(view, 0) !== ndpOptions.Option.routeInformation) return;
    expect(formatAddress(ndpOptions.routePrefix(view, 0))).toContain(':');
    ndpOptions.lifetime(view, 0);
  },
  servers: (view) => {
    if (ndpOptions.type(view, 0) !== ndpOptions.Option.recursiveDnsServer) return;
    const count = ndpOptions.serverCount(view, 0);
    expect(count).toBeGreaterThan(0);
    for (let i = 0; i < count; i += 1) readAddress6(view, 8 + i * 16);
  },
  pref64: (view) => {
    if (ndpOptions.type(view, 0) !== ndpOptions.Option.pref64) return;
    expect([96, 64, 56, 48, 40, 32]).toContain(ndpOptions.pref64Length(view, 0));
    ndpOptions.pref64Prefix(view, 0);
    ndpOptions.pref64Lifetime(view, 0);
  },
  flags: (view) => ndpOptions.type(view, 0) === ndpOptions.Option.flagsExtension && ndpOptions.extensionLow(view, 0),
};
