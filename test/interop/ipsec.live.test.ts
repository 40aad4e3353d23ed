/**
 * Two sites and a tunnel between them: two `umigame router` processes with files of setkey, a host behind each, and a
 * Linux router in the middle that sees ESP alone. tshark, with the keys, reads what was in it.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { umigame } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { describeLive, dropNamespace, makeNamespace, uniqueName } from '../support/live.ts';
import { mustRun, type Program } from '../support/program.ts';

const key = '5a'.repeat(16);
const salt = 'a1b2c3d4';

/** What the gateways say to setkey: the same, but for the direction. */
const commands = (side: 'a' | 'b'): string => {
  const [ab, ba] = side === 'a' ? ['out', 'in'] : ['in', 'out'];
  const tunnel = (from: string, to: string) => `ipsec esp/tunnel/${from}-${to}/require`;
  return `
    add fd00:1::1 fd00:2::1 esp 0x1001 -m tunnel -r 16 -E aes-gcm-16 0x${key}${salt};
    add fd00:2::1 fd00:1::1 esp 0x1002 -m tunnel -r 16 -E aes-gcm-16 0x${key}${salt};
    spdadd fd00:a::/64 fd00:b::/64 any -P ${ab} ${tunnel('fd00:1::1', 'fd00:2::1')};
    spdadd fd00:b::/64 fd00:a::/64 any -P ${ba} ${tunnel('fd00:2::1', 'fd00:1::1')};
  `;
};

/** Names of a gateway's devices, of its site's host and of its end of the middle. */
class Site {
  readonly host: Host;
  readonly wire: string;
  readonly home = uniqueName();
  readonly side: 'a' | 'b';
  #router: Program | undefined;

  constructor(side: 'a' | 'b') {
    this.side = side;
    this.host = new Host(uniqueName(), `um${side}`);
    this.wire = `wi${side}`;
  }

  async open(folder: string, middle: string): Promise<void> {
    for (const name of [this.home, this.host.namespace]) makeNamespace(name);
    const [own, far] = this.side === 'a' ? ['a', 'b'] : ['b', 'a'];
    const number = this.side === 'a' ? 1 : 2;
    writeFileSync(join(folder, `${own}.setkey`), commands(this.side));
    const config = {
      interfaces: {
        [this.host.device]: {
          device: 'tun',
          netns: this.host.namespace,
          addresses: [`fd00:${own}::1/64`],
          kernel: { addresses: [`fd00:${own}::2/64`], defaultRoute: true },
        },
        [this.wire]: {
          device: 'tun',
          netns: middle,
          addresses: [`fd00:${number}::1/64`],
          kernel: { addresses: [`fd00:${number}::2/64`] },
        },
      },
      routes: [
        { to: `fd00:${far}::/64`, via: `fd00:${number}::2` },
        { to: `fd00:${3 - number}::/64`, via: `fd00:${number}::2` },
      ],
      ipsec: { setkey: `${own}.setkey` },
    };
    const path = join(folder, `${own}.json`);
    writeFileSync(path, JSON.stringify(config));
    const arguments_ = ['router', path, '--socket', this.socket(folder)];
    this.#router = umigame(arguments_, ['ip', 'netns', 'exec', this.home]);
    await this.#router.says('umigame: ready');
  }

  socket(folder: string): string {
    return join(folder, `${this.side}.sock`);
  }

  async close(): Promise<void> {
    try {
      await this.#router?.end();
    } finally {
      for (const name of [this.home, this.host.namespace]) dropNamespace(name);
    }
  }
}

describeLive('two sites', () => {
  const middle = new Host(uniqueName(), 'wia');
  const [a, b] = [new Site('a'), new Site('b')];
  let folder = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'umigame-ipsec-'));
    chmodSync(folder, 0o700);
    makeNamespace(middle.namespace);
    await a.open(folder, middle.namespace);
    await b.open(folder, middle.namespace);
    await mustRun(...middle.command('sysctl', '-q', '-w', 'net.ipv6.conf.all.forwarding=1'));
    await middle.listen(join(folder, 'middle.pcap'));
  });
  afterAll(async () => {
    await a.close();
    await b.close();
    dropNamespace(middle.namespace);
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (site: Site, ...words: readonly string[]): Promise<string> => {
    const program = umigame([...words, '--socket', site.socket(folder)]);
    const { code, stdout, stderr } = await program.waitFor();
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };

  test('pings, small ones and as large as fit', async () => {
    expect(await a.host.ping('fd00:b::2', { count: 3 })).toEqual({ answered: '3 of 3', errors: [] });
    const large = await b.host.ping('fd00:a::2', { count: 3, size: 1_200 });
    expect(large.answered, `${await ask(a, 'show', 'stats')}${await ask(b, 'show', 'stats')}`).toBe('3 of 3');
  });

  test('path MTU discovery through the tunnel, and TCP', async () => {
    await a.host.ping('fd00:b::2', { size: 1_452, pathMtu: 'do', wait: 1 });
    // 1,500 less IPv6, ESP and IV, trailer, ICV.
    expect(await a.host.pathMtu('fd00:b::2')).toBe(1_426);
    expect((await a.host.ping('fd00:b::2', { size: 1_426 - 48, pathMtu: 'do' })).answered).toBe('1 of 1');
    expect(await a.host.transfer(b.host, 'fd00:b::2', 2_000_000)).toBe('complete');
  });

  test('in the middle there is ESP alone, and tshark can open it', async () => {
    await middle.expectHeard('ip6 proto 50');
    expect(await middle.heard('icmp6[0] == 128 or tcp or udp')).toBe(0);
    const file = await middle.stopListening();
    const association = `"IPv6","*","*","0x00001001","AES-GCM with 16 octet ICV [RFC4106]","0x${key}${salt}","NULL",""`;
    const lines = await mustRun(
      ...['tshark', '-n', '-r', file, '-Y', 'icmpv6.type == 128', '-T', 'fields', '-e', 'ipv6.src'],
      ...['-o', 'esp.enable_encryption_decode:TRUE', '-o', `uat:esp_sa:${association}`],
    );
    expect(lines).toContain('fd00:1::1,fd00:a::2');
  });

  test('setkey shows what has happened, without keys; when all associations are gone nothing leaves', async () => {
    const dumped = await ask(a, 'setkey', '-D');
    expect(dumped).toMatch(/fd00:1::1 fd00:2::1\n\tesp mode=tunnel spi=4097\(0x00001001\)/);
    expect(dumped).toMatch(/state=mature sent=[1-9]/);
    expect(dumped).not.toContain(key);
    expect(await ask(a, 'setkey', '-DP')).toContain(
      'spdadd fd00:a::/64 fd00:b::/64 any -P out ipsec esp/tunnel/fd00:1::1-fd00:2::1/require;',
    );
    expect(await ask(a, 'show', 'policies')).toContain('-P in ipsec');
    await ask(a, 'setkey', '-F');
    expect((await a.host.ping('fd00:b::2', { wait: 1 })).answered).toBe('0 of 1');
    writeFileSync(join(folder, 'again.setkey'), commands('a').replace(/spdadd[^;]*;/g, ''));
    // From where it left off the receiver would take them for old: both begin anew.
    await ask(b, 'setkey', '-F');
    for (const site of [a, b]) await ask(site, 'setkey', '-f', join(folder, 'again.setkey'));
    expect((await a.host.ping('fd00:b::2')).answered).toBe('1 of 1');
  });
}, ['ip', 'ping', 'tcpdump', 'tshark']);
