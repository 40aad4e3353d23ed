/** An Ethernet with several Linux hosts on it: a bridge in a namespace of its own, hosts plugged in by veth pairs. */

import { onTestFinished } from 'vitest';
import type { RouterConfig } from '../../src/config/index.ts';
import { parseConfig } from '../../src/config/index.ts';
import { type RunningRouter, startRouter } from '../../src/run/index.ts';
import { Host } from './host.ts';
import { testNamespace, uniqueName } from './live.ts';
import { mustRun } from './program.ts';

export interface HostOptions {
  /** Usable at once. */
  readonly addresses?: readonly string[];
  /** Settings below `net.ipv6.conf.eth0`. */
  readonly settings?: Readonly<Record<string, number>>;
  /** Does it forward? */
  readonly forwarding?: boolean;
}

type TapConfig = Extract<RouterConfig['interfaces'][string], { device: 'tap' }>;

/**
 * For the running test, gone after it.
 *
 * @example
 * const segment = await testSegment();
 * const host = await segment.host({ addresses: ['fd00:a::11/64'] });
 * const router = await segment.router({ addresses: ['fd00:a::1/64', 'fe80::1/64'] });
 */
export class Segment {
  readonly namespace = testNamespace();

  /** A Linux host with an interface `eth0` on the segment. */
  async host({ addresses = [], settings = {}, forwarding = false }: HostOptions = {}): Promise<Host> {
    const host = new Host(testNamespace(), 'eth0');
    const port = uniqueName();
    const ip = ['ip', '-n', host.namespace] as const;
    if (forwarding) await mustRun(...host.command('sysctl', '-q', '-w', 'net.ipv6.conf.all.forwarding=1'));
    await mustRun(...ip, 'link', 'add', 'eth0', 'type', 'veth', 'peer', port, 'netns', this.namespace);
    for (const [name, value] of Object.entries(settings)) {
      await mustRun(...host.command('sysctl', '-q', '-w', `net.ipv6.conf.eth0.${name}=${value}`));
    }
    // A link-local address that is given is the only one.
    if (addresses.some((address) => address.startsWith('fe80:'))) {
      await mustRun(...ip, 'link', 'set', 'eth0', 'addrgenmode', 'none');
    }
    for (const address of addresses) await mustRun(...ip, '-6', 'address', 'add', address, 'dev', 'eth0', 'nodad');
    await this.plug(port);
    await mustRun(...ip, 'link', 'set', 'eth0', 'up');
    return host;
  }

  /** Our router in this process, with a TAP device on the segment, and what its configuration says besides. */
  async router(
    tap: Omit<TapConfig, 'device' | 'netns' | 'kernel'>,
    { interfaces = {}, routes = [], limits = {} }: Partial<RouterConfig> = {},
  ): Promise<OurRouter> {
    const name = uniqueName();
    const onSegment: TapConfig = { ...tap, device: 'tap', netns: this.namespace };
    const running = startRouter(
      parseConfig({
        interfaces: { [name]: onSegment, ...interfaces },
        routes: routes.map((route) => ({ ...(route.via === undefined ? {} : { dev: name }), ...route })),
        limits,
      }),
    );
    onTestFinished(() => running.stop());
    await this.plug(name);
    return { running, name, index: running.node.interfaces.byName(name)?.index ?? 0 };
  }

  /** Plugs a device in that is in the segment's namespace. */
  async plug(device: string): Promise<void> {
    // The bridge itself has no address, and its ports none either: their link-local ones would be neighbors.
    const quiet = `net.ipv6.conf.${device}.disable_ipv6=1`;
    await mustRun('ip', 'netns', 'exec', this.namespace, 'sysctl', '-q', '-w', quiet);
    await mustRun('ip', '-n', this.namespace, 'link', 'set', device, 'master', 'br0', 'up');
  }
}

export interface OurRouter {
  readonly running: RunningRouter;
  /** Of the interface on the segment. */
  readonly name: string;
  readonly index: number;
}

export const testSegment = async (): Promise<Segment> => {
  const segment = new Segment();
  const ip = ['ip', '-n', segment.namespace, 'link'] as const;
  // Without multicast snooping every port hears all groups from the first packet on.
  await mustRun(...ip, 'add', 'br0', 'type', 'bridge', 'forward_delay', '0', 'stp_state', '0', 'mcast_snooping', '0');
  await mustRun(...ip, 'set', 'br0', 'up');
  return segment;
};
