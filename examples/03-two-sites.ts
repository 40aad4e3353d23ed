/**
 * Two sites and a tunnel between them. A security gateway is the default router with associations and policies: nothing
 * is added to its line. Here both gateways are in memory, and what one puts on the wire is given to the other.
 *
 *     npx tsx examples/03-two-sites.ts
 *
 * On devices it is a configuration, here that of the left gateway, with a file of setkey beside it:
 *
 *     { "interfaces": { … }, "routes": [ … ], "ipsec": { "setkey": "left.setkey" } }
 *
 * @module
 */
import {
  createNode,
  fromMemory,
  type Node,
  PacketPool,
  parseAddress,
  parsePrefix,
  parseSetkey,
  release,
  router,
  runSetkey,
  toMemory,
  trace,
} from 'umigame';
import { bytesOf, echoRequest6, ipv6 } from 'umigame/testing';

const site = 2;
const wire = 3;

/** Both gateways say the same, but for the direction. */
const commands = (away: string, back: string): string => `
  add fd00:ff::1 fd00:ff::2 esp 0x1001 -m tunnel -r 8 -E aes-gcm-16 0x${'5a'.repeat(20)};
  add fd00:ff::2 fd00:ff::1 esp 0x1002 -m tunnel -r 8 -E aes-gcm-16 0x${'a5'.repeat(20)};
  spdadd fd00:a::/64 fd00:b::/64 any -P ${away} ipsec esp/tunnel/fd00:ff::1-fd00:ff::2/require;
  spdadd fd00:b::/64 fd00:a::/64 any -P ${back} ipsec esp/tunnel/fd00:ff::2-fd00:ff::1/require;
`;

const gateway = (own: string, site6: string, far: string, via: string, text: string): Node => {
  const node = createNode({ random: Math.random });
  for (const name of ['site', 'wire']) node.interfaces.add({ name, kind: 'memory', mtu: 1500, pointToPoint: true });
  for (const [interfaceIndex, written] of [
    [site, site6],
    [wire, own],
  ] as const) {
    const address = parseAddress(written);
    if (address !== undefined) node.addresses.add({ interfaceIndex, address, prefixLength: 64 });
  }
  const [to, next] = [parsePrefix(far), parseAddress(via)];
  if (to !== undefined && next !== undefined) node.routes.add({ to, via: next, interfaceIndex: wire });
  runSetkey(node, parseSetkey(text));
  return node;
};

const left = gateway('fd00:ff::1', 'fd00:a::1', 'fd00:b::/64', 'fd00:ff::2', commands('out', 'in'));
const right = gateway('fd00:ff::2', 'fd00:b::1', 'fd00:a::/64', 'fd00:ff::1', commands('in', 'out'));
const pool = new PacketPool();

/** Gives a gateway packets; what it sends. */
const through = (node: Node, interfaceIndex: number, packets: readonly Uint8Array[]): Uint8Array[] => {
  const sent: Uint8Array[] = [];
  const interfaces = (index: number): string => node.interfaces.nameOf(index);
  fromMemory(packets, { pool, interfaceIndex })
    .pipe(router(node), toMemory(sent), trace(console.log, { interfaces }), release())
    .subscribe();
  return sent;
};

const ping = bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:b::2' }), echoRequest6());
console.log('left:');
const protectedPackets = through(left, site, [ping]);
console.log('right, what left has sent, twice, and the ping in clear:');
through(right, wire, [...protectedPackets, ...protectedPackets, ping]);
for (const node of [left, right]) node.close();
