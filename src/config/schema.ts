/**
 * What a configuration may say. {@link configSchema} knows the shape; `check.ts` knows what must fit together.
 *
 * To add a device kind, write its object like {@link tunInterface} and put it into {@link anyInterface}. To add a
 * key, add it to its object and to the type in `config.ts` that the router reads.
 *
 * @module
 */
import { z } from 'zod';
import { advertise } from './advertise.ts';
import {
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
  strict,
} from './elements.ts';
import { ipsecSchema } from './ipsec.ts';
import { limitsSchema } from './limits.ts';
import { notAllowed, show } from './words.ts';

/** Every IPv4 link carries 68 bytes (RFC 791 §3.2); a packet has no more than 65,535. */
const mtu = () => integer(68, 65_535);
const addresses = () => list(interfaceAddress(), 'addresses such as "fd00:a::1/64"');

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
};

const tunInterface = strict({ device: z.literal('tun'), ...common });

const tapInterface = strict({
  device: z.literal('tap'),
  linkLayerAddress: linkLayerAddress().optional(),
  ...common,
});

const deviceKinds = '"tun" or "tap"';
const anyInterface = z.discriminatedUnion('device', [tunInterface, tapInterface], {
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

export const configSchema = strict({
  interfaces: z.record(interfaceName(), anyInterface, {
    error: ({ code, input, ...issue }) => {
      const [first] = 'issues' in issue && Array.isArray(issue.issues) ? issue.issues : [];
      if (code === 'invalid_key') return String(first?.message ?? show(input));
      return notAllowed(input, 'an object that names at least one interface');
    },
  }),
  routes: list(route, 'routes such as { "to": "2001:db8::/32", "via": "fd00:b::2" }').optional(),
  ipsec: ipsecSchema(),
  limits: limitsSchema(),
});

/** A configuration as it is written. */
export type RouterConfig = z.input<typeof configSchema>;
/** A configuration of the right shape, its text parsed, not yet checked for what must fit together. */
export type ShapedConfig = z.output<typeof configSchema>;
export type ShapedRoute = z.output<typeof route>;
