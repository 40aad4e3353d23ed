import { expect, test } from 'vitest';
import * as wire from '../../src/wire/index.ts';
import { behindIpv6, bytesOf, hex } from './support.ts';

test('the example of umigame/wire', () => {
  const packet = behindIpv6(wire.Protocol.udp, bytesOf(hex('c000 0035 0008 0000')));
  const bytes = new Uint8Array(packet.buffer);
  const { formatAddress, ipv6, readAddress6, udp } = wire;

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const said: unknown[] = [];
  if (ipv6.check(view, 0, bytes.length) === 'ok' && udp.check(view, 40, bytes.length) === 'ok') {
    said.push(formatAddress(readAddress6(view, 8)), udp.sourcePort(view, 40));
  }
  expect(said).toEqual(['2001:db8::1', 0xc000]);
});

test('protocol numbers are all different and fit a byte', () => {
  const numbers = Object.values(wire.Protocol);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const number of numbers) expect(number).toBe(number & 0xff);
});

test('every header is a namespace', () => {
  const namespaces = Object.keys(wire).filter(
    (name) => Object.prototype.toString.call(Reflect.get(wire, name)) === '[object Module]',
  );
  expect(namespaces.toSorted()).toEqual([
    'addressBytes',
    'advertising',
    'arp',
    'checksum',
    'domainNames',
    'ethernet',
    'extension',
    'fragment',
    'gre',
    'gue',
    'headerChain',
    'icmp4',
    'icmp6',
    'ipv4',
    'ipv6',
    'ndp',
    'ndpOptions',
    'options',
    'quoted',
    'routerAdvertisement',
    'routing',
    'tcp',
    'udp',
  ]);
});
