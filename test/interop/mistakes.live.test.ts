/** What `umigame router` says when it can't start: one sentence, exit code 1, and nothing left behind. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RouterConfig } from '../../src/config/index.ts';
import { asNobody, noNobody, umigame } from '../support/command.ts';
import { type Lab, labConfig, testLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import { mustRun } from '../support/program.ts';

/** Names of the interfaces in our namespace, as far as the lab's devices go, and of all in the hosts'. */
const interfacesOf = async (lab: Lab): Promise<string[]> => {
  const names = async (...place: string[]): Promise<string[]> =>
    [...(await mustRun('ip', ...place, '-o', 'link')).matchAll(/^\d+: ([^:@]+)/gm)].map(([, name = '']) => name);
  const devices = lab.hosts.map(({ device }) => device);
  const inHosts = await Promise.all(lab.hosts.map(({ namespace }) => names('-n', namespace)));
  return [...(await names()).filter((name) => devices.includes(name)), ...inHosts.flat()];
};

interface Attempt {
  /** Commands that run the command, outermost first. */
  readonly prefix?: readonly string[];
  readonly args?: readonly string[];
}

/** What the router says about a configuration that it can't use. Expects exit code 1 and nothing left behind. */
const refusalOf = async (lab: Lab, content: unknown, { prefix = [], args = [] }: Attempt = {}): Promise<string> => {
  const file = lab.write('router.json', content);
  const before = await interfacesOf(lab);
  const { code, stdout, stderr } = await umigame(['router', file, ...args], prefix).waitFor();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(await interfacesOf(lab)).toEqual(before);
  expect(stderr).toMatch(/^umigame: [^\n]+\n$/);
  return stderr.replace(file, 'router.json').slice('umigame: '.length).trimEnd();
};

/** Two hosts, and the router's configuration for them. */
const idleLab = (): { lab: Lab; config: RouterConfig; a: string; b: string } => {
  const lab = testLab();
  lab.makeNamespaces();
  return { lab, config: labConfig(lab.a, lab.b), a: lab.a.device, b: lab.b.device };
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
      const { lab, config, a } = idleLab();
      expect(await refusalOf(lab, withInterface(config, a, { adresses: [] }))).toBe(
        `router.json: interfaces.${a}: unknown key "adresses" (did you mean "addresses"?); ` +
          'allowed: device, netns, mtu, addresses, kernel',
      );
    });

    test('the namespace does not exist', async () => {
      const { lab, config, a } = idleLab();
      expect(await refusalOf(lab, withInterface(config, a, { netns: `${a}-no` }))).toBe(
        `there is no network namespace ${a}-no: make it first (ip netns add ${a}-no), or choose another`,
      );
    });

    test('the namespace of the second interface does not exist: the first is gone, too', async () => {
      const { lab, config, b } = idleLab();
      expect(await refusalOf(lab, withInterface(config, b, { netns: `${b}-no` }))).toBe(
        `there is no network namespace ${b}-no: make it first (ip netns add ${b}-no), or choose another`,
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
      const { lab, config, b } = idleLab();
      await mustRun('ip', 'tuntap', 'add', 'dev', b, 'mode', 'tap');
      onTestFinished(async () => {
        await mustRun('ip', 'link', 'delete', b);
      });
      expect(await refusalOf(lab, config)).toBe(
        `the name ${b} is in use by an interface that is no tun device: choose another name`,
      );
    });

    test('by a router that runs', async () => {
      const { lab, a } = idleLab();
      const config = { interfaces: { [a]: { device: 'tun', addresses: ['fd00:a::1/64'] } } };
      const prefix = lab.a.command();
      const first = umigame(['router', lab.write('first.json', config)], prefix);
      onTestFinished(async () => {
        await first.end('SIGKILL');
      });
      await first.says(`umigame: ready ${a}`);
      expect(await refusalOf(lab, config, { prefix })).toBe(
        `the device name ${a} is in use, another program has it open: stop that program, or choose another name`,
      );
      expect((await first.end()).code).toBe(0);
    });

    test('in the namespace that it is to be moved to', async () => {
      const { lab, config, b } = idleLab();
      await mustRun(...lab.b.command('ip', 'tuntap', 'add', 'dev', b, 'mode', 'tun'));
      expect(await refusalOf(lab, config)).toBe(
        `the interface ${b} can't be moved to the network namespace ${lab.b.namespace}: ` +
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
      const { lab, config, a } = idleLab();
      expect(await refusalOf(lab, config, { prefix: withDevNet('true') })).toBe(
        `the device ${a} can't be opened because there is no /dev/net/tun: load the tun module (modprobe tun), ` +
          'or run the container with --device /dev/net/tun',
      );
    });

    for (const { mode, sentence } of [
      {
        mode: '600',
        sentence:
          "the device NAME can't be opened because /dev/net/tun may not be: run as root (sudo), " +
          'or run the container with --device /dev/net/tun --cap-add NET_ADMIN',
      },
      {
        mode: '666',
        sentence:
          "the tun device NAME can't be made without the capability CAP_NET_ADMIN: run as root (sudo), " +
          'or run the container with --cap-add NET_ADMIN',
      },
    ]) {
      test(`an unprivileged user, /dev/net/tun of mode ${mode}`, async ({ skip }) => {
        if (asNobody() === undefined) return skip(noNobody);
        const { lab, config, a } = idleLab();
        const tun = `mknod /dev/net/tun c 10 200 && chmod ${mode} /dev/net/tun`;
        expect(await refusalOf(lab, config, { prefix: withDevNet(tun, asNobody()) })).toBe(sentence.replace('NAME', a));
      });
    }
  });
}, ['ip', 'unshare']);
