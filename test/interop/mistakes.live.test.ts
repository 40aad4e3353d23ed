/** What `umigame router` says when it can't start: one sentence, exit code 1, and nothing left behind. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RouterConfig } from '../../src/config/index.ts';
import { asNobody, noNobody, umigame } from '../support/command.ts';
import { type Lab, labConfig, testLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import { mustRun } from '../support/program.ts';

interface Attempt {
  /** Commands that run the command, outermost first. */
  readonly prefix?: readonly string[];
  readonly args?: readonly string[];
}

/** What the router says about a configuration that it can't use. Expects exit code 1 and nothing left behind. */
const refusalOf = async (lab: Lab, content: unknown, { prefix = [], args = [] }: Attempt = {}): Promise<string> => {
  const file = lab.write('router.json', content);
  const before = await lab.interfaces();
  const { code, stdout, stderr } = await lab.umigame(['router', file, ...args], prefix).waitFor();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(await lab.interfaces()).toEqual(before);
  expect(stderr).toMatch(/^umigame: [^\n]+\n$/);
  return stderr.replace(file, 'router.json').slice('umigame: '.length).trimEnd();
};

/** Two hosts, and the router's configuration for them. */
const idleLab = (): { lab: Lab; config: RouterConfig } => {
  const lab = testLab();
  lab.makeNamespaces();
  return { lab, config: labConfig(lab.a, lab.b) };
};

/** The same with something else about one interface. */
const withInterface = (config: RouterConfig, name: string, changes: object): unknown => ({
  ...config,
  interfaces: { ...config.interfaces, [name]: { ...config.interfaces[name], ...changes } },
});

describeLive('umigame router can not start', () => {
  describe('because of its configuration', () => {
    test('there is none', async () => {
      const { code, stdout, stderr } = await umigame(['router', 'missing.json']).waitFor();
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: 'umigame: missing.json: there is no such file\n',
      });
    });

    test('it is no JSON', async () => {
      const { lab } = idleLab();
      expect(await refusalOf(lab, '{\n  "interfaces": {,\n}\n')).toBe(
        'router.json: line 2, column 18: "," where a key in double quotes should be',
      );
    });

    test('it has an unknown key', async () => {
      const { lab, config } = idleLab();
      expect(await refusalOf(lab, withInterface(config, 'uma', { adresses: [] }))).toMatch(
        /^router\.json: interfaces\.uma: unknown key "adresses" \(did you mean "addresses"\?\); allowed: .*\baddresses\b/,
      );
    });

    test('the namespace does not exist', async () => {
      const { lab, config } = idleLab();
      const netns = `${lab.a.namespace}-no`;
      expect(await refusalOf(lab, withInterface(config, 'uma', { netns }))).toBe(
        `there is no network namespace ${netns}: make it first (ip netns add ${netns}), or choose another`,
      );
    });

    test('the namespace of the second interface does not exist: the first is gone, too', async () => {
      const { lab, config } = idleLab();
      const netns = `${lab.b.namespace}-no`;
      expect(await refusalOf(lab, withInterface(config, 'umb', { netns }))).toBe(
        `there is no network namespace ${netns}: make it first (ip netns add ${netns}), or choose another`,
      );
    });

    test('the recording can not be written', async () => {
      const { lab, config } = idleLab();
      const args = ['--record', lab.path('no/such/folder.pcapng')];
      expect(await refusalOf(lab, config, { args })).toMatch(
        /^The capture \S+\/no\/such\/folder.pcapng can't be written: ENOENT\b.*; choose another path\.$/,
      );
    });
  });

  describe('because a device name is in use', () => {
    test('by an interface of another kind', async () => {
      const { lab, config } = idleLab();
      await mustRun('ip', '-n', lab.home, 'tuntap', 'add', 'dev', 'umb', 'mode', 'tap');
      expect(await refusalOf(lab, config)).toBe(
        'the name umb is in use by an interface that is no tun device: choose another name',
      );
    });

    test('by a router that runs', async () => {
      const { lab } = idleLab();
      const config = { interfaces: { uma: { device: 'tun', addresses: ['fd00:a::1/64'] } } };
      const first = lab.umigame(['router', lab.write('first.json', config)]);
      onTestFinished(async () => {
        await first.end('SIGKILL');
      });
      await first.says('umigame: ready uma');
      expect(await refusalOf(lab, config)).toBe(
        'the device name uma is in use, another program has it open: stop that program, or choose another name',
      );
      expect((await first.end()).code).toBe(0);
    });

    test('in the namespace that it is to be moved to', async () => {
      const { lab, config } = idleLab();
      await mustRun('ip', '-n', lab.b.namespace, 'tuntap', 'add', 'dev', 'umb', 'mode', 'tun');
      expect(await refusalOf(lab, config)).toBe(
        `the interface umb can't be moved to the network namespace ${lab.b.namespace}: ` +
          'one of that name is there already; choose another name',
      );
    });
  });

  describe('because it may not', () => {
    /** Shows the command another /dev/net, without touching that of the machine. */
    const withDevNet = (script: string, prefix: readonly string[] = []): string[] => {
      const commands = `mount -t tmpfs none /dev/net && ${script} && exec "$@"`;
      return ['unshare', '--mount', 'sh', '-c', commands, 'sh', ...prefix];
    };

    test('no /dev/net/tun', async () => {
      const { lab, config } = idleLab();
      expect(await refusalOf(lab, config, { prefix: withDevNet('true') })).toBe(
        `the device uma can't be opened because there is no /dev/net/tun: load the tun module (modprobe tun), ` +
          'or run the container with --device /dev/net/tun',
      );
    });

    for (const { mode, sentence } of [
      {
        mode: '600',
        sentence:
          "the device uma can't be opened because /dev/net/tun may not be: run as root (sudo), " +
          'or run the container with --device /dev/net/tun --cap-add NET_ADMIN',
      },
      {
        mode: '666',
        sentence:
          "the tun device uma can't be made without the capability CAP_NET_ADMIN: run as root (sudo), " +
          'or run the container with --cap-add NET_ADMIN',
      },
    ]) {
      test(`an unprivileged user, /dev/net/tun of mode ${mode}`, async ({ skip }) => {
        if (asNobody() === undefined) return skip(noNobody);
        const { lab, config } = idleLab();
        const tun = `mknod /dev/net/tun c 10 200 && chmod ${mode} /dev/net/tun`;
        expect(await refusalOf(lab, config, { prefix: withDevNet(tun, asNobody()) })).toBe(sentence);
      });
    }
  });
}, ['ip', 'unshare']);
