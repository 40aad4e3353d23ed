import { type Observable, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { trace } from '../../src/operators/trace.ts';
import { Packet, Status } from '../../src/packet/packet.ts';

const packet = (status: Status): Packet => {
  const made = new Packet(20).reset(0, 20);
  made.status = status;
  return made;
};

/** In flight, delivered, sent and refused: all are printed and passed on. */
const packets = {
  f: packet(Status.inFlight),
  d: packet(Status.delivered),
  s: packet(Status.sent),
  r: packet(Status.refused),
};

const run = (test: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void): void =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);

describe('trace', () => {
  it.each([
    ['never', ' -     ', '-     ', '^     '],
    ['empty', ' ---|  ', '---|  ', '^--!  '],
    ['one', '   -f-|  ', '-f-|  ', '^--!  '],
    ['many', '  -fdsr|', '-fdsr|', '^----!'],
    ['error', ' -fd-# ', '-fd-# ', '^---! '],
    ['endless', '-f-d--', '-f-d--', '^-----'],
  ])('passes everything on in its frame: %s', (_name, source, result, subscription) => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold(source.trim(), packets);
      expectObservable(source$.pipe(trace(() => undefined))).toBe(result.trim(), packets);
      expectSubscriptions(source$.subscriptions).toBe(subscription.trim().replace(/-+$/, ''));
    });
  });

  it('stops printing when it is unsubscribed', () => {
    const lines: string[] = [];
    run(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('    -f-d-s-r', packets);
      const subscription = '   ^---!   ';
      expectObservable(source$.pipe(trace((line) => lines.push(line))), subscription).toBe('-f-d', packets);
      expectSubscriptions(source$.subscriptions).toBe(subscription);
    });
    expect(lines).toHaveLength(2);
  });

  it('errors when the printer throws', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('--f-f', packets);
      const broken: Observable<Packet> = source$.pipe(
        trace(() => {
          throw new Error('paper jam');
        }),
      );
      expectObservable(broken).toBe('--#', undefined, new Error('paper jam'));
      expectSubscriptions(source$.subscriptions).toBe('^-!');
    });
  });

  it('prints nothing for a source that only errors', () => {
    const lines: string[] = [];
    run(({ expectObservable }) => {
      const failed$ = throwError(() => 'failed').pipe(trace((line) => lines.push(line)));
      expectObservable(failed$).toBe('#', undefined, 'failed');
    });
    expect(lines).toEqual([]);
  });
});
