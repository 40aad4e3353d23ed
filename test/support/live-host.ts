import type { Subject } from 'rxjs';
import { onTestFinished } from 'vitest';
import { parseConfig, type RouterConfig } from '../../src/config/index.ts';
import { originate } from '../../src/operators/index.ts';
import { always, type Packet, Status } from '../../src/packet/index.ts';
import { summarize } from '../../src/packet/summary.ts';
import { type RunningRouter, startRouter } from '../../src/run/index.ts';
import type { Node } from '../../src/state/node.ts';
import { addressOf, bytesOf, echoRequest6, ipv6 } from '../../src/testing/index.ts';
import { formatAddress, formatPrefix } from '../../src/wire/address.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import { uniqueName } from './live.ts';
import type { Network } from './network.ts';

/** A host of ours on a real Ethernet, in this process. */
export interface LiveHost {
  readonly node: Node;
  readonly index: number;
  readonly device: string;
  readonly running: RunningRouter;
  /** What it sent: the frame's destination, and what it carries. */
  readonly sent: string[];
  /** Our addresses, with what `flagged` is asked for: `2001:db8:1::22`. */
  readonly addresses: (flags?: number) => string[];
  /** Where packets to an address go: `fe80::1`, `on link`, or `nowhere`. */
  readonly way: (to: string) => string;
  /** Sends an echo request; resolves whether it was answered. */
  readonly ping: (to: string, milliseconds?: number) => Promise<boolean>;
}

type Autoconf = RouterConfig['interfaces'][string] extends infer T
  ? T extends { autoconf?: infer A }
    ? A
    : never
  : never;

const linkLayerAddress = '02:00:00:00:00:22';

let identifier = 0;

/** Starts a host on a TAP device that is plugged into a network; it stops with the test. */
export const liveHost = async (network: Network, autoconf: Autoconf): Promise<LiveHost> => {
  const device = uniqueName();
  const sent: string[] = [];
  let outbox: Pick<Subject<Packet>, 'next'> | undefined;
  const record = () =>
    always((packet: Packet) => {
      if (packet.status !== Status.sent) return;
      const { view, link } = packet;
      const to = ethernet.formatLinkLayer(ethernet.destinationHigh(view, link), ethernet.destinationLow(view, link));
      sent.push(`${to} ${summarize(packet)}`);
    });
  const config: RouterConfig = {
    forwarding: false,
    interfaces: { [device]: { device: 'tap', netns: network.namespace, linkLayerAddress, autoconf } },
  };
  const running = startRouter(parseConfig(config), {
    record,
    adapt: (lanes, itsOutbox) => {
      outbox = itsOutbox;
      return lanes;
    },
  });
  onTestFinished(() => running.stop());
  const { node } = running;
  const index = node.interfaces.byName(device)?.index ?? 0;
  await network.plug(device);
  const answered = new Set<number>();
  node.ports.listen(Protocol.icmpv6, 129, ({ view, upper }) => answered.add(view.getUint16(upper + 6)));
  return {
    node,
    index,
    device,
    running,
    sent,
    addresses: (flags = 0) =>
      node.addresses
        .list(index)
        .filter((entry) => (entry.flags & flags) === flags)
        .map(({ address }) => formatAddress(address)),
    way: (to) => {
      const route = node.routes.lookup(addressOf(to));
      if (route === undefined) return 'nowhere';
      return route.via === undefined ? `on link ${formatPrefix(route.to)}` : formatAddress(route.via);
    },
    ping: async (to, milliseconds = 1_000) => {
      identifier += 1;
      const sequenceNumber = identifier;
      const bytes = bytesOf(ipv6({ source: '::', destination: to, hopLimit: 0 }), echoRequest6({ sequenceNumber }));
      const packet = node.pool.acquire(bytes.length);
      if (packet === undefined || outbox === undefined) return false;
      packet.bytes.set(bytes, packet.start);
      originate(node, outbox, packet);
      const end = performance.now() + milliseconds;
      while (!answered.has(sequenceNumber) && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return answered.has(sequenceNumber);
    },
  };
};
