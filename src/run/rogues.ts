import { type Observable, Subject } from 'rxjs';
import type { InterfaceConfig, RogueWatch } from '../config/index.ts';
import type { RogueAdvertisement, RogueAdvertisementOptions } from '../operators/index.ts';
import type { Node } from '../state/node.ts';
import { TokenBuckets } from '../state/token-bucket.ts';
import { equalAddress } from '../wire/address.ts';

/** Reports a second on each interface, and of these at once: whoever floods a link with advertisements fills no log. */
const reportRate = 1;
const reportBurst = 8;

/** The watches for rogue advertisements that a configuration asks for. */
export class Rogues {
  readonly #watches = new Map<number, RogueWatch>();
  readonly #rogues = new Subject<RogueAdvertisement>();
  /** Advertisements of routers that may not; how many there were in all, the reasons for refusal tell. */
  readonly rogues$: Observable<RogueAdvertisement> = this.#rogues.asObservable();

  watch(interfaceIndex: number, { rogueAdvertisements }: InterfaceConfig): void {
    if (rogueAdvertisements !== undefined) this.#watches.set(interfaceIndex, rogueAdvertisements);
  }

  /** For the router; empty when nothing is watched. */
  options({ interfaces, scheduler }: Node): { readonly rogueAdvertisements?: RogueAdvertisementOptions } {
    if (this.#watches.size === 0) return {};
    const budget = new TokenBuckets({ count: interfaces.limit + 1, rate: reportRate, burst: reportBurst });
    return {
      rogueAdvertisements: {
        isAllowed: (router, index) =>
          this.#watches.get(index)?.routers.some((each) => equalAddress(each, router)) ?? true,
        isCountered: (index) => this.#watches.get(index)?.counter === true,
        report: (rogue) => {
          if (budget.take(rogue.interfaceIndex, scheduler.now())) this.#rogues.next(rogue);
        },
      },
    };
  }

  close(): void {
    this.#rogues.complete();
  }
}
