import { type Observable, Subject } from 'rxjs';
import type { LinkLayerAddress } from '../wire/ethernet.ts';
import { minimumMtu } from '../wire/ipv6.ts';
import type { TunnelKindName } from '../wire/tunneling.ts';
import type { Change, Watchable } from './store.ts';

export interface InterfaceSpec {
  readonly name: string;
  /** What lies under it; `loopback` is the node itself, tunnels are in `node.tunnels`. */
  readonly kind: 'loopback' | 'tun' | 'tap' | 'packet' | 'memory' | TunnelKindName;
  /** Largest packet, in bytes, that the link carries. */
  readonly mtu: number;
  /** A link with one other end: no address resolution, and nothing goes back the way it came. */
  readonly pointToPoint: boolean;
  /** Ours on an Ethernet link, whose neighbors must be resolved. Undefined: packets go out bare. */
  readonly linkLayerAddress?: LinkLayerAddress | undefined;
}

export interface Interface extends InterfaceSpec {
  /** 1 to the limit; 0 is "no interface". Never reused for another name while the node lives. */
  readonly index: number;
  readonly up: boolean;
  /** Neither sends nor receives IPv6: another node of the link has its link-layer address (RFC 4862 §5.4.5). */
  readonly ipv6Disabled: boolean;
  /** What packets of ours begin with (RFC 4861 §6.3.2 CurHopLimit). */
  readonly hopLimit: number;
  /** What the device carries; `mtu` may be less, if a router says so. */
  readonly deviceMtu: number;
}

/** Columns by interface index, for steps: no object is touched per packet. */
export interface InterfaceTable {
  readonly mtu: Int32Array;
  /** What packets of ours begin with; in row 0 what those begin with that answer nobody. */
  readonly hopLimit: Uint8Array;
  /** 1 when the interface is up. */
  readonly up: Uint8Array;
  /** 1 when an Ethernet interface neither sends nor receives IPv6. */
  readonly ipv6Disabled: Uint8Array;
  readonly pointToPoint: Uint8Array;
  /** 1 when frames are Ethernet's; then our own link-layer address is in the next two. */
  readonly ethernet: Uint8Array;
  readonly linkLayerHigh: Uint16Array;
  readonly linkLayerLow: Int32Array;
}

/** IPDEFTTL, what most hosts begin with (RFC 1700). */
export const defaultHopLimit = 64;

export interface InterfacesOptions {
  /** Most interfaces, the loopback interface included. Default 1,024. */
  readonly limit?: number;
}

/**
 * The node's interfaces. Index 1 is always the loopback interface `lo0`, where routes to our own addresses lead
 * (INET'99 §3.2).
 *
 * @example
 * const interfaces = new Interfaces();
 * interfaces.changes$.subscribe(({ type, value }) => console.log(type, value.name, value.mtu));
 * const tun = interfaces.add({ name: 'tun0', kind: 'tun', mtu: 1500, pointToPoint: true });
 * interfaces.table.mtu[tun.index]; // 1500
 */
export class Interfaces implements Watchable<Interface> {
  readonly table: InterfaceTable;
  readonly limit: number;
  readonly #byIndex: (Interface | undefined)[] = [undefined];
  readonly #changes = new Subject<Change<Interface>>();
  readonly changes$: Observable<Change<Interface>> = this.#changes.asObservable();

  constructor(options: InterfacesOptions = {}) {
    this.limit = options.limit ?? 1_024;
    this.table = {
      mtu: new Int32Array(this.limit + 1),
      hopLimit: new Uint8Array(this.limit + 1),
      up: new Uint8Array(this.limit + 1),
      ipv6Disabled: new Uint8Array(this.limit + 1),
      pointToPoint: new Uint8Array(this.limit + 1),
      ethernet: new Uint8Array(this.limit + 1),
      linkLayerHigh: new Uint16Array(this.limit + 1),
      linkLayerLow: new Int32Array(this.limit + 1),
    };
    this.table.hopLimit[0] = defaultHopLimit;
    this.add({ name: 'lo0', kind: 'loopback', mtu: 65_536, pointToPoint: false });
  }

  /** Index of the loopback interface. */
  readonly loopback = 1;

  /** Adds an interface; it is up. Throws when the name is taken or the limit reached. */
  add(spec: InterfaceSpec): Interface {
    if (this.byName(spec.name) !== undefined) throw new Error(`umigame: interface ${spec.name} exists already`);
    const index = this.#byIndex.length;
    if (index > this.limit) throw new Error(`umigame: no more than ${this.limit} interfaces`);
    const fields = { index, up: true, ipv6Disabled: false, hopLimit: defaultHopLimit, deviceMtu: spec.mtu };
    return this.#write({ ...spec, ...fields }, 'added');
  }

  get(index: number): Interface | undefined {
    return this.#byIndex[index];
  }

  byName(name: string): Interface | undefined {
    return this.#byIndex.find((entry) => entry?.name === name);
  }

  /** Name for people; `?` for an index that is not in use. */
  nameOf(index: number): string {
    return this.#byIndex[index]?.name ?? '?';
  }

  /** Every interface, loopback first. */
  *[Symbol.iterator](): Iterator<Interface> {
    for (const entry of this.#byIndex) if (entry !== undefined) yield entry;
  }

  /** The device carries packets of another size now. */
  resize(index: number, mtu: number): void {
    this.#change(index, { mtu, deviceMtu: mtu });
  }

  /**
   * Takes the MTU that a router advertises for the link: 1,280 to what the device carries (RFC 4861 §6.3.4).
   *
   * @returns false when it is out of these bounds, and nothing changes
   */
  restrictMtu(index: number, mtu: number): boolean {
    const entry = this.#byIndex[index];
    if (entry === undefined || mtu < minimumMtu || mtu > entry.deviceMtu) return false;
    if (mtu !== entry.mtu) this.#change(index, { mtu });
    return true;
  }

  /** What packets of ours begin with by this interface: 1 to 255, {@link defaultHopLimit} if nobody says otherwise. */
  setHopLimit(index: number, hopLimit: number): void {
    if (hopLimit < 1 || hopLimit > 255 || this.#byIndex[index]?.hopLimit === hopLimit) return;
    this.#change(index, { hopLimit });
  }

  /** Gives an Ethernet interface another address: of ours, on its link. Addresses made from the old one stay. */
  changeLinkLayerAddress(index: number, linkLayerAddress: LinkLayerAddress): void {
    if (this.table.ethernet[index] === 1) this.#change(index, { linkLayerAddress });
  }

  /** IPv6 may use it again, too. */
  bringUp(index: number): void {
    this.#change(index, { up: true, ipv6Disabled: false });
  }

  takeDown(index: number): void {
    this.#change(index, { up: false });
  }

  /** Lets an Ethernet interface neither send nor receive IPv6, until it is brought up again (RFC 4862 §5.4.5). */
  disableIpv6(index: number): void {
    this.#change(index, { ipv6Disabled: true });
  }

  /** Forgets the interface; its index is not used again. */
  remove(index: number): void {
    const entry = this.#byIndex[index];
    if (entry === undefined || index === this.loopback) return;
    this.table.up[index] = 0;
    this.table.ethernet[index] = 0;
    this.table.ipv6Disabled[index] = 0;
    this.#byIndex[index] = undefined;
    this.#changes.next({ type: 'removed', value: { ...entry, up: false } });
  }

  close(): void {
    this.#changes.complete();
  }

  #change(index: number, fields: Partial<Interface>): void {
    const entry = this.#byIndex[index];
    if (entry !== undefined) this.#write({ ...entry, ...fields }, 'updated');
  }

  #write(entry: Interface, type: 'added' | 'updated'): Interface {
    this.#byIndex[entry.index] = entry;
    this.table.mtu[entry.index] = entry.mtu;
    this.table.hopLimit[entry.index] = entry.hopLimit;
    this.table.up[entry.index] = entry.up ? 1 : 0;
    this.table.ipv6Disabled[entry.index] = entry.ipv6Disabled ? 1 : 0;
    this.table.pointToPoint[entry.index] = entry.pointToPoint ? 1 : 0;
    this.table.ethernet[entry.index] = entry.linkLayerAddress === undefined ? 0 : 1;
    this.table.linkLayerHigh[entry.index] = entry.linkLayerAddress?.high ?? 0;
    this.table.linkLayerLow[entry.index] = entry.linkLayerAddress?.low ?? 0;
    this.#changes.next({ type, value: entry });
    return entry;
  }
}
