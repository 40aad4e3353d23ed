import { describe, expect, test } from 'vitest';
import { ConfigError, parseSetkey } from '../../../src/config/index.ts';
import type { Statement } from '../../../src/config/setkey/statement.ts';
import { addressOf } from '../../../src/testing/index.ts';
import { prefixFrom } from '../../support/testbed.ts';

const only = (text: string): Statement => {
  const [statement, ...others] = parseSetkey(text);
  expect(others).toEqual([]);
  return statement as Statement;
};

const complaint = (text: string): string => {
  try {
    parseSetkey(text, 'file');
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'none';
};

const key20 = `0x${'5a'.repeat(20)}`;

describe('add', () => {
  test('an association as KAME writes it', () => {
    const text = 'add fd00::1 fd00::2 esp 0x1001 -m tunnel -r 8 -u 5 -f nocyclic-seq -ls 60 -lh 90\n';
    expect(only(`${text} -E rijndael-cbc "0123456789abcdef" -A hmac-sha1 "01234567890123456789" ;`)).toEqual({
      command: 'add',
      at: { line: 1, column: 1 },
      association: {
        protocol: 'esp',
        spi: 0x1001,
        source: addressOf('fd00::1'),
        destination: addressOf('fd00::2'),
        mode: 'tunnel',
        replayWindow: 64,
        reqid: 5,
        cyclic: false,
        soft: { seconds: 60 },
        hard: { seconds: 90 },
        encryption: { algorithm: 'aes-cbc', key: Uint8Array.from(Buffer.from('0123456789abcdef')) },
        authentication: { algorithm: 'hmac-sha1-96', key: Uint8Array.from(Buffer.from('01234567890123456789')) },
      },
    });
  });

  test.each([
    [`add -6 fd00::1 fd00::2 esp 256 -E aes-gcm-16 ${key20};`, { spi: 256, cyclic: true, replayWindow: 0 }],
    [`add ::1 ::2 esp 256 -esn -r 4 -E aes-gcm-16 ${key20};`, { extendedSequenceNumbers: true, replayWindow: 32 }],
    [`add ::1 ::2 esp 256 -bh 1000 -bs 900 -E aes-gcm-16 ${key20};`, { hard: { bytes: 1000 }, soft: { bytes: 900 } }],
    ['add ::1 ::2 esp 256 -E null -A hmac-md5 0x00112233445566778899aabbccddeeff;', { protocol: 'esp' }],
    ['add ::1 ::2 ah 256 -A hmac-sha2-256 0x00;', { protocol: 'ah' }],
    ['add 10.0.0.1 10.0.0.2 ipcomp 0x100 -C deflate -R;', { protocol: 'ipcomp' }],
    [
      `add 10.0.0.1[4500] 10.0.0.2[4501] esp-udp 256 -E aes-gcm-16 ${key20};`,
      { encapsulation: { sourcePort: 4500, destinationPort: 4501 } },
    ],
  ])('%s', (text, expected) => {
    expect(only(text)).toMatchObject({ association: expected });
  });
});

describe('policies', () => {
  test.each([
    ['in discard', { direction: 'in', action: 'discard' }],
    ['out none', { direction: 'out', action: 'bypass' }],
    ['fwd none', { direction: 'forward', action: 'bypass' }],
    [
      'out ipsec esp/transport//require ah/transport//use',
      {
        requests: [
          { protocol: 'esp', mode: 'transport', level: 'require' },
          { protocol: 'ah', mode: 'transport', level: 'use' },
        ],
      },
    ],
    [
      'out ipsec esp/tunnel/fd00::1-fd00::2/unique:7',
      {
        requests: [
          {
            protocol: 'esp',
            mode: 'tunnel',
            source: addressOf('fd00::1'),
            destination: addressOf('fd00::2'),
            level: 'unique',
            reqid: 7,
          },
        ],
      },
    ],
    ['out ipsec esp/require', { requests: [{ protocol: 'esp', mode: 'transport', level: 'require' }] }],
    ['out ipsec esp/transport', { requests: [{ protocol: 'esp', mode: 'transport', level: 'default' }] }],
  ])('-P %s', (words, expected) => {
    expect(only(`spdadd ::/0 ::/0 any -P ${words};`)).toMatchObject({ policy: expected });
  });

  test.each([
    ['fd00::/64[any] fd00::1[80] tcp', { source: prefixFrom('fd00::/64'), protocol: 6, destinationPort: 80 }],
    ['::/0 ::/0 icmp6 135,0', { protocol: 58, icmpType: 135, icmpCode: 0 }],
    ['::/0 ::/0 icmp6 0', { protocol: 58, icmpType: 0 }],
    ['10.0.0.0/8 0.0.0.0/0 ip4', { protocol: 4 }],
    ['10.0.0.0/8 0.0.0.0/0 89', { protocol: 89 }],
  ])('selectors %s', (words, expected) => {
    expect(only(`spdadd ${words} -P in none;`)).toMatchObject({ policy: expected });
    expect(only(`spddelete ${words} -P in;`)).toMatchObject({ command: 'spddelete', policy: expected });
  });
});

test('the other commands, comments, and everything on one line', () => {
  const text =
    '# all of it\nflush; flush esp;dump ah ; spdflush;spddump;#\n deleteall ::1 ::2 ipcomp ; get ::1 ::2 esp 0x100;';
  expect(parseSetkey(text).map(({ command, at }) => [command, at.line, at.column])).toEqual([
    ['flush', 2, 1],
    ['flush', 2, 8],
    ['dump', 2, 18],
    ['spdflush', 2, 28],
    ['spddump', 2, 37],
    ['deleteall', 3, 2],
    ['get', 3, 29],
  ]);
});

test.each([
  ['', 'none'],
  ['flush', 'line 1, column 1: the file ends where ";" should be'],
  ['flsh;', 'line 1, column 1: there is no command "flsh" (did you mean "flush"?)'],
  ['add ::1', 'line 1, column 5: the file ends where an address should be'],
  ['add ::1 ::2;', 'line 1, column 12: ";" where a protocol should be'],
  ['add ::1 ::2 esp-old 256;', 'line 1, column 13: esp-old is that of RFC 1826 and 1827'],
  ['add ::1 ::2 esp 0x1zz;', 'line 1, column 17: "0x1zz" is not an SPI'],
  ['add -4 ::1 ::2 esp 256;', 'line 1, column 8: "::1" is an IPv6 address, and -4 stands before it'],
  ['add ::1/64 ::2 esp 256;', 'line 1, column 5: an association has addresses, not prefixes'],
  ['add ::1 ::2 esp 256 -E des-cbc "12345678";', 'line 1, column 24: des-cbc is too weak to be used (RFC 8221)'],
  ['add ::1 ::2 esp 256 -E aes-gcm 0x00;', 'line 1, column 24: there is no algorithm "aes-gcm" here'],
  ['add ::1 ::2 esp 256 -E aes-cbc "open', 'line 1, column 32: text without its closing double quote'],
  ['add ::1 ::2 esp 256 -E aes-cbc secret;', 'line 1, column 32: a key is text in double quotes, or pairs of'],
  ['spdadd ::/0 ::/0 any -P out;', 'line 1, column 28: a policy says discard, none, or ipsec and its rules'],
  ['spdadd ::/0 ::/0 any -P out ipsec;', 'line 1, column 29: ipsec is followed by rules'],
  ['spdadd ::/0 ::/0 any -P up none;', 'line 1, column 25: -P is followed by in, out or fwd'],
  ['spdadd ::/0 ::/0 any\n-P out ipsec esp/tunel/a-b/use;', 'line 2, column 14: there is no mode "tunel"'],
  ['spdadd ::/0 ::/0 any -P out ipsec esp/transport//unique;', 'line 1, column 35: unique needs the number'],
  ['spdadd ::/200 ::/0 any -P in none;', 'line 1, column 8: "::/200" has a length of more than 128'],
  ['spdadd example.org ::/0 any -P in none;', 'line 1, column 8: "example.org" is no address'],
  ['spdadd tagged "x" -P in none;', 'line 1, column 8: tags are those of a packet filter'],
])('%s', (text, sentence) => {
  const found = complaint(text);
  if (sentence === 'none') expect(found).toBe('none');
  else expect(found).toContain(`umigame: file: ${sentence}`);
});

test('no complaint repeats a key, wherever it stands', () => {
  const secret = 'deadbeefcafebabe0123456789abcdef';
  for (const text of [
    `add ::1 ::2 esp 256 -E 0x${secret} aes-cbc;`,
    `add ::1 ::2 esp 256 -E aes-cbc 0x${secret}0 -A hmac-sha1 0x00;`,
    `add ::1 ::2 esp 256 0x${secret};`,
    `add ::1 ::2 esp 256 "${secret}";`,
    `0x${secret};`,
    `add ::1 ::2 esp 0x${secret};`,
  ]) {
    const found = complaint(text);
    expect(found).toContain('umigame: file: line 1');
    expect(found).not.toContain(secret.slice(0, 12));
  }
});
