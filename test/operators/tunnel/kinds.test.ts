/** What each kind of tunnel writes, and what it takes. */
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  bytesOf,
  ipv4,
  ipv6,
  joinBytes,
  type Layer,
  packetOf,
  payload,
  udp,
} from '../../../src/testing/index.ts';
import { formatAddress, type IpAddress } from '../../../src/wire/address.ts';
import * as gre from '../../../src/wire/gre.ts';
import * as v4 from '../../../src/wire/ipv4.ts';
import * as udpHeader from '../../../src/wire/udp.ts';
import { type Outcome, runLine } from '../../support/router.ts';
import { a, b, prefixFrom, type Testbed, testbed } from '../../support/testbed.ts';
import { type AddTunnelOptions, addTunnel } from '../../support/tunnels.ts';

/** The tunnel's interface. */
const t = 5;
const routes = ['2001:db8:7::/48', '172.16.0.0/12', '2002::/16'];

const bedWith = (options: AddTunnelOptions): Testbed => {
  const bed = testbed();
  addTunnel(bed.node, 'tun', { routes, ...options });
  return bed;
};

const run = (bed: Testbed, inInterface: number, ...packets: readonly Uint8Array[]): Outcome[] => {
  const outcomes = runLine(bed, of(...packets.map((bytes) => packetOf(bytes, { inInterface, pool: bed.pool }))));
  expect([bed.pool.outstanding, bed.node.counters.balance().held]).toEqual([0, 0]);
  return outcomes;
};

/** What became of the packet that came in, and of no error about it. */
const fateOf = (outcomes: readonly Outcome[]): string => {
  const own = outcomes.filter(({ inInterface }) => inInterface !== 0);
  return own.map(({ inInterface, outInterface, outcome }) => `${inInterface}>${outInterface} ${outcome}`).join(' ');
};

const raw =
  (protocol: number, bytes: Uint8Array): Layer =>
  () => ({ bytes, protocol });

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const ends4 = { local: '10.0.2.1', remote: '10.0.2.2' };
const ends6 = { local: 'fd00:b::1', remote: 'fd00:b::2', encapsulationLimit: 'none' };
const back4 = ipv4({ source: '10.0.2.2', destination: '10.0.2.1' });
const back6 = ipv6({ source: 'fd00:b::2', destination: 'fd00:b::1' });
const six = bytesOf(ipv6({ source: 'fd00:a::2', destination: '2001:db8:7::1' }), udp(), payload(21));
const four = bytesOf(ipv4({ source: '10.0.1.2', destination: '172.16.0.1' }), udp(), payload(21));
const toA = bytesOf(ipv6({ source: '2001:db8:7::1', destination: 'fd00:a::2' }), udp(), payload(21));
const toA4 = bytesOf(ipv4({ source: '172.16.0.1', destination: '10.0.1.2' }), udp(), payload(21));

/** What an outer packet has between its IP header and the one inside. */
const between = (bytes: Uint8Array, within: Uint8Array): Uint8Array =>
  bytes.slice((bytes[0] as number) >> 4 === 6 ? 40 : 20, bytes.length - within.length);

/** The same tunnel as the other end has it, and what one sends the other takes: `options` of both. */
const roundTrip = (options: AddTunnelOptions, packet: Uint8Array): string => {
  const near = bedWith(options);
  const [sent] = run(near, a, packet) as [Outcome];
  if (sent.outcome !== 'sent') return sent.outcome;
  const { local, remote } = options as { local: string; remote: string };
  const far = testbed();
  const { port, remotePort = port } = options;
  addTunnel(far.node, 'tun', {
    ...options,
    local: remote,
    remote: local,
    port: remotePort,
    remotePort: port,
    ingressFilter: false,
  });
  const isSix = local.includes(':');
  far.node.addresses.add({
    interfaceIndex: b,
    address: addressOf(remote),
    prefixLength: isSix ? 128 : 32,
  });
  for (const to of routes) far.node.routes.add({ to: prefixFrom(to), interfaceIndex: a });
  return fateOf(run(far, b, sent.bytes));
};

describe('gre', () => {
  it.each([
    ['plain, IPv6', ends4, {}, six, '000086dd'],
    ['plain, IPv4', ends6, {}, four, '00000800'],
    ['a key', ends4, { key: 0xdeadbeef }, six, '200086dddeadbeef'],
    ['a number', ends4, { sequence: true }, six, '100086dd00000001'],
    ['a key and a number', ends6, { key: 7, sequence: true }, four, '300008000000000700000001'],
  ])('writes %s', (_, ends, options, packet, header) => {
    const [sent] = run(bedWith({ kind: 'gre', ...ends, ...options }), a, packet) as [Outcome];
    expect(hex(between(sent.bytes, packet))).toBe(header);
  });

  it('writes a checksum over header and payload', () => {
    const [{ bytes }] = run(bedWith({ kind: 'gre', ...ends4, checksum: true, key: 9 }), a, six) as [Outcome];
    expect(gre.check(viewOf(bytes), 20, bytes.length)).toBe('ok');
    expect(gre.verify(viewOf(bytes), 20, bytes.length)).toBe(true);
    expect(viewOf(bytes).getUint16(24)).not.toBe(0);
  });

  it.each([
    ['plain', {}],
    ['with everything', { key: 0xffffffff, checksum: true, sequence: true }],
  ])('comes out as it went in: %s', (_, options) => {
    for (const ends of [ends4, ends6]) {
      for (const packet of [six, four])
        expect(roundTrip({ kind: 'gre', ...ends, ...options }, packet)).toBe(`${t}>${a} sent`);
    }
  });

  const incoming = (header: string, body = toA): Uint8Array =>
    bytesOf(back4, raw(47, joinBytes(Buffer.from(header, 'hex'), body)));
  it.each([
    ['a truncated header', incoming('20008', new Uint8Array(0)), {}, `${t}>0 badGre`],
    ['a source route', incoming('400086dd'), {}, `${t}>0 badGre`],
    ['version 1', incoming('000186dd'), {}, `${t}>0 badGre`],
    ['neither IPv4 nor IPv6', incoming('00000806'), {}, `${t}>0 tunnelContent`],
    ['the other version than it says', incoming('00000800'), {}, `${t}>0 tunnelVersion`],
    ['a wrong checksum', incoming('800086dd12340000'), {}, `${t}>0 badChecksum`],
    ['another key', incoming('200086dd00000002'), { key: 1 }, `${b}>0 unknownProtocol`],
    ['a key, where there is none', incoming('200086dd00000002'), {}, `${b}>0 unknownProtocol`],
    ['no key, where there is one', incoming('000086dd'), { key: 1 }, `${b}>0 unknownProtocol`],
    ['no number, where there should be one', incoming('000086dd'), { sequence: true }, `${t}>0 greSequence`],
    ['bits that may be ignored', incoming('03f886dd'), {}, `${t}>${a} sent`],
  ])('takes, or not: %s', (_, bytes, options, expected) => {
    const fate = fateOf(run(bedWith({ kind: 'gre', ...ends4, ...options }), b, bytes));
    expect(fate.replace(/^3>0 (?!unknown)/, `${t}>0 `)).toBe(expected);
  });

  it('takes numbers that rise, modulo 2^32', () => {
    const number = (value: number): Uint8Array => incoming(`100086dd${value.toString(16).padStart(8, '0')}`);
    const bed = bedWith({ kind: 'gre', ...ends4, sequence: true });
    const numbers = [0xfffffffe, 0xffffffff, 0xfffffffe, 1, 0xffffffff, 3, 3];
    const outcomes = run(bed, b, ...numbers.map(number)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['sent', 'sent', 'greSequence', 'sent', 'greSequence', 'sent', 'greSequence']);
  });

  it('tells tunnels between the same ends apart by their keys', () => {
    const bed = bedWith({ kind: 'gre', ...ends4, key: 1 });
    addTunnel(bed.node, 'other', { kind: 'gre', ...ends4, key: 2 });
    expect(fateOf(run(bed, b, incoming('200086dd00000002')))).toBe(`${t + 1}>${a} sent`);
  });
});

describe.each(['fou', 'gue'] as const)('%s', (kind) => {
  const header = kind === 'fou' ? 8 : 12;

  it.each([
    ['over IPv4, without a checksum', ends4, {}, six, false],
    ['over IPv4, with one', ends4, { checksum: true }, four, true],
    ['over IPv6, with one', ends6, {}, six, true],
    ['over IPv6, without', ends6, { checksum: false }, four, false],
  ])('writes UDP %s', (_, ends, options, packet, hasChecksum) => {
    const bed = bedWith({ kind, ...ends, port: 5_555, remotePort: 6_666, ...options });
    const [{ bytes }] = run(bed, a, packet) as [Outcome];
    const view = viewOf(bytes);
    const at = ends === ends6 ? 40 : 20;
    expect(bytes.length).toBe(at + header + packet.length);
    expect(udpHeader.check(view, at, bytes.length)).toBe('ok');
    expect([udpHeader.destinationPort(view, at), udpHeader.length(view, at)]).toEqual([6_666, bytes.length - at]);
    expect(udpHeader.sourcePort(view, at)).toBeGreaterThanOrEqual(0xc000);
    expect(udpHeader.checksum(view, at) !== 0).toBe(hasChecksum);
    expect(at === 40 ? !hasChecksum || udpHeader.verify6(view, 0, 40) : udpHeader.verify4(view, 0, 20)).toBe(true);
    if (kind === 'gue') expect([...bytes.slice(at + 8, at + 12)]).toEqual([0, packet === six ? 41 : 4, 0, 0]);
  });

  it('comes out as it went in, for the port where we listen', () => {
    for (const ends of [ends4, ends6]) {
      for (const options of [{}, { checksum: false }, { sourcePort: 4_500 }, { remotePort: 6_666 }]) {
        for (const packet of [six, four]) {
          expect(roundTrip({ kind, ...ends, port: 5_555, ...options }, packet)).toBe(`${t}>${a} sent`);
        }
      }
    }
  });

  const gueHeader = kind === 'gue' ? Uint8Array.of(0, 41, 0, 0) : new Uint8Array(0);
  const incoming = (around: Layer, fields: object, body: Uint8Array): Uint8Array =>
    bytesOf(around, udp({ destinationPort: 5_555, ...fields }), body);
  it.each([
    [
      'another port',
      ends4,
      incoming(back4, { destinationPort: 5_556 }, joinBytes(gueHeader, toA)),
      `${b}>0 portUnreachable`,
    ],
    ['a wrong checksum', ends4, incoming(back4, { checksum: 1 }, joinBytes(gueHeader, toA)), `${b}>0 badChecksum`],
    ['no checksum over IPv4', ends4, incoming(back4, { checksum: 0 }, joinBytes(gueHeader, toA)), `${t}>${a} sent`],
    ['no checksum over IPv6', ends6, incoming(back6, { checksum: 0 }, joinBytes(gueHeader, toA)), `${b}>0 badChecksum`],
    ['a length that is too long', ends4, incoming(back4, { length: 500, checksum: 0 }, toA), `${b}>0 badUpperLayer`],
    ['no IP packet', ends4, incoming(back4, {}, payload(40)), `${b}>0 ${kind === 'fou' ? 'tunnelContent' : 'badGue'}`],
    ['nothing', ends4, incoming(back4, {}, payload(0)), `${b}>0 ${kind === 'fou' ? 'tunnelContent' : 'badGue'}`],
  ])('takes, or not: %s', (_, ends, bytes, expected) => {
    expect(fateOf(run(bedWith({ kind, ...ends, port: 5_555 }), b, bytes))).toBe(expected);
  });
});

describe('gue', () => {
  it.each([
    ['variant 1, no header at all', toA, `${t}>${a} sent`],
    ['IPv4', joinBytes(Uint8Array.of(0, 4, 0, 0), toA4), `${t}>${a} sent`],
    ['a control message', joinBytes(Uint8Array.of(0x20, 41, 0, 0), toA), `${b}>0 badGue`],
    ['extension fields', joinBytes(Uint8Array.of(0x01, 41, 0, 0, 0, 0, 0, 0), toA), `${b}>0 badGue`],
    ['unknown flags', joinBytes(Uint8Array.of(0, 41, 0, 1), toA), `${b}>0 badGue`],
    ['a truncated header', Uint8Array.of(0, 41, 0), `${b}>0 badGue`],
    ['TCP', joinBytes(Uint8Array.of(0, 6, 0, 0), toA), `${b}>0 tunnelContent`],
  ])('takes, or not: %s', (_, body, expected) => {
    expect(
      fateOf(
        run(bedWith({ kind: 'gue', ...ends4, port: 5_555 }), b, bytesOf(back4, udp({ destinationPort: 5_555 }), body)),
      ),
    ).toBe(expected);
  });
});

/** The outer destination of what is sent, or why it is not. */
const endOf = (bed: Testbed, destination: string): string => {
  const [first, second] = run(bed, a, bytesOf(ipv6({ source: 'fd00:a::2', destination }), udp()));
  const outcome = second ?? (first as Outcome);
  if (outcome.outcome !== 'sent') return outcome.outcome;
  const word = v4.destination(viewOf(outcome.bytes), 0) >>> 0;
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff).join('.');
};

/** What becomes of a packet that came by an automatic tunnel from an IPv4 address. */
const from = (bed: Testbed, outer: string, source: string, destination = 'fd00:a::2'): string => {
  const local = bed.node.tunnels.get(t)?.local;
  const around = ipv4({ source: outer, destination: formatAddress(local as IpAddress) });
  return fateOf(run(bed, b, bytesOf(around, raw(41, bytesOf(ipv6({ source, destination }), udp())))));
};

describe('stf', () => {
  const stf = (): Testbed => {
    const bed = bedWith({ kind: 'stf', local: '192.0.0.9', ingressFilter: false });
    bed.node.addresses.add({ interfaceIndex: b, address: addressOf('192.0.0.9'), prefixLength: 32 });
    bed.node.routes.add({ to: prefixFrom('0.0.0.0/0'), interfaceIndex: b });
    bed.node.routes.add({ to: prefixFrom('3fff::/20'), interfaceIndex: t, via: addressOf('2002:c058:6301::') });
    return bed;
  };

  it.each([
    ['2002:c613:6401::1', '198.19.100.1', 'to the address inside (RFC 3056 §5.3)'],
    ['3fff::1', '192.88.99.1', 'to the relay that is the next hop'],
    ['2001:db8:7::1', 'noTunnelEndpoint', 'not where no address tells'],
    ['2002:0a00:0001::1', 'badTunnelEndpoint', 'not to a private address'],
    ['2002:e000:0001::1', 'badTunnelEndpoint', 'not to a group'],
    ['2002:7f00:0001::1', 'badTunnelEndpoint', 'not to loopback'],
    ['2002:a9fe:0001::1', 'badTunnelEndpoint', 'not to a link-local address'],
    ['2002:ac10:0001::1', 'badTunnelEndpoint', 'not to another private address'],
    ['2002:c0a8:0001::1', 'badTunnelEndpoint', 'nor to those'],
  ])('%s goes to %s: %s', (destination, expected) => {
    expect(endOf(stf(), destination)).toBe(expected);
  });

  it('carries no IPv4', () => {
    expect(fateOf(run(stf(), a, four))).toBe(`${a}>${t} notCarried`);
  });

  it.each([
    ['198.19.100.1', '2002:c613:6401::1', `${t}>${a} sent`, 'whose address is inside'],
    ['198.19.100.2', '2002:c613:6401::1', `${b}>0 tunnelSpoofed`, 'with that of another'],
    ['198.19.100.2', '3fff::1', `${t}>${a} sent`, 'by a relay'],
    ['10.9.9.9', '3fff::1', `${b}>0 badTunnelEndpoint`, 'from a private address'],
    ['198.19.100.1', 'fe80::1', `${b}>0 scopeInTunnel`, 'from a link-local address'],
  ])('takes what comes from %s with %s: %s, %s', (outer, source, expected) => {
    expect(from(stf(), outer, source)).toBe(expected);
  });

  it('takes nothing for groups, and nothing that would go back to another end', () => {
    expect(from(stf(), '198.19.100.1', '2002:c613:6401::1', 'ff02::1')).toBe(`${b}>0 scopeInTunnel`);
    expect(from(stf(), '198.19.100.1', '2002:c613:6401::1', '2002:c613:6409::1')).toBe(`${b}>0 tunnelTransit`);
  });

  it('cuts outer packets, for it has no one path to follow', () => {
    const bed = stf();
    const [sent] = run(
      bed,
      a,
      bytesOf(ipv6({ source: 'fd00:a::2', destination: '2002:c613:6401::1' }), udp(), payload(9)),
    );
    expect(v4.dontFragment(viewOf((sent as Outcome).bytes), 0)).toBe(false);
    expect(bed.node.interfaces.table.mtu[t]).toBe(1_280);
  });
});

describe('6rd', () => {
  /** RFC 5969 §4: /32 of the provider, 10/8 within, 24 bits of the IPv4 address in each prefix. */
  const sixRd = (more: object = {}): Testbed => {
    const prefix = prefixFrom('2001:db8::/32');
    const bed = bedWith({ kind: '6rd', local: '10.0.2.1', prefix, ipv4MaskLength: 8, ingressFilter: false, ...more });
    bed.node.routes.add({ to: prefixFrom('10.0.0.0/8'), interfaceIndex: b });
    bed.node.routes.add({ to: prefixFrom('2001:db8::/34'), interfaceIndex: t });
    bed.node.routes.add({ to: prefixFrom('3fff::/20'), interfaceIndex: t });
    return bed;
  };
  const borderRelay = addressOf('10.255.0.1');

  it.each([
    ['2001:db8:0102:0300::1', '10.1.2.3', {}],
    ['2001:db8:0002:0100::1', 'badTunnelEndpoint', {}], // our own
    ['3fff::1', 'noTunnelEndpoint', {}],
    ['3fff::1', '10.255.0.1', { borderRelay }],
  ])('%s goes to %s', (destination, expected, more) => {
    expect(endOf(sixRd(more), destination)).toBe(expected);
  });

  it('finds addresses at any bit', () => {
    const prefix = prefixFrom('2001:db8:8000::/35');
    const bed = sixRd({ prefix, ipv4MaskLength: 12 });
    bed.node.routes.add({ to: prefixFrom('2001:db8:8000::/35'), interfaceIndex: t });
    // 100 | 20 bits of 10.1.2.3 behind 12 that all share: 0001 0000 0010 0000 0011
    expect(endOf(bed, '2001:db8:8204:0600::1')).toBe('10.1.2.3');
  });

  it.each([
    ['10.1.2.3', '2001:db8:0102:0300::1', `${t}>${a} sent`],
    ['10.1.2.4', '2001:db8:0102:0300::1', `${b}>0 tunnelSpoofed`],
    ['10.1.2.3', '3fff::1', `${b}>0 tunnelSpoofed`],
    ['10.255.0.1', '3fff::1', `${t}>${a} sent`],
    ['10.1.2.3', 'fe80::1', `${b}>0 tunnelSpoofed`],
    ['11.1.2.3', '2001:db8:0102:0300::1', `${b}>0 unknownProtocol`],
  ])('from %s with %s: %s (RFC 5969 §9.2)', (outer, source, expected) => {
    expect(from(sixRd({ borderRelay }), outer, source)).toBe(expected);
  });

  it('takes nothing that would go back to another end', () => {
    const bed = sixRd({ borderRelay });
    expect(from(bed, '10.1.2.3', '2001:db8:0102:0300::1', '2001:db8:0102:0900::1')).toBe(`${b}>0 tunnelTransit`);
  });
});

describe('isatap', () => {
  const isatap = (more: object = {}): Testbed => {
    const bed = bedWith({ kind: 'isatap', local: '10.0.2.1', ingressFilter: false, ...more });
    bed.node.routes.add({ to: prefixFrom('10.0.0.0/8'), interfaceIndex: b });
    bed.node.routes.add({ to: prefixFrom('3fff::/20'), interfaceIndex: t, via: addressOf('fe80::5efe:a01:203') });
    return bed;
  };

  it.each([
    ['2001:db8:7::5efe:10.1.2.3', '10.1.2.3'],
    ['2001:db8:7::200:5efe:10.1.2.3', '10.1.2.3'],
    ['3fff::1', '10.1.2.3'],
    ['2001:db8:7::1', 'noTunnelEndpoint'],
    ['2001:db8:7::5efe:224.0.0.1', 'badTunnelEndpoint'],
    ['2001:db8:7::5efe:127.0.0.1', 'badTunnelEndpoint'],
  ])('%s goes to %s (RFC 5214 §7.1)', (destination, expected) => {
    expect(endOf(isatap(), destination)).toBe(expected);
  });

  it.each([
    ['10.1.2.3', '2001:db8:7::5efe:10.1.2.3', `${t}>${a} sent`],
    ['10.1.2.3', '2001:db8:7::200:5efe:10.1.2.3', `${t}>${a} sent`],
    ['10.1.2.4', '2001:db8:7::5efe:10.1.2.3', `${b}>0 tunnelSpoofed`],
    ['10.1.2.3', '3fff::1', `${b}>0 tunnelSpoofed`],
    ['10.9.9.9', '3fff::1', `${t}>${a} sent`],
  ])('from %s with %s: %s (RFC 5214 §7.3)', (outer, source, expected) => {
    expect(from(isatap({ routers: [addressOf('10.9.9.9')] }), outer, source)).toBe(expected);
  });
});
