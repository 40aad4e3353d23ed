import { Subject } from 'rxjs';
import { type Packet, Status } from '../../src/packet/index.ts';
import { bytesIn } from '../../src/testing/index.ts';
import { icmp4, icmp6, ipv4, ipv6 } from '../../src/wire/index.ts';
import { line } from '../support/router.ts';
import { type Testbed, type TestbedOptions, testbed } from '../support/testbed.ts';
import { addTunnel } from '../support/tunnels.ts';
import { toHex } from './corpus.ts';

/** What leaves here must be sound, whatever came in: whole headers, true lengths, and what we say ourselves true sums. */
const isSound = ({ family, view, start, end, inInterface }: Packet): boolean => {
  if (family === 6) {
    if (ipv6.check(view, start, end) !== 'ok' || end - start !== 40 + ipv6.payloadLength(view, start)) return false;
    return inInterface !== 0 || ipv6.nextHeader(view, start) !== 58 || icmp6.verify(view, start, start + 40, end);
  }
  if (ipv4.check(view, start, end) !== 'ok' || end - start !== ipv4.totalLength(view, start)) return false;
  return inInterface !== 0 || ipv4.protocol(view, start) !== 1 || icmp4.verify(view, start + 20, end);
};

/** What fuzzers shoot at. */
export interface Target {
  readonly bed: Testbed;
  /** Takes packets. */
  readonly wire$: Subject<Packet>;
  /** The first thing that went wrong; undefined if nothing did. */
  readonly failure: () => unknown;
}

/** A tunnel of every kind to the neighbor that packets come from, and two that lead into each other. */
const addTunnels = ({ node }: Testbed): void => {
  const ends = { local: '10.0.1.1', remote: '10.0.1.2' };
  addTunnel(node, 'gif4', { ...ends, routes: ['2001:db8:7::/48', '172.16.0.0/16'] });
  addTunnel(node, 'gif6', { local: 'fd00:a::1', remote: 'fd00:a::2', routes: ['172.17.0.0/16'] });
  addTunnel(node, 'gre', { kind: 'gre', ...ends, key: 7, checksum: true });
  addTunnel(node, 'fou', { kind: 'fou', ...ends, port: 5_555 });
  addTunnel(node, 'gue', { kind: 'gue', ...ends, port: 5_556 });
  addTunnel(node, 'isatap', { kind: 'isatap', local: '10.0.1.1', routes: ['2001:db8:9::/48'] });
  addTunnel(node, 'loop6', { local: '10.0.1.1', remote: '192.0.2.4', routes: ['2001:db8:8::/48'] });
  addTunnel(node, 'loop4', { local: 'fd00:a::1', remote: '2001:db8:8::1', routes: ['192.0.2.4/32'] });
  node.tunnels.table.loop.fill(0);
};

/**
 * A node behind a line that tells the first thing to go wrong, with slabs for what it may hold.
 *
 * @param look sees every packet that comes out
 */
export const target = (
  look: (packet: Packet) => void = () => undefined,
  bounds: TestbedOptions['bounds'] = {},
): Target => {
  const bed = testbed({ smallLimit: 4_096, bounds });
  addTunnels(bed);
  const wire$ = new Subject<Packet>();
  let failed: unknown;
  const see = (packet: Packet): void => {
    look(packet);
    if (packet.status === Status.sent && !isSound(packet)) failed ??= `sent ${toHex(bytesIn(packet))}`;
  };
  wire$.pipe(line(bed, { see })).subscribe({
    error: (error) => {
      failed = error;
    },
  });
  return { bed, wire$, failure: () => failed };
};
