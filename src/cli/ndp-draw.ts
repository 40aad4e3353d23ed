/**
 * What `umigame ndp` prints, in the words and columns of KAME's: those who know it know where to look.
 *
 * @module
 */
import type { NeighborView, PrefixView, ProxyView, RouterView } from '../run/control/discovery-views.ts';
import type { InterfaceView } from '../run/control/views.ts';
import { duration } from './numbers.ts';
import { columns, type Page } from './page.ts';
import { prefixFlags } from './show/prefixes.ts';

/** KAME's letters for the states of RFC 4861, and one for the state of RFC 7048. */
const stateLetters: Readonly<Record<NeighborView['state'], string>> = {
  absent: 'N',
  incomplete: 'I',
  reachable: 'R',
  stale: 'S',
  delay: 'D',
  probe: 'P',
  unreachable: 'U',
};

const neighborHead = ['Neighbor', 'Linklayer Address', 'Netif', 'Expire', 'S', 'Flags'];

/** A link-local address with its zone; others have none. */
const zoned = (address: string, zone: string): string => (/^fe[89ab]/.test(address) ? `${address}%${zone}` : address);

/** A prefix likewise: `fe80::%uma/64`. */
const zonedPrefix = (prefix: string, zone: string): string => {
  const [address = '', length = ''] = prefix.split('/');
  return `${zoned(address, zone)}/${length}`;
};

/** `ndp -a`: a line for each neighbor, and for each address that is answered for. Flags: R router, p proxy. */
export const neighborTable = (neighbors: readonly NeighborView[], proxies: readonly ProxyView[], page: Page): string =>
  columns(page, neighborHead, [
    ...neighbors.map(({ address, interface: name, linkLayerAddress, state, remaining, router }) => [
      zoned(address, name),
      linkLayerAddress ?? '(incomplete)',
      name,
      remaining === undefined ? 'permanent' : duration(Math.ceil(remaining / 1_000)),
      stateLetters[state],
      router ? 'R' : '',
    ]),
    ...proxies.map(({ address, interface: name, linkLayerAddress }) => {
      return [zoned(address, name), linkLayerAddress ?? '-', name, 'permanent', stateLetters.reachable, 'p'];
    }),
  ]);

/** 30s0ms, 1s0ms, 0s250ms */
const withMilliseconds = (time: number): string => `${Math.floor(time / 1_000)}s${time % 1_000}ms`;

/** `ndp -i`: the variables that hosts keep of an interface (RFC 4861 §6.3.2), and what it does. */
export const interfaceVariables = (entry: InterfaceView): string => {
  const { up, mtu, deviceMtu, hopLimit, autoconfigured, advertises, neighborDiscovery } = entry;
  const variables = [`linkmtu=${mtu}`, `maxmtu=${deviceMtu}`, `curhlim=${hopLimit}`];
  if (neighborDiscovery !== undefined) {
    const { baseReachableTime, reachableTime, retransTimer } = neighborDiscovery;
    variables.push(
      `basereachable=${withMilliseconds(baseReachableTime)}`,
      `reachable=${duration(reachableTime / 1_000)}`,
      `retrans=${withMilliseconds(retransTimer)}`,
    );
  }
  const flags = {
    nud: neighborDiscovery !== undefined,
    accept_rtadv: autoconfigured,
    advertise: advertises,
    disabled: !up,
  };
  const set = Object.entries(flags).flatMap(([flag, isSet]) => (isSet ? [flag] : []));
  return `${variables.join(', ')}\nFlags: ${set.length === 0 ? 'none' : set.join(' ')}`;
};

/** Lifetimes of routers' prefixes in seconds, as far as they last yet. */
const seconds = (lifetime: number | undefined): string => (lifetime === undefined ? 'infinity' : String(lifetime));
const expires = (lifetime: number | undefined): string => (lifetime === undefined ? 'Never' : duration(lifetime));

/** `ndp -p`: a paragraph for each prefix. Flags: L on-link, A autonomous, O its route is there, D detached. */
export const prefixList = (prefixes: readonly PrefixView[]): string =>
  prefixes
    .map((entry) => {
      const { interface: name, prefix, onLink, attached, advertisers, preferredLifetime, validLifetime } = entry;
      const flags = `${prefixFlags(entry)}${onLink && attached ? 'O' : ''}${attached ? '' : 'D'}`;
      const times = `vltime=${seconds(validLifetime)}, pltime=${seconds(preferredLifetime)}`;
      const routers = advertisers.map(
        ({ address, reachable }) => `    ${zoned(address, name)} (${reachable ? 'reachable' : 'unreachable'})`,
      );
      return [
        `${zonedPrefix(prefix, name)} if=${name}`,
        `  flags=${flags} ${times}, expire=${expires(validLifetime)}`,
        ...(routers.length === 0 ? ['  No advertising router'] : ['  advertised by', ...routers]),
      ].join('\n');
    })
    .join('\n');

/** `ndp -r`: a line for each default router. Flags: M and O as it advertises them. */
export const routerList = (routers: readonly RouterView[]): string =>
  routers
    .filter(({ role }) => role === 'default')
    .map((router) => {
      const { interface: name, address, managed, otherConfiguration, preference, lifetime } = router;
      const flags = `${managed ? 'M' : ''}${otherConfiguration ? 'O' : ''}`;
      const words = [`if=${name}`, `flags=${flags}`, `pref=${preference}`, `expire=${expires(lifetime)}`];
      return `${zoned(address, name)} ${words.join(', ')}${router.selected ? ', in use' : ''}`;
    })
    .join('\n');
