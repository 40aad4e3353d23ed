/** Hostile bytes and hostile commands: nothing throws, nothing leaks, no key is told. */
import { expect, test } from 'vitest';
import { ConfigError, parseSetkey } from '../../src/config/index.ts';
import { bytesOf, ipv6, payload, seededRandom, udp } from '../../src/testing/index.ts';
import { association, ipsecBed, joinSites, keyOf, names, sentBytes, site } from '../support/ipsec-bed.ts';

const random = seededRandom(20_000);
const below = (limit: number): number => Math.floor(random() * limit);

/** Changes, cuts or lengthens a few bytes. */
const mutated = (bytes: Uint8Array): Uint8Array => {
  const copy = bytes.slice(0, below(8) === 0 ? 1 + below(bytes.length) : bytes.length);
  for (let i = below(4); i >= 0; i -= 1) copy[below(copy.length)] = below(256);
  return copy;
};

test('mutated ESP, AH and IPComp', () => {
  const bed = ipsecBed();
  joinSites(bed);
  const { node } = bed.right;
  const ah = { protocol: 'ah', authentication: { algorithm: 'hmac-sha256-128', key: keyOf(32) } } as const;
  const ends = [names.left[6], names.right[6]] as const;
  node.sadb.add(association(0x2001, ...ends, ah));
  node.sadb.add(association(0x3001, ...ends, { protocol: 'ipcomp' }));
  const nullEsp = { encryption: { algorithm: 'null', key: new Uint8Array(0) } } as const;
  node.sadb.add(association(0x4001, ...ends, { ...nullEsp, authentication: ah.authentication, replayWindow: 0 }));
  const inner = bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), udp(), payload(100));
  const header = (nextHeader: number) => ipv6({ source: ends[0], destination: ends[1], nextHeader });
  const [sealed] = bed.left.receive(inner, site);
  const seeds = [
    sentBytes(sealed),
    bytesOf(header(51), Uint8Array.of(17, 5, 0, 0, 0, 0, 0x20, 1, 0, 0, 0, 1), payload(60)),
    bytesOf(header(108), Uint8Array.of(41, 0, 0x30, 1), payload(60)),
    bytesOf(header(50), Uint8Array.of(0, 0, 0x40, 1, 0, 0, 0, 9), payload(80)),
    bytesOf(ipv6({ source: ends[0], destination: ends[1] }), udp({ destinationPort: 4500 }), payload(40)),
  ];
  for (let i = 0; i < 20_000; i += 1) {
    bed.right.receive(mutated(seeds[i % seeds.length] as Uint8Array));
    bed.right.results.length = 0;
  }
  bed.right.close(); // what waited for other fragments goes
  expect(bed.right.leaks).toBe(0);
});

test('mutated commands of setkey', () => {
  const secret = 'deadbeefcafebabedeadbeefcafebabedeadbeef';
  const text = [
    `add fd00::1 fd00::2 esp 0x1000 -m tunnel -lh 9 -E aes-gcm-16 0x${secret};`,
    'spdadd fd00::/64[80] ::/0 icmp6 1,2 -P out ipsec esp/tunnel/fd00::1-fd00::2/unique:7 ah/transport//use;',
    'flush; spddelete ::/0 ::/0 any -P in; # a comment',
  ].join('\n');
  let refused = 0;
  for (let i = 0; i < 20_000; i += 1) {
    let changed = text;
    for (let j = below(3); j >= 0; j -= 1) {
      const at = below(changed.length);
      const cut = below(3) === 0 ? below(9) : 1;
      changed =
        changed.slice(0, at) + (below(2) === 0 ? ' ;/-"#[0xa\n'.charAt(below(10)) : '') + changed.slice(at + cut);
    }
    try {
      parseSetkey(changed);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      refused += 1;
      expect(error.message).not.toMatch(/(?:dead|beef|cafe|babe){3}/);
    }
  }
  expect(refused).toBeGreaterThan(5_000);
});
