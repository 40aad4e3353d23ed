import { expect, test } from 'vitest';
import { addressOf } from '../../src/testing/index.ts';
import { ethernet, eui64Address, eui64LinkLocal, formatAddress } from '../../src/wire/index.ts';

test.each([
  ['34:56:78:9a:bc:de', 'fe80::3656:78ff:fe9a:bcde'], // RFC 2464 §4's own example
  ['02:00:00:00:00:22', 'fe80::ff:fe00:22'],
  ['ff:ff:ff:ff:ff:fe', 'fe80::fdff:ffff:feff:fffe'],
])('%s makes %s', (linkLayer, address) => {
  const parsed = ethernet.parseLinkLayer(linkLayer);
  expect(parsed && formatAddress(eui64LinkLocal(parsed))).toBe(address);
});

test('any prefix of 64 bits', () => {
  const address = eui64Address(addressOf('2001:db8:a:b::'), { high: 0x0200, low: 0x22 });
  expect(formatAddress(address)).toBe('2001:db8:a:b:0:ff:fe00:22');
});
