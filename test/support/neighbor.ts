import { Subject } from 'rxjs';
import { dropNames, Packet } from '../../src/packet/index.ts';
import { NeighborState } from '../../src/state/neighbor-transition.ts';
import type { Neighbors } from '../../src/state/neighbors.ts';
import { addressOf } from '../../src/testing/index.ts';
import type { IpAddress } from '../../src/wire/address.ts';
import type { LinkLayerAddress } from '../../src/wire/ethernet.ts';

export const link = 2;
export const peer = addressOf('fe80::2');
export const peerLinkLayer: LinkLayerAddress = { high: 0x0200, low: 2 };
export const otherLinkLayer: LinkLayerAddress = { high: 0x0200, low: 3 };

let sequence = 0;

/** A packet that is to leave by an interface; told apart by its `nanoseconds`. */
export const packetFor = (interfaceIndex = link, length = 40): Packet => {
  const packet = new Packet(300).reset(256, length);
  packet.outInterface = interfaceIndex;
  sequence += 1;
  packet.nanoseconds = sequence;
  return packet;
};

/** Sends a packet as `resolveNeighbor` does: what can't go at once waits. */
export const sendTo = (neighbors: Neighbors, address: IpAddress, packet = packetFor()): Packet => {
  const row = neighbors.table.findAddress(packet.outInterface, address);
  if ((neighbors.table.state[row] as number) <= NeighborState.incomplete) neighbors.hold(packet, row);
  else neighbors.use(row);
  return packet;
};

/** What a line sees of a cache: letters for a marble diagram. */
export interface Watched {
  /** `m` for a multicast solicitation, `u` for a unicast one. */
  readonly asked$: Subject<string>;
  /** `-` for a packet that goes on, the reason's name for one that was refused. */
  readonly left$: Subject<string>;
  /** Packets in the order in which they left. */
  readonly left: Packet[];
  readonly detach: () => void;
}

/** Takes what the cache sends. */
export const watch = (neighbors: Neighbors): Watched => {
  const asked$ = new Subject<string>();
  const left$ = new Subject<string>();
  const left: Packet[] = [];
  const detach = neighbors.attach({
    emit: (packet) => {
      left.push(packet);
      left$.next(packet.drop === 0 ? '-' : (dropNames[packet.drop] as string));
    },
    solicit: ({ unicast }) => asked$.next(unicast ? 'u' : 'm'),
  });
  return { asked$, left$, left, detach };
};
