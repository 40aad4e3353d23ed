import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/error.ts';
import { parseRtadvd } from '../../src/config/rtadvd.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatPrefix } from '../../src/wire/address.ts';
import { advertisingDefaults, advertisingProblems, prefixDefaults } from '../../src/wire/advertising.ts';
import { prefixFrom } from '../support/testbed.ts';

const kame = { ...advertisingDefaults, answerUnicast: false };

const problemsOf = (text: string): string[] => {
  try {
    parseRtadvd(text);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n');
  }
};

describe('parseRtadvd', () => {
  it('has the defaults of rtadvd', () => {
    expect(Object.fromEntries(parseRtadvd('ef0:\n'))).toEqual({ ef0: kame });
    expect(parseRtadvd('# nothing\n\n').size).toBe(0);
  });

  it('reads every key', () => {
    const text = [
      'default:\\',
      '\t:chlim#32:raflags="mo":',
      'ef0|ef1:\\',
      '\t:maxinterval#60:mininterval#0x10:rltime#180:rtime#30000:retrans#01750:clockskew#5:\\',
      '\t:mtu=auto:nolladdr:hapref#10:hatime#600:raflags="mh":\\',
      '\t:addr="2001:db8:1::":prefixlen#64:vltime#3600:pltime#600:vltimedecr:\\',
      '\t:addr2="2001:db8:2::":prefixlen2#56:pinfoflags2="l":\\',
      '\t:rtprefix="2001:db8:f::":rtplen#48:rtflags="l":rtltime#90:rtprefix1="2001:db8:e::":\\',
      '\t:rdnss="fd00::53,fd00::54":dnssl="example.org":tc=default:',
    ].join('\n');
    const config = parseRtadvd(text);
    expect([...config.keys()]).toEqual(['ef0', 'ef1']);
    expect(config.get('ef1')).toEqual(config.get('ef0'));
    expect(config.get('ef0')).toEqual({
      ...kame,
      maximumInterval: 60,
      minimumInterval: 16,
      currentHopLimit: 32, // by tc
      managed: true, // the first raflags stands
      preference: 1,
      routerLifetime: 180,
      reachableTime: 30_000,
      retransTimer: 1_000,
      mtu: 'interface',
      tellLinkLayerAddress: false,
      ownPrefixes: undefined,
      prefixes: [
        {
          prefix: prefixFrom('2001:db8:1::/64'),
          onLink: true,
          autonomous: true,
          validLifetime: 3_600,
          preferredLifetime: 600,
          decrementing: true,
        },
        { ...prefixDefaults, prefix: prefixFrom('2001:db8:2::/56'), onLink: true, autonomous: false },
      ],
      routes: [
        { prefix: prefixFrom('2001:db8:f::/48'), preference: -1, lifetime: 90 },
        { prefix: prefixFrom('2001:db8:e::/64'), preference: 0, lifetime: 180 },
      ],
      dnsServers: [{ servers: [addressOf('fd00::53'), addressOf('fd00::54')], lifetime: 180 }],
      searchLists: [{ domains: ['example.org'], lifetime: 180 }],
      homeAgentInformation: { preference: 10, lifetime: 600 },
      clockSkew: 5,
    });
  });

  it('takes a hundred prefixes', () => {
    const keys = Array.from({ length: 100 }, (_, i) => `:addr${i}="2001:db8:${i.toString(16)}::"`);
    const prefixes = parseRtadvd(`ef0:${keys.join('')}:\n`).get('ef0')?.prefixes;
    expect(prefixes).toHaveLength(100);
    expect(prefixes?.map(({ prefix }) => formatPrefix(prefix)).at(-1)).toBe('2001:db8:63::/64');
  });

  it('takes no more prefixes than a hundred, and says so', () => {
    const keys = ['', ...Array.from({ length: 100 }, (_, i) => `${i}`)].map((n, i) => `:addr${n}="fd00:${i}::"`);
    expect(problemsOf(`ef0:${keys.join('')}:\n`)).toEqual([
      'umigame: rtadvd.conf: line 1, column 6: addr: there are 101; allowed: at most 100',
    ]);
  });

  it.each([
    [
      'ef0:\\\n :maxinterval#60:\\\n :chlm#3:',
      'umigame: rtadvd.conf: line 3, column 3: unknown key "chlm" (did you mean "chlim"?)',
    ],
    [
      '\n\nef0:\\\n\t:chlim#3:maxinterval#3:',
      'umigame: rtadvd.conf: line 4, column 11: maxinterval: 3 s is out of bounds; allowed: 4 to 1800 s',
    ],
    ['ef0:mininterval#451:', 'line 1, column 5: mininterval: 451 s is out of bounds'],
    ['ef0:rltime#599:', 'line 1, column 5: rltime: 599 s is out of bounds; allowed: 0, or 600'],
    ['ef0:chlim#x:', 'line 1, column 5: chlim#x is no number'],
    ['ef0: chlim="3":', 'line 1, column 6: chlim is a number; allowed: chlim#N'],
    ['ef0:raflags="z":', 'line 1, column 5: raflags has no letter "z"; allowed: m, o, h, l'],
    ['ef0:raflags#0x10:', 'line 1, column 5: raflags has the preference 10, which is reserved; allowed: 01, 00 or 11'],
    ['ef0:rtprefix="fd00::":rtflags#16:', 'line 1, column 23: rtflags has the preference 10, which is reserved'],
    ['ef0:addr="10.0.0.1":', 'line 1, column 5: addr is not the address of a prefix'],
    ['ef0:addr="fd00::":prefixlen#129:', 'line 1, column 19: prefixlen#129 is out of bounds; allowed: 0 to 128'],
    [
      'ef0:chlim#3:addr7="fd00::":pltime7#9999999:',
      'line 1, column 13: addr7: is preferred for 9999999 s but valid for 2592000 s only',
    ],
    ['ef0:mtu#1279:', 'line 1, column 5: mtu: 1279 is out of bounds'],
    ['ef0:tc=nowhere:', 'line 1, column 5: tc="nowhere" leads to no entry'],
    ['ef0:tc=ef0:', 'line 1, column 5: tc="ef0" leads in a circle'],
    ['ef0:\nef0:', 'line 2, column 1: "ef0" stands there twice'],
    [':chlim#3:', 'line 1, column 1: an entry without a name'],
  ])('of %j says what is wrong and where', (text, sentence) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(sentence);
  });

  it('is right or a ConfigError, whatever the text is', () => {
    const piece = fc.constantFrom(
      ...['ef0', ':', '\\\n', '\n', '#', '=', '"', 'addr', 'addr1', 'chlim', 'tc=ef0', 'tc=a', 'a', '64', 'fd00::'],
      ...['raflags', 'mo', 'rltime', '0x', 'rtprefix', '|', 'vltime', 'rdnss', 'dnssl', '99999999999'],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (written) => {
        try {
          for (const [, advertising] of parseRtadvd(written)) expect(advertisingProblems(advertising)).toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
