import { Subject } from 'rxjs';
import { type Packet, Status } from '../../src/packet/index.ts';
import { bytesIn } from '../../src/testing/index.ts';
import { icmp4, icmp6, ipv4, ipv6 } from '../../src/wire/index.ts';
import { line } from '../support/router.ts';
import { a, type Testbed, type TestbedOptions, testbed } from '../support/testbed.ts';
import { toHex } from './corpus.ts';

/** What leaves here must be sound, whatever came in: whole headers, true lengths, and what we say ourselves true sums. */
const isSound = ({ family, view, start, end, inInterface }: Packet): boolean => {
  if (family === 6) {
    if (ipv6.check(view, start, end) !== 'ok' || end - start !== 40 + ipv6.payloadLength(view, start)) return false;
    return inInterface !== 0 || ipv6.nextHeader(view, start) !== 58 || icmp6.verify(view, start, start + 40, end);
  }
  if (ipv4.check(view, start, end) !== 'ok' || end - start !== ipv4.totalLength(view, start)) return false;
  return inInterface !== 0 || icmp4.verify(view, start + 20, end);
};

/** What fuzzers shoot at. */
export interface Target {
  readonly bed: Testbed;
  /** Takes packets. */
  readonly wire$: Subject<Packet>;
  /** The first thing that went wrong; undefined if nothing did. */
  readonly failure: () => unknown;
}

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
  bed.node.autoconfigurations.enable(a); // so that what routers say is looked at
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
