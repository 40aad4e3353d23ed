/**
 * What a configuration may say. {@link configSchema} knows the shape; `check.ts` knows what must fit together.
 *
 * To add a device kind, write its object like {@link tunInterface} and put it into {@link interfaceShapes}; tunnels are
 * in `tunnels.ts`. To add a key, add it to its object and to the type in `config.ts` that the router reads.
 *
 * @module
 */
import { z } from 'zod';
import { advertise } from './advertise.ts';
import { autoconf } from './autoconf.ts';
import {
  absent,
  deviceName,
  flag,
  integer,
  interfaceAddress,
  interfaceName,
  linkLayerAddress,
  list,
  namespaceName,
  nextHop,
  prefix,
  routerAddress,
  strict,
  unicastAddress,
} from './elements.ts';
import { limitsSchema } from './limits.ts';
import { tunnelInterfaces } from './tunnels.ts';
import { notAllowed, show } from './words.ts';

/** Every IPv4 link carries 68 bytes (RFC 791 §3.2); a packet has no more than 65,535. */
const mtu = () => integer(68, 65_535);
export const addressesExample = 'addresses such as "fd00:a::1/64"';
const addresses = () => list(interfaceAddress(), addressesExample);

/** The kernel's side of a device: the host at the other end of the link. */
const kernelSide = strict({
  addresses: addresses().optional(),
  defaultRoute: flag().optional(),
  mtu: mtu().optional(),
});

/** Keys that every interface has, of whatever device. */
const common = {
  netns: namespaceName().optional(),
  mtu: mtu().optional(),
  addresses: addresses(),
  kernel: kernelSide.optional(),
  advertise: advertise().optional(),
  rogueAdvertisements: z
    .enum(['report', 'counter'], { error: ({ input }) => notAllowed(input, '"report" or "counter"') })
    .optional(),
  routers: list(routerAddress(), 'link-local addresses of routers, such as "fe80::1"').optional(),
};

const tunInterface = strict({ device: z.literal('tun'), ...common });

/** What a proxied address is like. */
const proxied = 'the unicast address of another node, such as "fd00:a::77"';

/** Keys of interfaces on Ethernet. */
const onEthernet = {
  linkLayerAddress: linkLayerAddress().optional(),
  duplicateAddressDetection: integer(0, 15).optional(),
  proxies: list(unicastAddress(proxied), 'addresses of other nodes, such as "fd00:a::77"').optional(),
  autoconf: autoconf().optional(),
};

/** One that configures itself needs no addresses; `check.ts` looks. */
const tapInterface = strict({
  device: z.literal('tap'),
  ...onEthernet,
  ...common,
  addresses: addresses().optional(),
});

/** An interface that there is, such as `eth0`. */
const packetInterface = strict({
  device: z.literal('packet'),
  ...onEthernet,
  ...common,
  addresses: addresses().optional(),
  kernel: absent('no "kernel", for the hosts on the link of an interface that there is are elsewhere'),
});

const interfaceShapes = [tunInterface, tapInterface, packetInterface, ...tunnelInterfaces] as const;
const deviceKinds = interfaceShapes.map(({ shape }) => `"${shape.device.value}"`).join(', ');
const anyInterface = z.discriminatedUnion('device', interfaceShapes, {
  error: ({ code, input }) => {
    if (code !== 'invalid_union') return notAllowed(input, 'an object that describes an interface');
    return notAllowed(input !== null && typeof input === 'object' ? Reflect.get(input, 'device') : input, deviceKinds);
  },
});

/** The keys of a route, in the file and through the control socket. */
export const routeShape = {
  to: prefix(),
  via: nextHop().optional(),
  dev: deviceName().optional(),
  metric: integer(0, 0xffffffff).optional(),
  reject: flag().optional(),
  blackhole: flag().optional(),
};
const route = strict(routeShape);

/** A policy of RFC 6724 §2.1. */
const policy = strict({ prefix: prefix(), precedence: integer(0, 65_535), label: integer(0, 65_535) });

const addressSelection = strict({
  policies: list(policy, 'policies such as { "prefix": "::ffff:0:0/96", "precedence": 100, "label": 4 }').optional(),
  temporary: flag().optional(),
});

export const configSchema = strict({
  interfaces: z.record(interfaceName(), anyInterface, {
    error: ({ code, input, ...issue }) => {
      const [first] = 'issues' in issue && Array.isArray(issue.issues) ? issue.issues : [];
      if (code === 'invalid_key') return String(first?.message ?? show(input));
      return notAllowed(input, 'an object that names at least one interface');
    },
  }),
  routes: list(route, 'routes such as { "to": "2001:db8::/32", "via": "fd00:b::2" }').optional(),
  addressSelection: addressSelection.optional(),
  forwarding: flag().optional(),
  limits: limitsSchema(),
});

/** A configuration as it is written. */
export type RouterConfig = z.input<typeof configSchema>;
/** A configuration of the right shape, its text parsed, not yet checked for what must fit together. */
export type ShapedConfig = z.output<typeof configSchema>;
export type ShapedRoute = z.output<typeof route>;
