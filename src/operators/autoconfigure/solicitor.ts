import type { Subscription } from 'rxjs';
import type { Node } from '../../state/node.ts';
import { quiet, type Solicitation, transition } from './solicitation.ts';

/** Solicits the routers of one link, when `transition` says so. */
export class Solicitor {
  readonly #node: Pick<Node, 'random' | 'scheduler'>;
  readonly #solicit: () => void;
  #state: Solicitation = quiet;
  #timer: Subscription | undefined;

  /** @param solicit sends a Router Solicitation */
  constructor(node: Pick<Node, 'random' | 'scheduler'>, solicit: () => void) {
    this.#node = node;
    this.#solicit = solicit;
  }

  /** `start` when routers are wanted, `advertised` when one was heard, `stop` when none can be asked. */
  event(type: 'start' | 'due' | 'advertised' | 'stop'): void {
    const { random, scheduler } = this.#node;
    const now = scheduler.now();
    const [state, sends] = transition(this.#state, type, { now, random });
    this.#state = state;
    this.#timer?.unsubscribe();
    // A timer that runs out a little early is set again.
    const isWaiting = Number.isFinite(state.next);
    this.#timer = isWaiting ? scheduler.schedule(() => this.event('due'), Math.max(0, state.next - now)) : undefined;
    if (sends) this.#solicit();
  }

  /** Asks nobody any more. */
  close(): void {
    this.event('stop');
  }
}
