import { filter, type Observable, Subject, type Subscription } from 'rxjs';
import type { Interfaces } from './interfaces.ts';
import type { Change, Watchable } from './store.ts';

/** How an interface configures itself from what routers say (RFC 4862). */
export interface Autoconfiguration {
  /** What addresses end with: numbers that tell nobody where else we are (RFC 7217), or the link-layer address. */
  readonly identifiers: 'stable' | 'eui64';
  /** Has it addresses that change, too (RFC 8981)? */
  readonly temporary: boolean;
  /** Are addresses used before it is certain that nobody else has them (RFC 4429)? */
  readonly optimistic: boolean;
  /** Are Redirects believed (RFC 4861 §8)? */
  readonly redirects: boolean;
  /** What stable identifiers are made with; 16 bytes or more (RFC 7217 §5). */
  readonly secret: Uint8Array;
}

/** An interface that configures itself, and how. */
export interface AutoconfiguredInterface extends Autoconfiguration {
  readonly interfaceIndex: number;
}

/** What is not said; the secret is random, another in each node. */
export const autoconfigurationDefaults: Omit<Autoconfiguration, 'secret'> = {
  identifiers: 'stable',
  temporary: false,
  optimistic: false,
  redirects: true,
};

const secretLength = 32;

/**
 * Which interfaces are a host's: they solicit routers, and believe them.
 *
 * @example
 * node.autoconfigurations.changes$.subscribe(({ type, value }) => console.log(type, value.interfaceIndex));
 * node.autoconfigurations.enable(tap.index, { temporary: true });
 */
export class Autoconfigurations implements Watchable<AutoconfiguredInterface> {
  readonly #interfaces: Interfaces;
  readonly #secret: Uint8Array;
  readonly #entries = new Map<number, AutoconfiguredInterface>();
  readonly #watching: Subscription;
  readonly #changes = new Subject<Change<AutoconfiguredInterface>>();
  readonly changes$: Observable<Change<AutoconfiguredInterface>> = this.#changes.asObservable();

  constructor(node: { readonly interfaces: Interfaces; readonly random: () => number }) {
    this.#interfaces = node.interfaces;
    this.#secret = Uint8Array.from({ length: secretLength }, () => Math.floor(node.random() * 256));
    this.#watching = node.interfaces.changes$
      .pipe(filter(({ type }) => type === 'removed'))
      .subscribe(({ value }) => this.disable(value.index));
  }

  /**
   * The interface configures itself from now on, or otherwise than before. What is not given has its default.
   *
   * @throws when there is no such interface
   */
  enable(interfaceIndex: number, given: Partial<Autoconfiguration> = {}): void {
    if (this.#interfaces.get(interfaceIndex) === undefined || interfaceIndex === this.#interfaces.loopback) {
      throw new Error(`umigame: there is no interface ${interfaceIndex} to configure itself`);
    }
    const type = this.#entries.has(interfaceIndex) ? 'updated' : 'added';
    const value = { secret: this.#secret, ...autoconfigurationDefaults, ...given, interfaceIndex };
    this.#entries.set(interfaceIndex, value);
    this.#changes.next({ type, value });
  }

  /** It does so no longer; what it has learnt stays until its time is over. */
  disable(interfaceIndex: number): void {
    const value = this.#entries.get(interfaceIndex);
    if (value === undefined) return;
    this.#entries.delete(interfaceIndex);
    this.#changes.next({ type: 'removed', value });
  }

  get(interfaceIndex: number): AutoconfiguredInterface | undefined {
    return this.#entries.get(interfaceIndex);
  }

  /** Every interface that configures itself. */
  [Symbol.iterator](): Iterator<AutoconfiguredInterface> {
    return this.#entries.values();
  }

  close(): void {
    this.#watching.unsubscribe();
    this.#changes.complete();
  }
}
