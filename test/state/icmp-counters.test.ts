import { expect, it } from 'vitest';
import { IcmpCounters } from '../../src/state/icmp-counters.ts';

it('counts messages by type, each IP version apart (RFC 4293 icmpMsgStatsTable)', () => {
  const icmp = new IcmpCounters(4);
  for (const type of [128, 128, 135, 1]) icmp.received(6, type);
  for (const type of [129, 1]) icmp.sent(6, type);
  icmp.received(4, 8);
  icmp.sent(4, 0);
  expect(icmp.messages(6)).toEqual([
    { type: 1, inPkts: 1, outPkts: 1 },
    { type: 128, inPkts: 2, outPkts: 0 },
    { type: 129, inPkts: 0, outPkts: 1 },
    { type: 135, inPkts: 1, outPkts: 0 },
  ]);
  expect(icmp.messages(4)).toEqual([
    { type: 0, inPkts: 0, outPkts: 1 },
    { type: 8, inPkts: 1, outPkts: 0 },
  ]);
});

it('sums them up (RFC 4293 icmpStatsTable)', () => {
  const icmp = new IcmpCounters(4);
  for (const type of [128, 255, 0]) icmp.received(6, type);
  icmp.receivedBad(6);
  icmp.sent(6, 129);
  icmp.notSent(6);
  icmp.notSent(6);
  icmp.received(4, 255);
  const all = (family: 4 | 6): number[] =>
    (['inMsgs', 'inErrors', 'outMsgs', 'outErrors'] as const).map((name) => icmp.get(family, name));
  expect([all(6), all(4)]).toEqual([
    [3, 1, 1, 2],
    [1, 0, 0, 0],
  ]);
});

it('counts the errors that were held back, by interface and IP version', () => {
  const icmp = new IcmpCounters(4);
  icmp.suppressed(2, 6);
  icmp.suppressed(2, 4);
  icmp.suppressed(4, 6);
  expect([icmp.suppressedErrors(), icmp.suppressedErrors(2), icmp.suppressedErrors(2, 6)]).toEqual([3, 2, 1]);
  expect([icmp.suppressedErrors(undefined, 6), icmp.suppressedErrors(3)]).toEqual([2, 0]);
});
