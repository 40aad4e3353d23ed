import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig, parseSetkey, policy, sa } from '../../src/config/index.ts';
import { runSetkey, setUpIpsec } from '../../src/run/ipsec.ts';
import { createNode, type Node } from '../../src/state/node.ts';
import { seededRandom } from '../../src/testing/index.ts';

const key = `0x${'5a'.repeat(20)}`;
const nodeOf = (): Node => createNode({ random: seededRandom(1), scheduler: new VirtualTimeScheduler() });

const run = (node: Node, text: string): string => {
  try {
    const { outputs, warnings } = runSetkey(node, parseSetkey(text, 'file'), 'file');
    return JSON.stringify([outputs.length, warnings.length]);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};

const add = (spi: number): string => `add fd00::1 fd00::2 esp ${spi} -E aes-gcm-16 ${key};\n`;
const leave = 'spdadd fd00::/64 ::/0 any -P out ipsec esp/transport//require;\n';

describe('setkey', () => {
  test('carries all out', () => {
    const node = nodeOf();
    expect(run(node, `${add(256)}${add(257)}${leave}delete fd00::1 fd00::2 esp 256; dump; spddump;`)).toBe('[2,0]');
    expect([node.sadb.list().map(({ spi }) => spi), node.spd.size]).toEqual([[257], 1]);
    expect(run(node, 'spdupdate fd00::/64 ::/0 any -P out none; deleteall fd00::1 fd00::2 esp;')).toBe('[0,0]');
    expect([node.sadb.size, node.spd.list()[0]?.action]).toEqual([0, 'bypass']);
    expect(run(node, `${add(256)}flush; spddelete fd00::/64 ::/0 any -P out;`)).toBe('[0,0]');
    expect([node.sadb.size, node.spd.size]).toEqual([0, 0]);
  });

  test.each([
    [`${add(300)}${add(300)}`, 'line 2, column 1: esp 0x0000012c to fd00::2 exists already'],
    [`${add(300)}delete fd00::1 fd00::2 esp 301;`, 'line 2, column 1: there is no esp 0x0000012d to fd00::2'],
    [
      'flush;\nadd fd00::1 fd00::2 esp 300 -E aes-gcm-16 0x00;',
      'line 2, column 1: esp 0x0000012c to fd00::2: aes-gcm-16',
    ],
    ['flush; add fd00::1 fd00::2 esp 9 -E null -A hmac-sha1 0x00;', 'line 1, column 8: esp 0x00000009'],
    [`${leave}${leave}`, 'line 1, column 1: the policy for out fd00::/64 to ::/0 exists already'],
    ['spdflush; spddelete fd00::/64 ::/0 any -P out;', 'line 1, column 11: there is no policy for out fd00::/64'],
    ['flush; add fd00::1 fd00::2 ah 300 -A hmac-md5 0x00112233445566778899aabbccddeeff;', 'hmac-md5-96 is too weak'],
    ['flush;spdflush;\n  spdadd ::/0 ::/0 any -P in ipsec esp/tunnel//use;', 'line 2, column 3: the policy for in'],
  ])('or nothing: %s', (text, sentence) => {
    const node = nodeOf();
    run(node, `${add(256)}${leave}`);
    const before = JSON.stringify([node.sadb.list().map(({ spi }) => spi), node.spd.list()]);
    const generation = node.sadb.generation;
    expect(run(node, text)).toContain(sentence);
    expect(JSON.stringify([node.sadb.list().map(({ spi }) => spi), node.spd.list()])).toBe(before);
    expect(node.sadb.generation).toBe(generation);
  });

  test('warns of omitted levels', () => {
    expect(run(nodeOf(), 'spdadd ::/0 ::/0 any -P out ipsec esp/transport;')).toBe('[0,1]');
  });
});

describe('the configuration', () => {
  const interfaces = { uma: { device: 'tun', addresses: ['fd00:a::1/64'] } } as const;

  test('as data', () => {
    const { ipsec } = parseConfig({
      interfaces,
      ipsec: {
        defaultLevel: 'require',
        defaults: { forward: 'discard' },
        sas: [
          {
            protocol: 'esp',
            spi: '0x1000',
            source: 'fd00::1',
            destination: 'fd00::2',
            mode: 'tunnel',
            encryption: { algorithm: 'aes-gcm-16', key },
            hard: { bytes: 1_000_000 },
          },
        ],
        policies: [
          {
            direction: 'out',
            source: 'fd00:a::/64',
            destination: 'fd00:b::/64',
            protocol: 'tcp',
            destinationPort: '80-90',
            action: 'protect',
            requests: [{ protocol: 'esp', mode: 'tunnel', source: 'fd00::1', destination: 'fd00::2' }],
          },
        ],
      },
    });
    const node = nodeOf();
    expect(setUpIpsec(node, ipsec)).toEqual([]);
    expect(node.sadb.list()).toMatchObject([{ spi: 0x1000, mode: 'tunnel', hard: { bytes: 1_000_000 } }]);
    expect(node.spd.list()).toMatchObject([{ protocol: 6, destinationPort: [80, 90] }]);
    expect(node.spd.rules).toMatchObject({ forward: 'discard', defaultLevel: 'require' });
  });

  test.each([
    [{ sas: [{ protocol: 'esp' }] }, 'ipsec.sas[0].spi: missing; allowed: a'],
    [{ policies: [{ direction: 'up' }] }, 'ipsec.policies[0].direction: "up" is not allowed here; allowed: "in"'],
    [{ defaultLevel: 'unique' }, 'ipsec.defaultLevel: "unique" is not allowed here; allowed: "use", "require"'],
    [{ secrets: 1 }, 'ipsec: unknown key "secrets"; allowed: setkey, sas, policies'],
  ])('%j', (ipsec, sentence) => {
    expect(() => parseConfig({ interfaces, ipsec })).toThrow(sentence);
  });

  test('no complaint repeats a key', () => {
    const secret = 'deadbeefcafebabe';
    const encryption = { algorithm: 'aes-cbc', key: `${secret}xyz` } as const;
    const written = { protocol: 'esp', spi: 256, source: 'fd00::1', destination: 'fd00::2', encryption } as const;
    expect(() => sa(written)).toThrow('encryption.key: a key is pairs of hexadecimal digits');
    expect(() => sa(written)).not.toThrow(secret);
  });
});

test('associations and policies as TypeScript writes them', () => {
  const node = nodeOf();
  const written = sa({
    protocol: 'esp',
    spi: 0x1000,
    source: 'fd00::1',
    destination: 'fd00::2',
    encryption: { algorithm: 'chacha20-poly1305', key: `0x${'11'.repeat(36)}` },
  });
  runSetkey(node, [{ command: 'add', association: written, at: { line: 1, column: 1 } }]);
  node.spd.add(policy({ direction: 'in', source: '10.0.0.0/8', destination: '10.0.0.1', action: 'discard' }));
  expect([node.sadb.size, node.spd.list()[0]?.destination.length]).toEqual([1, 32]);
});
