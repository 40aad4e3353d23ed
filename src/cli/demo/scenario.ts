/**
 * What the demo shows, as data: the network, and one step after the other with what should come of it.
 *
 * @module
 */
import type { RouterConfig } from '../../config/index.ts';

export type HostName = 'a' | 'b';

/** The demo's network: two hosts, each on a device of its own, the router between them. */
export const demoConfig = (netns: Readonly<Record<HostName, string>>): RouterConfig => ({
  interfaces: {
    'demo-a': {
      device: 'tun',
      netns: netns.a,
      addresses: ['fd00:a::1/64', '10.0.1.1/24'],
      kernel: { addresses: ['fd00:a::2/64', '10.0.1.2/24'], defaultRoute: true },
    },
    'demo-b': {
      device: 'tun',
      netns: netns.b,
      mtu: 1400, // narrower than the other link, so that path MTU discovery has something to discover
      addresses: ['fd00:b::1/64', '10.0.2.1/24'],
      kernel: { addresses: ['fd00:b::2/64', '10.0.2.2/24'], defaultRoute: true },
    },
  },
  routes: [
    { to: '2001:db8:dead::/48', reject: true },
    { to: '2001:db8:b1ac::/48', blackhole: true },
  ],
});

export const hostAddresses: Readonly<Record<HostName, Readonly<Record<4 | 6, string>>>> = {
  a: { 6: 'fd00:a::2', 4: '10.0.1.2' },
  b: { 6: 'fd00:b::2', 4: '10.0.2.2' },
};

/** What should come back for a ping: an answer to each, a certain error, or nothing at all. */
export type Expected = 'answers' | 'silence' | { readonly error: string; readonly from: string; readonly mtu?: number };

interface Common {
  readonly title: string;
  readonly from: HostName;
}

export interface PingStep extends Common {
  readonly kind: 'ping';
  readonly to: string;
  readonly sizes: readonly number[];
  readonly hopLimit?: number;
  readonly dontFragment?: boolean;
  readonly expect: Expected;
}

export interface TracerouteStep extends Common {
  readonly kind: 'traceroute';
  readonly to: string;
  /** Who should answer, hop by hop. */
  readonly expect: readonly string[];
}

export interface StreamStep extends Common {
  readonly kind: 'udp' | 'tcp';
  readonly family: 4 | 6;
  readonly to: HostName;
}

export type Step = PingStep | TracerouteStep | StreamStep;

const router = { 6: 'fd00:a::1', 4: '10.0.1.1' } as const;
const narrowMtu = 1400;
/** Echo data that fits the wide link and not the narrow one, with the larger of the two IP headers or the smaller. */
const tooWide = 1440;

const both = <S extends Step>(make: (family: 4 | 6) => S): S[] => [make(6), make(4)];

/** The steps, in order. */
export const scenario: readonly Step[] = [
  ...both((family) => ({
    kind: 'ping' as const,
    title: `ping ${hostAddresses.b[family]}`,
    from: 'a' as const,
    to: hostAddresses.b[family],
    sizes: [56, 56, 56, 56, 56],
    expect: 'answers' as const,
  })),
  ...both((family) => ({
    kind: 'ping' as const,
    title: `ping ${hostAddresses.a[family]}, 56 to 1,350 bytes`,
    from: 'b' as const,
    to: hostAddresses.a[family],
    sizes: [56, 512, 1024, 1232, 1350],
    expect: 'answers' as const,
  })),
  {
    kind: 'ping',
    title: 'ping the router, near side',
    from: 'a',
    to: 'fd00:a::1',
    sizes: [56, 56, 56],
    expect: 'answers',
  },
  {
    kind: 'ping',
    title: 'ping the router, far side',
    from: 'a',
    to: 'fd00:b::1',
    sizes: [56, 56, 56],
    expect: 'answers',
  },
  ...both((family) => ({
    kind: 'traceroute' as const,
    title: `traceroute ${hostAddresses.b[family]}`,
    from: 'a' as const,
    to: hostAddresses.b[family],
    expect: [router[family], hostAddresses.b[family]],
  })),
  ...both((family) => ({
    kind: 'ping' as const,
    title: family === 6 ? 'hop limit 1' : 'time to live 1',
    from: 'a' as const,
    to: hostAddresses.b[family],
    sizes: [56],
    hopLimit: 1,
    expect: { error: 'time exceeded', from: router[family] },
  })),
  ...both((family) => ({
    kind: 'ping' as const,
    title: `${tooWide.toLocaleString('en-US')} bytes, not to be fragmented`,
    from: 'a' as const,
    to: hostAddresses.b[family],
    sizes: [tooWide],
    dontFragment: true,
    expect: { error: 'packet too big', from: router[family], mtu: narrowMtu },
  })),
  {
    kind: 'ping',
    title: 'an unknown destination',
    from: 'a',
    to: '2001:db8::1',
    sizes: [56],
    expect: { error: 'no route', from: router[6] },
  },
  {
    kind: 'ping',
    title: 'a route that rejects',
    from: 'a',
    to: '2001:db8:dead::1',
    sizes: [56],
    expect: { error: 'reject route', from: router[6] },
  },
  {
    kind: 'ping',
    title: 'a route into a black hole',
    from: 'a',
    to: '2001:db8:b1ac::1',
    sizes: [56],
    expect: 'silence',
  },
  ...both((family) => ({
    kind: 'udp' as const,
    title: `UDP over IPv${family}`,
    from: 'a' as const,
    to: 'b' as const,
    family,
  })),
  ...both((family) => ({
    kind: 'tcp' as const,
    title: `TCP over IPv${family}`,
    from: 'a' as const,
    to: 'b' as const,
    family,
  })),
  ...both((family) => ({
    kind: 'tcp' as const,
    title: `TCP over IPv${family}`,
    from: 'b' as const,
    to: 'a' as const,
    family,
  })),
];
