import { type Observable, Subject } from 'rxjs';
import type { IpAddress } from '../wire/address.ts';
import type { Change, Watchable } from './store.ts';
import { WordTable } from './word-table.ts';

/** A multicast group that is listened to on an interface. */
export interface Membership {
  readonly interfaceIndex: number;
  readonly group: IpAddress;
}

/**
 * Which multicast groups we listen to, per interface (RFC 4291 §2.8, RFC 1112 §7). Joins are counted: a group is left
 * when every join has been undone, so that two addresses may share a solicited-node group.
 *
 * @example
 * memberships.join(tun.index, allNodes);
 * memberships.has6(tun.index, packet.view, packet.start + 24);
 */
export class Memberships implements Watchable<Membership> {
  readonly #table: WordTable;
  readonly #joins: Int32Array;
  readonly #changes = new Subject<Change<Membership>>();
  readonly changes$: Observable<Change<Membership>> = this.#changes.asObservable();

  /** @param options most memberships, default 4,096; seed of the hash */
  constructor(options: { readonly limit?: number; readonly seed: number }) {
    const limit = options.limit ?? 4_096;
    this.#table = new WordTable({ words: 6, limit, seed: options.seed });
    this.#joins = new Int32Array(limit + 1);
  }

  /** @throws when the table is full */
  join(interfaceIndex: number, group: IpAddress): void {
    this.#key(interfaceIndex, group);
    const row = this.#table.insert();
    if (row === 0) throw new Error(`umigame: no more than ${this.#table.limit} multicast memberships`);
    const joins = (this.#joins[row] as number) + 1;
    this.#joins[row] = joins;
    if (joins === 1) this.#changes.next({ type: 'added', value: { interfaceIndex, group } });
  }

  leave(interfaceIndex: number, group: IpAddress): void {
    this.#key(interfaceIndex, group);
    const row = this.#table.find();
    if (row === 0) return;
    const joins = (this.#joins[row] as number) - 1;
    this.#joins[row] = joins;
    if (joins > 0) return;
    this.#table.remove();
    this.#changes.next({ type: 'removed', value: { interfaceIndex, group } });
  }

  /** Is the IPv6 group at `at` listened to on the interface? */
  has6(interfaceIndex: number, view: DataView, at: number): boolean {
    const key = this.#table.key;
    key[0] = interfaceIndex;
    key[1] = 6;
    key[2] = view.getInt32(at);
    key[3] = view.getInt32(at + 4);
    key[4] = view.getInt32(at + 8);
    key[5] = view.getInt32(at + 12);
    return this.#table.find() !== 0;
  }

  /** Is the IPv4 group at `at` listened to on the interface? */
  has4(interfaceIndex: number, view: DataView, at: number): boolean {
    const key = this.#table.key;
    key[0] = interfaceIndex;
    key[1] = 4;
    key[2] = view.getInt32(at);
    key[3] = 0;
    key[4] = 0;
    key[5] = 0;
    return this.#table.find() !== 0;
  }

  close(): void {
    this.#changes.complete();
  }

  #key(interfaceIndex: number, group: IpAddress): void {
    const key = this.#table.key;
    key[0] = interfaceIndex;
    key[1] = group.family;
    key[2] = group.w0;
    key[3] = group.w1;
    key[4] = group.w2;
    key[5] = group.w3;
  }
}
