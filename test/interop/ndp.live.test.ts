/** `umigame ndp` and `umigame show neighbors` against a Linux host on Ethernet, its `ip neigh` and its pings. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { NeighborView } from '../../src/run/control/discovery-views.ts';
import type { ShowNeighbors } from '../../src/run/control/requests/show-neighbors.ts';
import type { ChangeView } from '../../src/run/control/views.ts';
import { umigame } from '../support/command.ts';
import { addressOf, suiteLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import { type Ended, mustRun } from '../support/program.ts';

/** The lab's own folder may be written by anyone, which is no place for a control socket. */
const folder = mkdtempSync(join(tmpdir(), 'umigame-live-ndp-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ours = '02:00:00:00:00:22';
const nobodys = '02:00:00:00:00:66';

describeLive('umigame ndp beside a Linux host', () => {
  const path = join(folder, 'router.sock');
  const lab = suiteLab({
    a: { device: 'tap', linkLayerAddress: ours, addresses: ['fd00:a::1/64', 'fe80::a1/64', '10.0.1.1/24'] },
    arguments: () => ['--socket', path],
  });
  const { a, b } = lab;

  const ask = (...args: readonly string[]): Promise<Ended> => umigame([...args, '--socket', path]).waitFor();
  const said = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await ask(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  /** The rows of `ndp -a` by neighbor: link-layer address, interface, expiry, state, flags. */
  const rows = async (): Promise<Record<string, string[]>> => {
    const lines = (await said('ndp', '-an')).trimEnd().split('\n').slice(1);
    return Object.fromEntries(
      lines.map((line) => line.split(/ +/)).map(([neighbor = '', ...cells]) => [neighbor, cells]),
    );
  };
  const theirs = async (): Promise<string> => {
    const [link] = JSON.parse(await mustRun('ip', '-n', a.namespace, '-j', 'link', 'show', a.device)) as {
      address: string;
    }[];
    return link?.address ?? '';
  };
  const pinged = async (to: string): Promise<string> => (await b.ping(to, { wait: 1 })).answered;

  test('-a: whom the router found, and the host found the router', async () => {
    for (const family of [6, 4] as const) expect(await pinged(addressOf.a[family])).toBe('1 of 1');
    const linkLayerAddress = await theirs();
    const known = await rows();
    for (const address of [addressOf.a[6], addressOf.a[4]]) {
      const [heard, name, expires, state, ...flags] = known[address] ?? [];
      expect([heard, name, flags]).toEqual([linkLayerAddress, 'uma', []]);
      expect(expires).toMatch(/^\d+s$|^\d+m\d+s$/);
      expect('RDP').toContain(state);
    }
    const neighbor = await mustRun(...a.command('ip', '-6', 'neigh', 'show', addressOf.routerA[6]));
    expect(neighbor).toContain(`lladdr ${ours} `);
  });

  test('-s: packets go where it says, until -d', async () => {
    expect(await pinged(addressOf.a[6])).toBe('1 of 1');
    expect(await said('ndp', '-s', addressOf.a[6], nobodys)).toBe(
      `added ${addressOf.a[6]} dev uma ${nobodys} reachable static\n`,
    );
    expect(await pinged(addressOf.a[6])).toBe('0 of 1');
    // The host speaks, and is not heard: what was written stays.
    await a.ping(addressOf.routerA[6], { wait: 1 });
    expect((await rows())[addressOf.a[6]]).toEqual([nobodys, 'uma', 'permanent', 'R']);
    expect(await said('ndp', '-c')).toMatch(/kept 1 static\n$/);
    expect(Object.keys(await rows())).toContain(addressOf.a[6]);
    expect(await said('ndp', '-d', addressOf.a[6])).toMatch(/^deleted /);
    expect(await pinged(addressOf.a[6])).toBe('1 of 1');
    expect((await rows())[addressOf.a[6]]?.[0]).toBe(await theirs());
  });

  test('-s with a zone: a link-local neighbor', async () => {
    await said('ndp', '-s', 'fe80::9%uma', nobodys);
    expect((await rows())['fe80::9%uma']).toEqual([nobodys, 'uma', 'permanent', 'R']);
    expect(await ask('ndp', '-s', 'fe80::9%umb', nobodys)).toMatchObject({
      code: 1,
      stderr: 'umigame: umb is no Ethernet: its neighbors need no link-layer addresses\n',
    });
    expect(await said('ndp', '-d', 'fe80::9%uma')).toMatch(/^deleted fe80::9 dev uma /);
    expect(await rows()).not.toHaveProperty(['fe80::9%uma']);
  });

  test('-c: all are forgotten, and found again', async () => {
    for (const family of [6, 4] as const) expect(await pinged(addressOf.a[family])).toBe('1 of 1');
    // They may be heard again at once, for the host verifies its router: so who watches is asked, not the cache.
    const watching = umigame(['show', 'neighbors', '--watch', '--socket', path]);
    await watching.says(addressOf.a[4]);
    expect(await said('ndp', '-c')).toMatch(/^forgot [2-9], kept 0 static\n$/);
    for (const family of [6, 4] as const) await watching.says(`removed ${addressOf.a[family]} dev uma `);
    await watching.end();
    for (const family of [6, 4] as const) expect(await pinged(addressOf.a[family])).toBe('1 of 1');
    expect(Object.keys(await rows())).toEqual(expect.arrayContaining([addressOf.a[6], addressOf.a[4]]));
  });

  test('-i: the variables of an interface', async () => {
    expect(await said('ndp', '-i', 'uma')).toMatch(
      /^linkmtu=1500, maxmtu=1500, curhlim=64, basereachable=30s0ms, reachable=\d+s, retrans=1s0ms\nFlags: nud\n$/,
    );
  });

  test('-p and -r: a router has its own prefixes, and no default router', async () => {
    expect(await said('ndp', '-p', '-I', 'uma')).toMatch(/^fd00:a::\/64 if=uma\n {2}flags=LO vltime=infinity, /);
    expect(await said('ndp', '-r')).toBe('');
  });

  test('show neighbors --watch --json: what happens while hosts speak, and when nobody answers', async () => {
    const watching = umigame(['show', 'neighbors', '--watch', '--json', '-I', 'uma', '--socket', path]);
    await watching.says('"total"');
    await said('ndp', '-c');
    expect(await pinged(addressOf.a[6])).toBe('1 of 1');
    expect((await b.ping('fd00:a::77')).errors).toEqual([
      `From ${addressOf.routerB[6]}: Destination unreachable: Address unreachable`,
    ]);
    await watching.says('"type":"removed","value":{"interface":"uma","address":"fd00:a::77"');
    const [first = '', ...lines] = (await watching.end()).stdout.trimEnd().split('\n');
    expect((JSON.parse(first) as ShowNeighbors).neighbors).toBeInstanceOf(Array);
    const changes = lines.map((line) => JSON.parse(line) as ChangeView<NeighborView>);
    /** From when it was added. */
    const of = (address: string): (string | undefined)[][] => {
      const its = changes.filter(({ value }) => value.address === address);
      const told = its.slice(its.findIndex(({ type }) => type === 'added'));
      return told.map(({ type, value }) => [type, value.state, value.linkLayerAddress]);
    };
    // The host may have been heard before the router asked for it.
    const found = of(addressOf.a[6]);
    expect(found[0]?.slice(0, 2)).toEqual(['added', found[0]?.[2] === undefined ? 'incomplete' : 'stale']);
    expect(found.at(-1)).toEqual(['updated', expect.stringMatching(/reachable|stale|delay|probe/), await theirs()]);
    expect(of('fd00:a::77')).toEqual([
      ['added', 'incomplete', undefined],
      ['removed', 'incomplete', undefined],
    ]);
  });
}, ['ip', 'ping']);
