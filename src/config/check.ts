/**
 * What must fit together in a configuration: MTUs with addresses, routes with interfaces, everything with itself.
 *
 * @module
 */
import {
  equalAddress,
  formatAddress,
  formatPrefix,
  type InterfacePrefix,
  type IpAddress,
  isLinkLocal,
  prefixContains,
} from '../wire/address.ts';
import { minimumMtu } from '../wire/ipv6.ts';
import { advertiseProblems, advertisingOf } from './advertise.ts';
import { type Config, configDefaults, type InterfaceConfig, type KernelSide, type RouteConfig } from './config.ts';
import type { Problem } from './error.ts';
import type { ShapedConfig, ShapedRoute } from './schema.ts';
import { show, showPath, suggest } from './words.ts';

type ShapedInterface = ShapedConfig['interfaces'][string];
/** What a route needs to know of an interface. */
type Link = Pick<InterfaceConfig, 'name' | 'addresses'>;

const familiesOf = (addresses: readonly InterfacePrefix[]): readonly (4 | 6)[] => [
  ...new Set(addresses.map(({ address }) => address.family)),
];

/** The router's address that the kernel at the other end of an Ethernet link can route to. */
export const gatewayOf = (
  { addresses, kernel }: Pick<InterfaceConfig, 'addresses' | 'kernel'>,
  family: 4 | 6,
): IpAddress | undefined =>
  addresses.find(
    ({ address }) =>
      address.family === family && kernel?.addresses.some(({ prefix }) => prefixContains(prefix, address)) === true,
  )?.address;

class Checker {
  readonly problems: Problem[] = [];
  /** Where each address was seen first. */
  readonly #seen = new Map<string, string>();

  config({ interfaces, routes = [], ipsec, limits = {} }: ShapedConfig): Config {
    const checked = Object.entries(interfaces).map(([name, shaped]) => this.#interface(name, shaped));
    if (checked.length === 0) this.#add(['interfaces'], 'there is none; allowed: at least one interface');
    return { interfaces: checked, routes: this.#routes(routes, checked), ipsec, limits };
  }

  #add(path: readonly PropertyKey[], sentence: string): void {
    this.problems.push({ path: showPath(path), sentence });
  }

  #interface(name: string, shaped: ShapedInterface): InterfaceConfig {
    const { device, netns, addresses, mtu = configDefaults.mtu } = shaped;
    const path = ['interfaces', name];
    this.#addresses(path, name, addresses);
    const kernel = shaped.kernel === undefined ? undefined : this.#kernel(path, name, shaped.kernel, mtu);
    this.#mtu([...path, 'mtu'], mtu, kernel === undefined ? addresses : [...addresses, ...kernel.addresses]);
    const advertise = advertisingOf(shaped.advertise);
    for (const problem of advertise === undefined ? [] : advertiseProblems(advertise, mtu)) {
      this.#add([...path, 'advertise', ...problem.path], problem.sentence);
    }
    const linkLayerAddress = shaped.device === 'tap' ? shaped.linkLayerAddress : undefined;
    const config = { name, device, linkLayerAddress, netns, mtu, addresses, kernel, advertise };
    this.#gateways([...path, 'kernel', 'defaultRoute'], config);
    return config;
  }

  /** On Ethernet a default route leads to an address of the router that the kernel finds on its link. */
  #gateways(path: readonly string[], config: InterfaceConfig): void {
    const { device, kernel } = config;
    if (device === 'tun' || kernel?.defaultRoute !== true) return;
    for (const family of familiesOf(kernel.addresses)) {
      if (gatewayOf(config, family) !== undefined) continue;
      const sentence = `the kernel has no IPv${family} address that shares its prefix with one of the router`;
      this.#add(path, `${sentence}; allowed: false, or "addresses" of one prefix on both sides`);
    }
  }

  #kernel(
    path: readonly string[],
    name: string,
    { addresses = [], defaultRoute = false, mtu }: NonNullable<ShapedInterface['kernel']>,
    interfaceMtu: number,
  ): KernelSide {
    const kernelPath = [...path, 'kernel'];
    this.#addresses(kernelPath, name, addresses);
    if (mtu !== undefined) this.#mtu([...kernelPath, 'mtu'], mtu, addresses);
    return { addresses, defaultRoute, mtu: mtu ?? interfaceMtu };
  }

  #mtu(path: readonly string[], mtu: number, addresses: readonly InterfacePrefix[]): void {
    if (mtu >= minimumMtu || addresses.every(({ address }) => address.family === 4)) return;
    this.#add(path, `${mtu} is too small for a link with IPv6 addresses; allowed: ${minimumMtu} to 65535`);
  }

  /** Each address once; a link-local address once on its link (RFC 4007 §6). */
  #addresses(path: readonly string[], link: string, addresses: readonly InterfacePrefix[]): void {
    for (const [i, { address }] of addresses.entries()) {
      const text = formatAddress(address);
      const key = isLinkLocal(address) ? `${text}%${link}` : text;
      const here = [...path, 'addresses', i];
      const first = this.#seen.get(key);
      if (first === undefined) this.#seen.set(key, showPath(here));
      else this.#add(here, `${text} stands at ${first} already; allowed: each address once`);
    }
  }

  #routes(routes: readonly ShapedRoute[], interfaces: readonly InterfaceConfig[]): RouteConfig[] {
    const seen = new Map<string, number>();
    const checked: RouteConfig[] = [];
    for (const [i, route] of routes.entries()) {
      const metric = route.metric ?? configDefaults.metric;
      const key = `${formatPrefix(route.to)} ${metric}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, i);
      else {
        const sentence = `routes[${first}] leads to ${formatPrefix(route.to)} with metric ${metric} already`;
        this.#add(['routes', i, 'to'], `${sentence}; allowed: one route for each prefix and metric`);
      }
      const resolved = this.route(['routes', i], route, metric, interfaces);
      if (resolved !== undefined) checked.push(resolved);
    }
    return checked;
  }

  route(
    path: readonly PropertyKey[],
    { to, via: written, dev: named, reject = false, blackhole = false }: ShapedRoute,
    metric: number,
    interfaces: readonly Link[],
  ): RouteConfig | undefined {
    const via = written?.address;
    const zone = written?.zone;
    const dev = named ?? zone;
    if (reject || blackhole) {
      const action = reject ? 'reject' : 'blackhole';
      const others = [reject && blackhole && '"blackhole"', via && '"via"', named !== undefined && '"dev"'];
      const extra = others.filter((other) => typeof other === 'string');
      if (extra.length > 0) {
        this.#add(
          path,
          `"${action}" together with ${extra.join(' and ')}; allowed: one of "reject", "blackhole", or "via" and "dev"`,
        );
      }
      return { action, to, metric };
    }
    const through = interfaces.find(({ name }) => name === dev);
    if (dev !== undefined && through === undefined) {
      const names = interfaces.map(({ name }) => name);
      const sentence = `there is no interface ${show(dev)}${suggest(dev, names)}`;
      this.#add([...path, named === undefined ? 'via' : 'dev'], `${sentence}; allowed: ${names.join(', ')}`);
      return undefined;
    }
    if (zone !== undefined && zone !== dev) {
      this.#add([...path, 'via'], `${show(zone)} and ${show(dev)} are two interfaces; allowed: one`);
      return undefined;
    }
    if (via === undefined) {
      if (through !== undefined) return { action: 'forward', to, metric, dev: through.name, via };
      this.#add(path, 'leads nowhere; allowed: "via", "dev", "reject": true or "blackhole": true');
      return undefined;
    }
    if (via.family !== to.address.family) {
      const families = `an IPv${via.family} next hop for an IPv${to.address.family} destination`;
      this.#add([...path, 'via'], `${formatAddress(via)} is ${families}; allowed: both of one family`);
      return undefined;
    }
    const out = this.#linkOf([...path, 'via'], via, through, interfaces);
    return out === undefined ? undefined : { action: 'forward', to, metric, dev: out.name, via };
  }

  /** The interface on whose link the next hop is. */
  #linkOf(
    path: readonly PropertyKey[],
    via: IpAddress,
    through: Link | undefined,
    interfaces: readonly Link[],
  ): Link | undefined {
    const text = formatAddress(via);
    const own = interfaces.find(({ addresses }) => addresses.some(({ address }) => equalAddress(address, via)));
    // The router may have one link-local address on one link and meet the same one as a neighbor on another.
    if (own !== undefined && (!isLinkLocal(via) || own === through)) {
      this.#add(path, `${text} is the router's own address on ${own.name}; allowed: the address of a neighbor`);
      return undefined;
    }
    if (isLinkLocal(via)) {
      if (through === undefined)
        this.#add(
          path,
          `${text} is link-local and may be on any link; name the interface: "${text}%NAME", or with "dev"`,
        );
      return through;
    }
    const near = interfaces.filter(({ addresses }) => addresses.some(({ prefix }) => prefixContains(prefix, via)));
    const [first] = near;
    if (first === undefined) {
      const prefixes = interfaces.flatMap(({ addresses }) => addresses.map(({ prefix }) => prefix));
      const same = [...new Set(prefixes.filter(({ address }) => address.family === via.family).map(formatPrefix))];
      const allowed =
        same.length === 0 ? `there is no IPv${via.family} link` : `allowed: an address in ${same.join(', ')}`;
      this.#add(path, `${text} is on no link of this router; ${allowed}`);
      return undefined;
    }
    if (through !== undefined && !near.includes(through)) {
      this.#add(
        path,
        `${text} is not on the link of ${through.name} but of ${first.name}; allowed: "dev": "${first.name}"`,
      );
      return undefined;
    }
    return through ?? first;
  }
}

/** Checks what must fit together, and fills in defaults. The configuration is good when `problems` is empty. */
export const checkConfig = (
  shaped: ShapedConfig,
): { readonly config: Config; readonly problems: readonly Problem[] } => {
  const checker = new Checker();
  const config = checker.config(shaped);
  return { config, problems: checker.problems };
};

/** Checks a route for interfaces that are there. The route is good when `problems` is empty. */
export const checkRoute = (
  shaped: ShapedRoute,
  interfaces: readonly Link[],
): { readonly route: RouteConfig | undefined; readonly problems: readonly Problem[] } => {
  const checker = new Checker();
  const route = checker.route([], shaped, shaped.metric ?? configDefaults.metric, interfaces);
  return { route, problems: checker.problems };
};
