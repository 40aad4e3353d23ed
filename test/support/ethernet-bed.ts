import { Subject } from 'rxjs';
import { countOutcome } from '../../src/operators/index.ts';
import { always, type Packet, Status, stage } from '../../src/packet/index.ts';
import { summarize } from '../../src/packet/summary.ts';
import { router } from '../../src/pipelines/router.ts';
import { release } from '../../src/sinks/release.ts';
import { linkLayerOf, packetOf } from '../../src/testing/index.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import { addAddress, outcomeOf, type Testbed, type TestbedOptions, testbed } from './testbed.ts';

/** Ethernet links of the bed, beside those of the test bed. */
export const e = 5;
export const f = 6;
export const ours = '02:00:00:00:00:22';
export const oursToo = '02:00:00:00:00:33';

export interface EthernetBed extends Testbed {
  /** Gives the line a frame, or on other links a packet; what became of it. Empty if it is held. */
  readonly give: (bytes: Uint8Array, inInterface?: number) => string;
  /** Gives the line a packet of our own. */
  readonly originate: (bytes: Uint8Array, outInterface?: number) => string;
  /** What was sent since it was asked last: the frame's destination, and what it carries. */
  readonly said: () => string[];
  /** What was sent, as bytes from the link-layer header on. */
  readonly frames: Uint8Array[];
  /** Packets that were refused since it was asked last, by reason. */
  readonly refused: () => string[];
  readonly complete: () => void;
  readonly stop: () => void;
}

const destinationOf = ({ view, link, start }: Packet): string =>
  start - link < ethernet.minimumHeaderLength
    ? 'bare'
    : ethernet.formatLinkLayer(ethernet.destinationHigh(view, link), ethernet.destinationLow(view, link));

/** The default router on two Ethernet links (and those of the test bed), its clock in our hands. */
export const ethernetBed = (options: TestbedOptions = {}): EthernetBed => {
  const bed = testbed(options);
  const { node, pool } = bed;
  for (const [name, linkLayer] of [
    ['e', ours],
    ['f', oursToo],
  ] as const) {
    const linkLayerAddress = linkLayerOf(linkLayer);
    node.interfaces.add({ name, kind: 'memory', mtu: 1_500, pointToPoint: false, linkLayerAddress });
  }
  for (const each of ['fd00:e::1/64', 'fe80::22/64', '10.0.9.1/24']) addAddress(node, e, each);
  for (const each of ['fd00:f::1/64', 'fe80::33/64', '10.0.8.1/24']) addAddress(node, f, each);
  const wire$ = new Subject<Packet>();
  const frames: Uint8Array[] = [];
  const said: string[] = [];
  const refused: string[] = [];
  let given: Packet | undefined;
  let outcome = '';
  const see = (packet: Packet): void => {
    if (packet.status === Status.sent) {
      frames.push(packet.bytes.slice(packet.link, packet.end));
      said.push(`${destinationOf(packet)} ${summarize(packet)}`);
    }
    if (packet.status === Status.refused) refused.push(outcomeOf(packet));
    if (packet === given) outcome = outcomeOf(packet);
  };
  const running = wire$
    .pipe(
      router(node),
      stage((packet) => {
        packet.status = Status.sent;
      }),
      always(see),
      countOutcome(node.counters),
      release(),
    )
    .subscribe();
  const send = (packet: Packet): string => {
    outcome = '';
    given = packet;
    wire$.next(packet);
    given = undefined;
    return outcome;
  };
  return {
    ...bed,
    give: (bytes, inInterface = e) => send(packetOf(bytes, { pool, inInterface })),
    originate: (bytes, outInterface = 0) => {
      const packet = packetOf(bytes, { pool });
      packet.outInterface = outInterface;
      return send(packet);
    },
    said: () => said.splice(0),
    frames,
    refused: () => refused.splice(0),
    complete: () => wire$.complete(),
    stop: () => running.unsubscribe(),
  };
};
