import { VirtualTimeScheduler } from 'rxjs';
import { createNode, type Node, type NodeOptions } from '../../src/state/node.ts';
import type { SaidOfRouter } from '../../src/state/routers.ts';
import { addressOf, seededRandom } from '../../src/testing/index.ts';
import type { AdvertisedPrefix } from '../../src/wire/router-advertisement.ts';
import { advance, prefixFrom } from './testbed.ts';

/** Ethernet links of a node that learns from routers. */
export const a = 2;
export const b = 3;

export interface Learning {
  readonly node: Node;
  readonly clock: VirtualTimeScheduler;
  /** Lets time pass, in milliseconds; 0: what is to be done at once is done. */
  readonly pass: (milliseconds?: number) => void;
}

/** A node with two Ethernet links and nothing else. */
export const learning = (options: Partial<NodeOptions> = {}): Learning => {
  const clock = new VirtualTimeScheduler();
  const node = createNode({ scheduler: clock, random: seededRandom(1), interfaceLimit: 4, ...options });
  for (const [i, name] of ['a', 'b'].entries()) {
    const linkLayerAddress = { high: 0x0200, low: 0xa + i };
    node.interfaces.add({ name, kind: 'memory', mtu: 1_500, pointToPoint: false, linkLayerAddress });
  }
  return { node, clock, pass: (milliseconds = 0) => advance(clock, milliseconds) };
};

/** What an advertisement says of its sender, if nothing else is said. */
export const said = (fields: Partial<SaidOfRouter> = {}): SaidOfRouter => ({
  routerLifetime: 1_800,
  preference: 0,
  managed: false,
  otherConfiguration: false,
  ...fields,
});

/** A Prefix Information option. */
export const option = (text: string, fields: Partial<AdvertisedPrefix> = {}): AdvertisedPrefix => ({
  prefix: prefixFrom(text),
  onLink: true,
  autonomous: true,
  validLifetime: 3_600,
  preferredLifetime: 1_800,
  ...fields,
});

/** Lets the cache know a neighbor, as an advertisement with its link-layer address does. */
export const meet = (node: Node, interfaceIndex: number, address: string): void => {
  const value = addressOf(address);
  node.neighbors.hearInformation(interfaceIndex, value, { high: 0x0200, low: value.w3 }, true);
};
