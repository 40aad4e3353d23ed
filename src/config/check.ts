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
import type { Advertising } from '../wire/advertising.ts';
import { minimumMtu } from '../wire/ipv6.ts';
import { advertiseProblems, advertisingOf } from './advertise.ts';
import { autoconfOf } from './autoconf.ts';
import {
  type Config,
  configDefaults,
  type InterfaceConfig,
  isTunnel,
  type KernelSide,
  type RogueWatch,
  type RouteConfig,
  type TunnelConfig,
} from './config.ts';
import type { Problem } from './error.ts';
import { RtadvdFiles } from './rtadvd-files.ts';
import { addressesExample, type ShapedConfig, type ShapedRoute } from './schema.ts';
import { parametersOf, type ShapedTunnel, tunnelKey, tunnelProblems } from './tunnels.ts';
import { notAllowed, show, showPath, suggest } from './words.ts';

/** No packet is longer (RFC 791 §3.1). */
const largestMtu = 65_535;

type ShapedInterface = ShapedConfig['interfaces'][string];
type ShapedLink = Exclude<ShapedInterface, ShapedTunnel>;
/** What a route needs to know of an interface. */
type Link = Pick<InterfaceConfig, 'name' | 'addresses'>;

/** What interfaces have that are not on Ethernet. */
const noEthernet = { linkLayerAddress: undefined, duplicateAddressDetection: 0, proxies: [] };

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
  readonly #files: RtadvdFiles;

  /** @param folder that names of files are relative to */
  constructor(folder = '.') {
    this.#files = new RtadvdFiles(folder);
  }

  config(shaped: ShapedConfig): Config {
    const { interfaces, routes = [], addressSelection = {}, limits = {} } = shaped;
    const forwarding = shaped.forwarding ?? configDefaults.forwarding;
    const checked = Object.entries(interfaces).map(([name, shaped]) => this.#interface(name, shaped));
    this.#tunnels(checked);
    if (checked.length === 0) this.#add(['interfaces'], 'there is none; allowed: at least one interface');
    for (const { name, advertise } of forwarding ? [] : checked) {
      if (advertise === undefined) continue;
      this.#add(['interfaces', name, 'advertise'], 'a host is no router; allowed: false, or "forwarding": true');
    }
    const { policies = [], temporary = configDefaults.temporary } = addressSelection;
    this.#policies(policies);
    return {
      forwarding,
      interfaces: checked,
      routes: this.#routes(routes, checked),
      addressSelection: { policies, temporary },
      limits,
    };
  }

  #add(path: readonly PropertyKey[], sentence: string): void {
    this.problems.push({ path: showPath(path), sentence });
  }

  #interface(name: string, shaped: ShapedInterface): InterfaceConfig {
    const { device } = shaped;
    const isLink = device === 'tun' || device === 'tap' || device === 'packet';
    return isLink ? this.#link(name, shaped) : this.#tunnel(name, shaped);
  }

  #tunnel(name: string, shaped: ShapedTunnel): TunnelConfig {
    const path = ['interfaces', name];
    const { device, addresses = [] } = shaped;
    const tunnel = parametersOf(shaped);
    const mtu = typeof tunnel.mtu === 'number' ? tunnel.mtu : minimumMtu;
    this.#addresses(path, name, addresses);
    const advertise = this.#advertise([...path, 'advertise'], name, shaped.advertise, mtu);
    const noDevice = { netns: undefined, kernel: undefined };
    const noHost = { autoconf: undefined, rogueAdvertisements: undefined };
    return { name, device, ...noDevice, ...noEthernet, ...noHost, mtu, addresses, advertise, tunnel };
  }

  /** Both ends, once all addresses are known; and no two tunnels between the same ones. */
  #tunnels(interfaces: readonly InterfaceConfig[]): void {
    const own = interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
    const seen = new Map<string, string>();
    for (const { name, tunnel } of interfaces.filter(isTunnel)) {
      const path = ['interfaces', name];
      for (const [key, sentence] of tunnelProblems(tunnel, own)) this.#add([...path, key], sentence);
      const key = tunnelKey(tunnel);
      const first = seen.get(key);
      if (first === undefined) seen.set(key, name);
      else this.#add(path, `packets that come out of it would come out of ${first}; allowed: one tunnel for them`);
    }
  }

  #link(name: string, shaped: ShapedLink): InterfaceConfig {
    const { device, netns, addresses = [] } = shaped;
    // What an interface that there is carries, is seen when it is opened.
    const mtu = shaped.mtu ?? (device === 'packet' ? largestMtu : configDefaults.mtu);
    const path = ['interfaces', name];
    const autoconf = shaped.device === 'tun' ? undefined : autoconfOf(shaped.autoconf);
    if (shaped.addresses === undefined && autoconf === undefined) {
      this.#add([...path, 'addresses'], notAllowed(undefined, `a list of ${addressesExample}`));
    }
    this.#addresses(path, name, addresses);
    const kernel = shaped.kernel === undefined ? undefined : this.#kernel(path, name, shaped.kernel, mtu);
    const isIpv6 = [...addresses, ...(kernel?.addresses ?? [])].some(({ address }) => address.family === 6);
    this.#mtu([...path, 'mtu'], mtu, isIpv6 || autoconf !== undefined);
    const known = device === 'packet' ? shaped.mtu : mtu;
    const common = { name, device, netns, mtu: known, addresses, kernel, tunnel: undefined };
    const advertise = this.#advertise([...path, 'advertise'], name, shaped.advertise, mtu);
    if (advertise !== undefined && autoconf !== undefined) {
      const sentence = `stands together with "advertise"; allowed: a router's interface, or a host's`;
      this.#add([...path, 'autoconf'], sentence);
    }
    const rogueAdvertisements = this.#rogueWatch([...path, 'routers'], shaped);
    const config = { ...common, ...this.#ethernet(path, shaped), advertise, autoconf, rogueAdvertisements };
    this.#gateways([...path, 'kernel', 'defaultRoute'], config);
    return config;
  }

  /** What interfaces on Ethernet have. */
  #ethernet(
    path: readonly string[],
    shaped: ShapedLink,
  ): Pick<InterfaceConfig, 'linkLayerAddress' | 'duplicateAddressDetection' | 'proxies'> {
    if (shaped.device === 'tun') return noEthernet;
    const { linkLayerAddress, proxies = [], addresses = [] } = shaped;
    const { duplicateAddressDetection = configDefaults.duplicateAddressDetection } = shaped;
    return {
      linkLayerAddress,
      duplicateAddressDetection,
      proxies: this.#proxies([...path, 'proxies'], proxies, addresses),
    };
  }

  /** Each once, and none that is ours anyway. */
  #proxies(
    path: readonly string[],
    proxies: readonly IpAddress[],
    addresses: readonly InterfacePrefix[],
  ): readonly IpAddress[] {
    for (const [i, proxy] of proxies.entries()) {
      const isOurs = addresses.some(({ address }) => equalAddress(address, proxy));
      const isRepeated = proxies.findIndex((other) => equalAddress(other, proxy)) < i;
      const why = isOurs ? "is the router's own address there" : isRepeated ? 'stands there twice' : undefined;
      if (why !== undefined) this.#add([...path, i], `${formatAddress(proxy)} ${why}; allowed: addresses of others`);
    }
    return proxies;
  }

  #rogueWatch(path: readonly string[], { rogueAdvertisements, routers }: ShapedLink): RogueWatch | undefined {
    if (rogueAdvertisements !== undefined)
      return { counter: rogueAdvertisements === 'counter', routers: routers ?? [] };
    if (routers !== undefined) {
      this.#add(path, 'routers are named, and nothing is watched for; allowed: with "rogueAdvertisements" only');
    }
    return undefined;
  }

  #advertise(
    path: readonly string[],
    name: string,
    said: ShapedInterface['advertise'],
    mtu: number,
  ): Advertising | undefined {
    if (typeof said !== 'object' || said.rtadvd === undefined) {
      const advertising = advertisingOf(said);
      for (const problem of advertising === undefined ? [] : advertiseProblems(advertising, mtu)) {
        this.#add([...path, ...problem.path], problem.sentence);
      }
      return advertising;
    }
    const { rtadvd, ...others } = said;
    const [other] = Object.keys(others);
    if (other !== undefined) this.#add(path, `"rtadvd" together with ${show(other)}; allowed: "rtadvd" alone`);
    const { advertising, sentences } = this.#files.entry(rtadvd, name);
    const onLink = advertiseProblems(advertising, mtu).map(({ sentence }) => `${rtadvd}: ${name}: ${sentence}`);
    for (const sentence of sentences.length > 0 ? sentences : onLink) this.#add([...path, 'rtadvd'], sentence);
    return advertising;
  }

  /** Each prefix once. */
  #policies(policies: Config['addressSelection']['policies']): void {
    for (const [i, { prefix }] of policies.entries()) {
      const text = formatPrefix(prefix);
      const first = policies.findIndex((other) => formatPrefix(other.prefix) === text);
      if (first === i) continue;
      const there = showPath(['addressSelection', 'policies', first]);
      this.#add(
        ['addressSelection', 'policies', i, 'prefix'],
        `${text} stands at ${there} already; allowed: each prefix once`,
      );
    }
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
    { addresses = [], defaultRoute = false, mtu }: NonNullable<ShapedLink['kernel']>,
    interfaceMtu: number,
  ): KernelSide {
    const kernelPath = [...path, 'kernel'];
    this.#addresses(kernelPath, name, addresses);
    const isIpv6 = addresses.some(({ address }) => address.family === 6);
    if (mtu !== undefined) this.#mtu([...kernelPath, 'mtu'], mtu, isIpv6);
    return { addresses, defaultRoute, mtu: mtu ?? interfaceMtu };
  }

  #mtu(path: readonly string[], mtu: number, isIpv6: boolean): void {
    if (mtu >= minimumMtu || !isIpv6) return;
    this.#add(path, `${mtu} is too small for a link with IPv6 addresses; allowed: ${minimumMtu} to ${largestMtu}`);
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
  folder: string,
): { readonly config: Config; readonly problems: readonly Problem[] } => {
  const checker = new Checker(folder);
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
