import type { Observable } from 'rxjs';

/** What happened to one entry of a store. */
export interface Change<V> {
  readonly type: 'added' | 'updated' | 'removed';
  /** The entry as it is now; for `removed`, as it was last. */
  readonly value: V;
}

/**
 * A value you can ask and a stream you can watch. Readers call synchronous look-ups; watchers subscribe to
 * `changes$`; writers use the store's own verbs.
 */
export interface Watchable<V> {
  /** Every change from the moment of subscription on; ends when the store is closed. */
  readonly changes$: Observable<Change<V>>;
}
