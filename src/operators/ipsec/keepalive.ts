import { Observable, type Subject, Subscription } from 'rxjs';
import type { Packet } from '../../packet/packet.ts';
import type { Node } from '../../state/node.ts';
import type { SecurityAssociation } from '../../state/sadb/association.ts';
import { type AssociationKey, associationName } from '../../state/sadb/spec.ts';
import { type IpAddress, writeAddress } from '../../wire/address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';
import * as udp from '../../wire/udp.ts';

type KeepaliveNode = Pick<Node, 'counters' | 'pool' | 'sadb' | 'scheduler'>;

/** RFC 3948 §2.3. */
const keepaliveByte = 0xff;
const hopLimit = 64;

const writeHeader = (packet: Packet, source: IpAddress, destination: IpAddress): void => {
  const { view, start, end } = packet;
  if (source.family === 6) {
    ipv6.setFirstWord(view, start, 0, 0);
    ipv6.setPayloadLength(view, start, end - start - ipv6.headerLength);
    ipv6.setNextHeader(view, start, Protocol.udp);
    ipv6.setHopLimit(view, start, hopLimit);
    writeAddress(view, start + ipv6.offsets.source, source);
    writeAddress(view, start + ipv6.offsets.destination, destination);
    return;
  }
  ipv4.setFirstByte(view, start, ipv4.minimumHeaderLength);
  ipv4.setTypeOfService(view, start, 0);
  ipv4.setTotalLength(view, start, end - start);
  ipv4.setIdentification(view, start, 0);
  ipv4.setFragment(view, start, 0, false, true);
  ipv4.setTimeToLive(view, start, hopLimit);
  ipv4.setProtocol(view, start, Protocol.udp);
  writeAddress(view, start + ipv4.offsets.source, source);
  writeAddress(view, start + ipv4.offsets.destination, destination);
  ipv4.writeChecksum(view, start);
};

/** A keepalive by the ports of an association; undefined when there is no slab for it. */
const keepaliveOf = ({ pool }: KeepaliveNode, association: SecurityAssociation): Packet | undefined => {
  const { source, destination, encapsulation } = association;
  const header = source.family === 6 ? ipv6.headerLength : ipv4.minimumHeaderLength;
  const packet = pool.acquire(header + udp.headerLength + 1);
  if (packet === undefined || encapsulation === undefined) return undefined;
  const { view, start } = packet;
  const at = start + header;
  writeHeader(packet, source, destination);
  udp.setSourcePort(view, at, encapsulation.sourcePort);
  udp.setDestinationPort(view, at, encapsulation.destinationPort);
  udp.setLength(view, at, udp.headerLength + 1);
  view.setUint8(at + udp.headerLength, keepaliveByte);
  if (source.family === 6) udp.writeChecksum6(view, start, at);
  else udp.writeChecksum4(view, start, at);
  packet.family = source.family;
  packet.protocol = Protocol.udp;
  packet.upper = at;
  packet.secured = 1; // no policy is asked about it
  return packet;
};

/**
 * Keeps address translators from forgetting the peers of associations that are wrapped in UDP (RFC 3948 §4): while it
 * is subscribed to, an association that says `keepalive` and has sent nothing for so many seconds sends a byte.
 *
 * @param outbox takes the keepalives
 */
export const ipsecKeepalive = (node: KeepaliveNode, outbox: Subject<Packet>): Observable<never> =>
  new Observable((out) => {
    const { sadb, scheduler, counters } = node;
    const timers = new Map<string, Subscription>();
    const stop = (key: AssociationKey): void => {
      timers.get(associationName(key))?.unsubscribe();
      timers.delete(associationName(key));
    };
    const start = (key: AssociationKey, seconds: number, before: number): void => {
      const timer = scheduler.schedule(() => {
        const now = sadb.get(key);
        if (now === undefined) return;
        const packet = now.packets === before ? keepaliveOf(node, now) : undefined;
        start(key, seconds, now.packets);
        if (packet === undefined) return;
        counters.originated(0, packet.family);
        outbox.next(packet);
      }, seconds * 1_000);
      timers.set(associationName(key), timer);
    };
    const begin = (association: SecurityAssociation): void => {
      if (association.keepalive > 0) start(association, association.keepalive, association.packets);
    };
    for (const association of sadb.list()) begin(association);
    out.add(
      sadb.changes$.subscribe(({ type, value }) => {
        if (type === 'removed') stop(value);
        else if (!timers.has(associationName(value))) begin(value);
      }),
    );
    out.add(new Subscription(() => [...timers.values()].map((timer) => timer.unsubscribe())));
    out.add(outbox.subscribe({ complete: () => out.complete() }));
  });
