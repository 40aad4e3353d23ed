import type { SchedulerLike, Subscription } from 'rxjs';

/**
 * Something that is done once, however often it is asked for, at the next turn of the scheduler: when all that a message
 * says has been taken, or all that an event has brought about. What is asked for while it is done is done in another
 * turn.
 *
 * @example
 * const settling = new NextTurn(scheduler, () => settle());
 * prefixes.changes$.subscribe(() => settling.ask());
 */
export class NextTurn {
  readonly #scheduler: SchedulerLike;
  readonly #work: () => void;
  #timer: Subscription | undefined;

  constructor(scheduler: SchedulerLike, work: () => void) {
    this.#scheduler = scheduler;
    this.#work = work;
  }

  ask(): void {
    this.#timer ??= this.#scheduler.schedule(() => {
      this.#timer = undefined;
      this.#work();
    });
  }

  cancel(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }
}
