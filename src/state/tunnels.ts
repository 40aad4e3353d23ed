import { type Observable, Subject } from 'rxjs';
import { formatAddress } from '../wire/address.ts';
import { remoteOf, type TunnelParameters } from '../wire/tunneling.ts';
import type { Change, Watchable } from './store.ts';
import { TunnelDispatch, type TunnelEntrance } from './tunnel-dispatch.ts';
import { newTunnelTable, type TunnelTable, writeTunnel } from './tunnel-table.ts';
import { entrancesPerTunnel, traitsOf } from './tunnel-traits.ts';

/** Bounds of tunnels. */
export interface TunnelOptions {
  /** How often a packet may be encapsulated here, at most 8. Default 4. */
  readonly depth?: number;
  /** How often a packet may be taken out of a tunnel here. Default 4. */
  readonly decapsulations?: number;
  /** Loops that are remembered. Default 64. */
  readonly loops?: number;
}

export const tunnelLimitDefaults: Required<TunnelOptions> = { depth: 4, decapsulations: 4, loops: 64 };

export type Tunnel = TunnelParameters & { readonly interfaceIndex: number };

const entrancesOf = (tunnel: TunnelParameters): TunnelEntrance[] => {
  const { protocols, sources, discriminator } = traitsOf(tunnel);
  return protocols.flatMap((protocol) =>
    sources(tunnel).map((remote) => ({
      protocol,
      discriminator: discriminator(tunnel),
      local: tunnel.local,
      remote,
    })),
  );
};

/**
 * The node's tunnels: interfaces without a device, whose packets leave in other packets (INET'99 §3.3). The interface
 * has routes, addresses and counters like any other; here stands how its outer headers are made, and which outer
 * packets come out of it.
 *
 * @example
 * const six = node.interfaces.add({ name: 'six', kind: 'gif', mtu: 1280, pointToPoint: true });
 * const ends = { local: parseAddress('10.0.2.1')!, remote: parseAddress('10.0.2.2')! };
 * node.tunnels.add({ interfaceIndex: six.index, kind: 'gif', ...ends });
 */
export class Tunnels implements Watchable<Tunnel> {
  readonly options: Required<TunnelOptions>;
  readonly table: TunnelTable;
  readonly dispatch: TunnelDispatch;
  /** Of hashes in outer headers: they can't be told from outside. */
  readonly seed: number;
  readonly #tunnels = new Map<number, Tunnel>();
  readonly #changes = new Subject<Change<Tunnel>>();
  readonly changes$: Observable<Change<Tunnel>> = this.#changes.asObservable();

  constructor(needs: { readonly interfaceLimit: number; readonly seed: number }, options: TunnelOptions = {}) {
    this.options = { ...tunnelLimitDefaults, ...options };
    this.table = newTunnelTable(needs.interfaceLimit);
    this.seed = needs.seed | 0;
    this.dispatch = new TunnelDispatch({ limit: needs.interfaceLimit * entrancesPerTunnel, seed: needs.seed });
  }

  get size(): number {
    return this.#tunnels.size;
  }

  get(interfaceIndex: number): Tunnel | undefined {
    return this.#tunnels.get(interfaceIndex);
  }

  /** The first that fits. */
  find(fits: (tunnel: Tunnel) => boolean): Tunnel | undefined {
    for (const tunnel of this.#tunnels.values()) if (fits(tunnel)) return tunnel;
    return undefined;
  }

  /** In the order in which they were added. */
  list(): readonly Tunnel[] {
    return [...this.#tunnels.values()];
  }

  /**
   * Makes an interface a tunnel.
   *
   * @throws when it is one already, its ends are of two IP versions, or another tunnel has the same ends
   */
  add(tunnel: Tunnel): Tunnel {
    const { interfaceIndex, local } = tunnel;
    const remote = remoteOf(tunnel);
    if (this.#tunnels.has(interfaceIndex)) {
      throw new Error(`umigame: interface ${interfaceIndex} is a tunnel already`);
    }
    if (remote !== undefined && remote.family !== local.family) {
      throw new Error('umigame: the ends of a tunnel are of two IP versions');
    }
    if (remote === undefined && local.family !== 4) {
      throw new Error('umigame: a tunnel that finds its other ends by itself needs an IPv4 address');
    }
    const entrances = entrancesOf(tunnel);
    if (entrances.some((entrance) => this.dispatch.ownerOf(entrance) !== 0)) {
      const other = remote === undefined ? 'anyone' : formatAddress(remote);
      throw new Error(`umigame: there is a tunnel between ${formatAddress(local)} and ${other} already`);
    }
    for (const entrance of entrances) {
      this.dispatch.add(interfaceIndex, entrance);
      this.#countProtocol(entrance.protocol, 1);
    }
    writeTunnel(this.table, interfaceIndex, tunnel);
    this.#tunnels.set(interfaceIndex, tunnel);
    this.#changes.next({ type: 'added', value: tunnel });
    return tunnel;
  }

  remove(interfaceIndex: number): boolean {
    const tunnel = this.#tunnels.get(interfaceIndex);
    if (tunnel === undefined) return false;
    for (const entrance of entrancesOf(tunnel)) {
      this.dispatch.remove(entrance);
      this.#countProtocol(entrance.protocol, -1);
    }
    this.table.kind[interfaceIndex] = 0;
    this.table.loop[interfaceIndex] = 0;
    this.#tunnels.delete(interfaceIndex);
    this.#changes.next({ type: 'removed', value: tunnel });
    return true;
  }

  close(): void {
    this.#changes.complete();
  }

  #countProtocol(protocol: number, more: 1 | -1): void {
    this.table.protocols[protocol] = (this.table.protocols[protocol] as number) + more;
  }
}
