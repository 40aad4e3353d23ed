import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, parseConfig } from '../../src/config/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'umigame-rtadvd-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};

const interfacesWith = (...said: readonly (readonly [name: string, advertise: object])[]) => ({
  interfaces: Object.fromEntries(
    said.map(([name, advertise]) => [name, { device: 'tap', addresses: [], advertise }] as const),
  ),
});

const problemsOf = (...said: readonly (readonly [name: string, advertise: object])[]): string[] => {
  try {
    parseConfig(interfacesWith(...said), 'router.json', folder);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n');
  }
};

const good = write('rtadvd.conf', 'ef0:\\\n\t:chlim#32:raflags="oh":rdnss="fd00::53":\nef1:rltime#0:\n');

describe('"rtadvd" of an interface that advertises', () => {
  it('is the entry that is called as the interface, of the file beside the configuration', async () => {
    write('router.json', JSON.stringify(interfacesWith(['ef0', { rtadvd: good }], ['ef1', { rtadvd: good }])));
    const { interfaces } = await loadConfig(join(folder, 'router.json'));
    expect(interfaces.map(({ advertise }) => advertise)).toMatchObject([
      { currentHopLimit: 32, otherConfiguration: true, preference: 1, routerLifetime: 1_800, answerUnicast: false },
      { currentHopLimit: 64, routerLifetime: 0 },
    ]);
  });

  it('may be an absolute path', () => {
    expect(problemsOf(['ef0', { rtadvd: join(folder, good) }])).toEqual([]);
  });

  const at = 'umigame: router.json: interfaces.ef0.advertise';
  it.each<[string, object, string]>([
    ['stands alone', { rtadvd: good, mtu: 1_400 }, `${at}: "rtadvd" together with "mtu"; allowed: "rtadvd" alone`],
    ['is a path', { rtadvd: 7 }, `${at}.rtadvd: 7 is not allowed here; allowed: the path of an rtadvd.conf`],
    ['is there', { rtadvd: 'nowhere.conf' }, `${at}.rtadvd: nowhere.conf: there is no such file`],
    ['is a file', { rtadvd: '.' }, `${at}.rtadvd: .: is a directory`],
    [
      'has an entry for it',
      { rtadvd: write('other.conf', 'eg0|eth0:\n') },
      `${at}.rtadvd: other.conf has no entry "ef0" (did you mean "eg0"?); allowed: eg0, eth0`,
    ],
    [
      'has any',
      { rtadvd: write('empty.conf', '\n') },
      `${at}.rtadvd: empty.conf has no entry "ef0"; it has none at all`,
    ],
    [
      'is well written',
      { rtadvd: write('bad.conf', 'ef0:\\\n  :chlim#32:rltime#5:\n') },
      `${at}.rtadvd: bad.conf: line 2, column 13: rltime: 5 s is out of bounds; allowed: 0, or 600 (the longest interval) to 9000 s`,
    ],
    [
      'fits the link',
      { rtadvd: write('large.conf', 'ef0:mtu#9000:\n') },
      `${at}.rtadvd: large.conf: ef0: 9000 is out of bounds; allowed: 1280 to 1500, which the link carries`,
    ],
  ])('%s', (_what, advertise, line) => {
    expect(problemsOf(['ef0', advertise])).toEqual([line]);
  });

  it('has its mistakes told once, whoever uses it', () => {
    const rtadvd = write('twice.conf', 'ef0:chlm#1:\nef1:\n');
    expect(problemsOf(['ef0', { rtadvd }], ['ef1', { rtadvd }])).toHaveLength(1);
  });
});
