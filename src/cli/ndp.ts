import { ControlClient, findControl } from '../run/control/index.ts';
import type { NeighborChanged } from '../run/control/requests/neighbor-add.ts';
import type { NeighborsFlushed } from '../run/control/requests/neighbor-flush.ts';
import type { ShowInterfaces } from '../run/control/requests/show-interfaces.ts';
import type { ShowPrefixes } from '../run/control/requests/show-prefixes.ts';
import type { ShowProxies } from '../run/control/requests/show-proxies.ts';
import type { ShowRouters } from '../run/control/requests/show-routers.ts';
import { interfaceVariables, neighborTable, prefixList, routerList } from './ndp-draw.ts';
import { type Page, pageOf } from './page.ts';
import { allNeighbors, neighborLine } from './show/neighbors.ts';

/** The letters of KAME's ndp, and what this one adds. */
export interface NdpOptions {
  readonly a?: boolean;
  readonly p?: boolean;
  readonly r?: boolean;
  readonly i?: string;
  readonly s?: string;
  readonly d?: string;
  readonly c?: boolean;
  /** Numbers, not names: always so. */
  readonly n?: boolean;
  /** Name of the only interface that matters. */
  readonly interface?: string;
  readonly socket?: string;
}

/** Asks the router, and says in text what came of it. */
type Action = (client: ControlClient, page: Page) => Promise<string>;

const usage = 'umigame ndp -a | -p | -r | -i NAME | -s ADDRESS LINKLAYER | -d ADDRESS | -c [-I NAME] [--socket PATH]';

const refuse = (sentence: string): never => {
  throw new Error(`umigame: ${sentence}: ${usage}`);
};

/**
 * The action that was asked for.
 *
 * @throws Error with a sentence when there is none, or more than one
 */
export const ndpAction = (options: NdpOptions, linkLayerAddress?: string): Action => {
  const { a, p, r, i, s, d, c, interface: name } = options;
  const only = name === undefined ? {} : { interface: name };
  const actions: Readonly<Record<string, Action | false | undefined>> = {
    '-a':
      a &&
      (async (client, page) => {
        const { proxies } = await client.ask<ShowProxies>('show proxies', only);
        return neighborTable((await allNeighbors(client, only)).neighbors, proxies, page);
      }),
    '-p': p && (async (client) => prefixList((await client.ask<ShowPrefixes>('show prefixes', only)).prefixes)),
    '-r': r && (async (client) => routerList((await client.ask<ShowRouters>('show routers', only)).routers)),
    '-i':
      i !== undefined &&
      (async (client) => {
        const { interfaces } = await client.ask<ShowInterfaces>('show interfaces', { interface: i });
        return interfaces.map(interfaceVariables).join('\n');
      }),
    '-s':
      s !== undefined &&
      (async (client) => {
        const parameters = { address: s, linkLayerAddress, ...only };
        return `added ${neighborLine((await client.ask<NeighborChanged>('neighbor add', parameters)).neighbor)}`;
      }),
    '-d':
      d !== undefined &&
      (async (client) => {
        const parameters = { address: d, ...only };
        return `deleted ${neighborLine((await client.ask<NeighborChanged>('neighbor delete', parameters)).neighbor)}`;
      }),
    '-c':
      c &&
      (async (client) => {
        const { forgotten, kept } = await client.ask<NeighborsFlushed>('neighbor flush', only);
        return `forgot ${forgotten}, kept ${kept} static`;
      }),
  };
  const chosen = Object.entries(actions).filter(([, action]) => action);
  const [first, second] = chosen;
  if (first === undefined) return refuse('ndp does one thing at a time; say which');
  if (second !== undefined) return refuse(`${first[0]} and ${second[0]} are two things; ndp does one at a time`);
  if ((s === undefined) !== (linkLayerAddress === undefined)) {
    return refuse('a link-layer address goes with -s, and -s with a link-layer address');
  }
  if (i !== undefined && name !== undefined) return refuse('-i has its interface, and takes no -I');
  return first[1] as Action;
};

/**
 * `umigame ndp`: the neighbors of the running router, in the letters and columns of KAME's `ndp`.
 *
 * @returns the exit code
 */
export const ndpCommand = async (options: NdpOptions, linkLayerAddress?: string): Promise<number> => {
  const action = ndpAction(options, linkLayerAddress);
  const client = await ControlClient.open(await findControl(options.socket));
  try {
    const text = await action(client, pageOf(process.stdout));
    if (text !== '') console.log(text);
  } finally {
    client.close();
  }
  return 0;
};
