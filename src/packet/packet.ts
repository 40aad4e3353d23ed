import { LinkCast } from '../wire/ethernet.ts';
import { Drop } from './drop.ts';

/** What has become of a packet. Stages act on packets in flight and let all others pass untouched. */
export const Status = { inFlight: 0, delivered: 1, sent: 2, refused: 3 } as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Where a packet is going; decided once, by `classify`. */
export const Fate = { undecided: 0, local: 1, forward: 2 } as const;
export type Fate = (typeof Fate)[keyof typeof Fate];

/** Who takes a packet back when its owner is done with it. */
export interface Recycler {
  recycle(packet: Packet): void;
}

/**
 * One packet in one contiguous slab: `[headroom][headers and payload][tailroom]`.
 *
 * Headers are offsets into the slab. Nothing is stripped or pulled up while a packet is processed, so an ICMP error
 * can always quote it as it came (INET'99 §3.1). Headers of tunnels are written into the headroom: no copy.
 *
 * A packet has one owner, the lane that holds it; the owner's last act is {@link release}.
 *
 * The constructor sets every field, always in this order, and none is added later: one hidden class for all packets.
 * Fields hold int32 values, which V8 stores without a box.
 */
export class Packet {
  /** The slab. Offsets below are offsets into it. */
  readonly bytes: Uint8Array;
  /** The same slab, for wire accessors: one shared DataView reads in 4.5 ns, a new one per packet costs 58. */
  readonly view: DataView;
  readonly #recycler: Recycler | undefined;
  /** True while the packet lies in a pool's free list. */
  pooled = false;

  /** Offset of the network-layer header. */
  start = 0;
  /** Offset just past the last byte. */
  end = 0;
  /** Offset of the link-layer header; equals `start` on a link without one (TUN). */
  link = 0;
  /** Offset of the header being looked at: after `decode` the first header behind the IP header. */
  upper = 0;
  /** Protocol number of the header at `upper` (IPv6 Next Header, IPv4 Protocol). */
  protocol = 0;
  /** Offset, from `start`, of the byte that named `protocol`: where a Parameter Problem must point. */
  protocolPointer = 0;
  /** 6, 4, or 0 before `decode`. */
  family = 0;

  status: Status = Status.inFlight;
  /** Code of the first refusal, 0 if none; see `Drop`. */
  drop = Drop.none;
  /** What the reason's ICMP message needs: pointer or MTU. */
  dropParameter = 0;
  fate: Fate = Fate.undecided;
  /** To how many its frame went; unicast if there was none: no errors about a packet to many (RFC 4443 §2.4 e.4, e.5; RFC 1122 §3.2.2). */
  linkCast: LinkCast = LinkCast.unicast;

  /** Index of the interface the packet came in by; 0 if we originated it. */
  inInterface = 0;
  /** Index of the interface it will leave by; 0 before `classify`. */
  outInterface = 0;
  /** Row of the route in the route table; 0 if none was found. */
  route = 0;
  /** Next hop, as four big-endian int32 words (IPv4: the first word). All zero: the destination itself. */
  nextHop0 = 0;
  nextHop1 = 0;
  nextHop2 = 0;
  nextHop3 = 0;
  /** How much `hopLimit` has taken from the packet; an ICMP error gives it back in its quote. */
  hops = 0;
  /** How many times this packet has been encapsulated here (INET'99 §3.3). */
  depth = 0;
  /** How many security associations it was taken out of, and their numbers in the SADB, outermost first. */
  associations = 0;
  association0 = 0;
  association1 = 0;
  association2 = 0;
  association3 = 0;
  /** 1 when IPsec has had its turn on the way out: it is called once (INET'99 §3.3). */
  secured = 0;

  /** virtio-net GSO type; 0 for a packet that is one packet. */
  gsoType = 0;
  /** Payload bytes per segment of a super-packet. */
  gsoSize = 0;
  /** Where a partial checksum starts, as an offset from `start`, and where its field lies from there. Both 0: complete. */
  checksumStart = 0;
  checksumOffset = 0;

  /** When the packet was received: seconds and nanoseconds since the Unix epoch, 0 when nobody asked. */
  seconds = 0;
  nanoseconds = 0;

  /**
   * @param capacity bytes of the slab, headroom and tailroom included
   * @param recycler takes the packet on {@link release}; without one the garbage collector does
   */
  constructor(capacity: number, recycler?: Recycler) {
    const buffer = new ArrayBuffer(capacity);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#recycler = recycler;
  }

  /** Bytes from the network-layer header to the end. */
  get length(): number {
    return this.end - this.start;
  }

  /** Free bytes before the link-layer header. */
  get headroom(): number {
    return this.link;
  }

  /** Free bytes behind the packet. */
  get tailroom(): number {
    return this.bytes.length - this.end;
  }

  /**
   * Marks the packet as refused. The first reason wins, and a packet that was delivered or sent stays so.
   *
   * @param drop a code of `Drop`
   * @param parameter pointer or MTU for the ICMP message, where the reason has one
   *
   * @example
   * if (hopLimit <= 1) packet.refuse(Drop.hopLimitExceeded);
   */
  refuse(drop: number, parameter = 0): void {
    if (this.status !== Status.inFlight) return;
    this.status = Status.refused;
    this.drop = drop;
    this.dropParameter = parameter;
  }

  /** Makes this slab hold a fresh packet of `length` bytes at `headroom`. The bytes themselves are not cleared. */
  reset(headroom: number, length: number): this {
    this.start = headroom;
    this.end = headroom + length;
    this.link = headroom;
    this.upper = headroom;
    this.protocol = 0;
    this.protocolPointer = 0;
    this.family = 0;
    this.status = Status.inFlight;
    this.drop = Drop.none;
    this.dropParameter = 0;
    this.fate = Fate.undecided;
    this.linkCast = LinkCast.unicast;
    this.inInterface = 0;
    this.outInterface = 0;
    this.route = 0;
    this.nextHop0 = 0;
    this.nextHop1 = 0;
    this.nextHop2 = 0;
    this.nextHop3 = 0;
    this.hops = 0;
    this.depth = 0;
    this.associations = 0;
    this.association0 = 0;
    this.association1 = 0;
    this.association2 = 0;
    this.association3 = 0;
    this.secured = 0;
    this.gsoType = 0;
    this.gsoSize = 0;
    this.checksumStart = 0;
    this.checksumOffset = 0;
    this.seconds = 0;
    this.nanoseconds = 0;
    return this;
  }

  /** Gives the packet back. Whoever released it may not touch it again; a second release throws, for it is a bug. */
  release(): void {
    this.#recycler?.recycle(this);
  }
}
