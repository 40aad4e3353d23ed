/** What is refused because of IPsec, one reason a test. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Usage } from '../../src/state/sadb/lifetime.ts';
import type { AssociationSpec } from '../../src/state/sadb/spec.ts';
import type { PolicySpec } from '../../src/state/spd/policy.ts';
import {
  bytesOf,
  extensionHeader,
  fragmentHeader,
  ipv4,
  ipv6,
  joinBytes,
  payload,
  udp,
} from '../../src/testing/index.ts';
import {
  association,
  type Gateway,
  ipsecBed,
  joinSites,
  keyOf,
  names,
  sentBytes,
  site,
  wire,
} from '../support/ipsec-bed.ts';
import { prefixFrom } from '../support/testbed.ts';

const inner = (length = 64): Uint8Array =>
  bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), udp(), payload(length));

const outcomes = (gateway: Gateway, bytes: Uint8Array, inInterface: number = wire): string[] =>
  gateway.receive(bytes, inInterface).map(({ outcome }) => outcome);

/** A packet that the left gateway has put into its tunnel, and what the right one has to do with it. */
const tunneled = (spec: Partial<AssociationSpec> = {}, length = 64) => {
  const bed = ipsecBed();
  joinSites(bed, { spec });
  const [sent] = bed.left.receive(inner(length), site);
  return { ...bed, bytes: sentBytes(sent) };
};

const policy = (more: Partial<PolicySpec>): PolicySpec => ({
  direction: 'out',
  source: prefixFrom('fd00:a::/64'),
  destination: prefixFrom('fd00:b::/64'),
  action: 'discard',
  ...more,
});

/** An association by which the left gateway itself speaks to the right one, in transport mode. */
const transport = (spec: Partial<AssociationSpec> = {}) => {
  const bed = ipsecBed();
  for (const { node } of [bed.left, bed.right]) {
    node.sadb.add(association(0x2001, names.left[6], names.right[6], spec));
  }
  return bed;
};

const nullEsp = {
  encryption: { algorithm: 'null', key: new Uint8Array(0) },
  authentication: { algorithm: 'hmac-sha256-128', key: keyOf(32) },
} as const;

describe('on the way in', () => {
  test('unknownSpi', () => {
    const { right, bytes } = tunneled();
    right.node.sadb.flush();
    right.node.sadb.add(association(0x7777, names.left[6], names.right[6]));
    expect(outcomes(right, bytes)).toEqual(['unknownSpi']);
  });

  test('unknownSpi, too, for one that has no keys yet', () => {
    const { right, bytes } = tunneled();
    right.node.sadb.flush();
    const { source, destination } = association(1, names.left[6], names.right[6]);
    const { spi } = right.node.sadb.allocate({ protocol: 'esp', source, destination });
    new DataView(bytes.buffer).setUint32(40, spi);
    expect(outcomes(right, bytes)).toEqual(['unknownSpi']);
  });

  test('truncatedSecurity', () => {
    const { right } = tunneled();
    const header = ipv6({ source: names.left[6], destination: names.right[6], nextHeader: 50 });
    expect(outcomes(right, bytesOf(header, payload(7)))).toEqual(['truncatedSecurity']);
    const short = joinBytes(Uint8Array.of(0, 0, 0x10, 1), payload(20));
    expect(outcomes(right, bytesOf(header, short))).toEqual(['truncatedSecurity']);
  });

  test('associationSource', () => {
    const { right, bytes } = tunneled();
    bytes[23] = 9;
    expect(outcomes(right, bytes)).toEqual(['associationSource']);
  });

  test('replayed', () => {
    const { right, bytes } = tunneled();
    expect(outcomes(right, bytes)).toEqual(['sent']);
    expect(outcomes(right, bytes)).toEqual(['replayed']);
    expect(right.node.sadb.list()[0]).toMatchObject({ packets: 1, replayed: 1 });
  });

  test('badIcv, and the window stays where it is', () => {
    const { right, bytes } = tunneled();
    const forged = bytes.slice();
    forged[forged.length - 1] = (forged[forged.length - 1] as number) ^ 1;
    expect(outcomes(right, forged)).toEqual(['badIcv']);
    expect(outcomes(right, bytes)).toEqual(['sent']);
    expect(right.node.sadb.list()[0]).toMatchObject({ badIcv: 1, packets: 1 });
    expect(Usage.badIcv).toBe(3);
  });

  /** ESP with NULL encryption lets a test write trailers as it likes; HMAC is made by sealing anew. */
  const trailer = (padLength: number, nextHeader: number): string[] => {
    const { left, right } = transport(nullEsp);
    const content = joinBytes(payload(6), Uint8Array.of(padLength, nextHeader));
    const bytes = new Uint8Array(40 + 8 + content.length + 16);
    bytes.set(bytesOf(ipv6({ source: names.left[6], destination: names.right[6], nextHeader: 50 }), payload(24)));
    const view = new DataView(bytes.buffer);
    view.setUint16(4, bytes.length - 40);
    view.setUint32(40, 0x2001);
    view.setUint32(44, 1);
    bytes.set(content, 48);
    left.node.sadb.at(left.node.sadb.lookup(50, 0x2001, 6, view, 24)?.id ?? 0)?.protection?.seal(bytes, 40, 8, 0);
    return outcomes(right, bytes);
  };

  test('badPadding', () => {
    expect(trailer(7, 17)).toEqual(['badPadding']);
    expect(trailer(255, 17)).toEqual(['badPadding']);
  });

  test('dummyPacket', () => {
    expect(trailer(0, 59)).toEqual(['dummyPacket']);
  });

  test('wrongMode', () => {
    const { left, right } = transport({ mode: 'any' });
    right.node.sadb.flush();
    right.node.sadb.add(association(0x2001, names.left[6], names.right[6], { mode: 'tunnel' }));
    const request = { protocol: 'esp', mode: 'transport', level: 'require' } as const;
    const source = prefixFrom('::/0');
    left.node.spd.add(policy({ source, destination: source, action: 'protect', requests: [request] }));
    const ping = bytesOf(ipv6({ source: names.left[6], destination: names.right[6] }), udp());
    const [sent] = left.receive(ping, site);
    expect(outcomes(right, sentBytes(sent))).toEqual(['wrongMode']);
  });

  test('truncated, what is in a tunnel', () => {
    expect(trailer(0, 41)).toEqual(['truncated']);
  });

  test('outerCongestion', () => {
    const { right, bytes } = tunneled();
    bytes[1] = (bytes[1] as number) | 0x30;
    expect(outcomes(right, bytes)).toEqual(['outerCongestion']);
  });

  const compressing = (body: Uint8Array): string[] => {
    const { right } = transport({ protocol: 'ipcomp', spi: 0x2001 });
    const header = ipv6({ source: names.left[6], destination: names.right[6], nextHeader: 108 });
    return outcomes(right, bytesOf(header, Uint8Array.of(17, 0, 0x20, 1), body));
  };

  test('badCompression', () => {
    expect(compressing(payload(40, 200))).toEqual(['badCompression']);
  });

  test('compressionLimit', () => {
    expect(compressing(deflateRawSync(new Uint8Array(70_000)))).toEqual(['compressionLimit']);
  });

  test('keepalive', () => {
    const { right } = transport({ encapsulation: { sourcePort: 4500, destinationPort: 4500 } });
    const header = ipv6({ source: names.left[6], destination: names.right[6] });
    const ports = udp({ sourcePort: 4500, destinationPort: 4500 });
    expect(outcomes(right, bytesOf(header, ports, Uint8Array.of(0xff)))).toEqual(['keepalive']);
  });

  test('tooManyAssociations: IPComp in IPComp in IPComp (CVE-2011-1547)', () => {
    let body: Uint8Array = joinBytes(Uint8Array.of(17, 0, 0x20, 1), deflateRawSync(bytesOf(udp(), payload(100))));
    for (let i = 0; i < 9; i += 1) body = joinBytes(Uint8Array.of(108, 0, 0x20, 1), deflateRawSync(body));
    const { right } = transport({ protocol: 'ipcomp', spi: 0x2001 });
    const header = ipv6({ source: names.left[6], destination: names.right[6], nextHeader: 108 });
    expect(outcomes(right, bytesOf(header, body))).toEqual(['tooManyAssociations']);
  });

  test('notProtected', () => {
    const { right } = tunneled();
    expect(outcomes(right, inner())).toEqual(['notProtected']);
  });

  test('wrongProtection: an association that the policy does not ask for', () => {
    const { right, bytes } = tunneled();
    right.node.spd.flush();
    const [source, destination] = ['fd00:ff::9', names.right[6]].map((each) => association(1, each, each).source);
    const request = { protocol: 'esp', mode: 'tunnel', source, destination, level: 'require' } as const;
    right.node.spd.add(policy({ direction: 'in', action: 'protect', requests: [request] }));
    expect(outcomes(right, bytes)).toEqual(['wrongProtection']);
  });

  test('wrongProtection: a tunnel that no policy knows', () => {
    const { right, bytes } = tunneled();
    right.node.spd.flush();
    expect(outcomes(right, bytes)).toEqual(['wrongProtection']);
  });

  test('wrongProtection: addresses inside a tunnel that its policy does not select', () => {
    const bed = ipsecBed();
    joinSites(bed);
    bed.left.node.spd.flush();
    const { source, destination } = association(1, names.left[6], names.right[6]);
    const request = { protocol: 'esp', mode: 'tunnel', source, destination, level: 'require' } as const;
    const anyone = prefixFrom('::/0');
    bed.left.node.spd.add(policy({ source: anyone, destination: anyone, action: 'protect', requests: [request] }));
    const foreign = bytesOf(ipv6({ source: 'fd00:a:1::2', destination: 'fd00:b::2' }), udp());
    const [sent] = bed.left.receive(foreign, site);
    expect(outcomes(bed.right, sentBytes(sent))).toEqual(['wrongProtection']);
  });

  test('discardedByPolicy', () => {
    const { right } = ipsecBed();
    right.node.spd.add(policy({ direction: 'in' }));
    expect(outcomes(right, inner())).toEqual(['discardedByPolicy']);
  });
});

describe('on the way out', () => {
  test('prohibitedByPolicy, and the sender is told', () => {
    const { left } = ipsecBed();
    left.node.spd.add(policy({}));
    expect(outcomes(left, inner(), site)).toEqual(['sent', 'prohibitedByPolicy']);
  });

  test('noAssociation, and nothing leaves in clear', () => {
    const bed = ipsecBed();
    joinSites(bed);
    bed.left.node.sadb.flush();
    const events: string[] = [];
    bed.left.node.sadb.keyEvents$.subscribe(({ type }) => events.push(type));
    const results = bed.left.receive(inner(), site);
    expect(results.map(({ outcome, outInterface }) => [outcome, outInterface])).toEqual([
      ['sent', site], // the error
      ['noAssociation', wire],
    ]);
    expect(events).toEqual(['acquire']);
  });

  test('opaqueFragment', () => {
    const { left } = ipsecBed();
    left.node.spd.add(policy({ protocol: 17, destinationPort: 53 }));
    const first = bytesOf(
      ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }),
      fragmentHeader({ more: true }),
      udp(),
      payload(8),
    );
    const next = bytesOf(
      ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }),
      fragmentHeader({ offset: 16 }),
      payload(8),
    );
    expect(outcomes(left, first, site)).toEqual(['sent']);
    expect(outcomes(left, next, site)).toEqual(['opaqueFragment']);
  });

  test('fragmentInTransport', () => {
    const { left } = transport();
    const anyone = prefixFrom('0.0.0.0/0');
    left.node.sadb.add(association(0x2002, '10.0.1.2', '10.0.2.2'));
    const request = { protocol: 'esp', mode: 'transport', level: 'require' } as const;
    left.node.spd.add(policy({ source: anyone, destination: anyone, action: 'protect', requests: [request] }));
    const piece = bytesOf(
      ipv4({ source: '10.0.1.2', destination: '10.0.2.2', moreFragments: true }),
      udp(),
      payload(8),
    );
    expect(outcomes(left, piece, site)).toEqual(['fragmentInTransport']);
  });

  test('sequenceExhausted: the association dies, and says so', () => {
    const bed = ipsecBed();
    joinSites(bed);
    const { sadb } = bed.left.node;
    const events: string[] = [];
    sadb.keyEvents$.subscribe((event) => events.push(`${event.type} ${'hard' in event && event.hard}`));
    bed.left.receive(inner(), site);
    const probe = new DataView(bed.left.results[0]?.bytes.buffer as ArrayBuffer);
    sadb.lookup(50, 0x1001, 6, probe, 24)?.sequence.set([0, 0xffffffff]);
    expect(outcomes(bed.left, inner(), site)).toEqual(['sequenceExhausted']);
    expect(outcomes(bed.left, inner(), site)).toContain('noAssociation');
    expect(events).toEqual(['expire true', 'acquire false']);
  });

  test('tunnelEndsHere', () => {
    const { left } = ipsecBed();
    const own = association(0x2001, names.left[6], names.left[6]);
    left.node.sadb.add(own);
    const { source, destination } = own;
    const request = { protocol: 'esp', mode: 'tunnel', source, destination, level: 'require' } as const;
    left.node.spd.add(policy({ action: 'protect', requests: [request] }));
    expect(outcomes(left, inner(), site)).toEqual(['tunnelEndsHere']);
  });

  test('noTailroom', () => {
    const bed = ipsecBed();
    joinSites(bed, { spec: { padTo: 4_000 } });
    expect(outcomes(bed.left, inner(), site)).toEqual(['noTailroom']);
    expect(
      outcomes(
        bed.left,
        bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), extensionHeader(60), udp()),
        site,
      ),
    ).toEqual(['noTailroom']);
  });
});
