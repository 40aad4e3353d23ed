import { describe, expect, test } from 'vitest';
import type { PingResult } from '../../../src/cli/demo/messages.ts';
import { type Expected, scenario } from '../../../src/cli/demo/scenario.ts';
import {
  carryOut,
  type Hosts,
  judgePing,
  judgeTcp,
  judgeTraceroute,
  judgeUdp,
  median,
} from '../../../src/cli/demo/steps.ts';

const result = (fields: Partial<PingResult>): PingResult => ({ sent: 1, times: [], errors: [], unsent: [], ...fields });
const tooBig = { from: 'fd00:a::1', type: 2, code: 0, meaning: 'packet too big', mtu: 1400 };
const noRoute = { from: 'fd00:a::1', type: 1, code: 0, meaning: 'no route' };

describe('a ping is judged by what came back', () => {
  const cases: [string, Expected, Partial<PingResult>, boolean, string][] = [
    [
      'answers',
      'answers',
      { sent: 2, times: [0.2, 0.4], hopLimit: 63 },
      true,
      '2 of 2 answered, 0.40 ms, hop limit 63',
    ],
    ['one lost', 'answers', { sent: 2, times: [0.2] }, false, '1 of 2 answered, 0.20 ms'],
    ['no answer', 'answers', {}, false, 'silence'],
    ['an error instead', 'answers', { errors: [noRoute] }, false, 'no route, says fd00:a::1'],
    ['not sent', 'answers', { unsent: ['ENETUNREACH'] }, false, 'not sent: ENETUNREACH'],
    ['silence', 'silence', {}, true, 'silence'],
    ['an error, not silence', 'silence', { errors: [noRoute] }, false, 'no route, says fd00:a::1'],
    ['not sent is not silence', 'silence', { unsent: ['EPERM'] }, false, 'not sent: EPERM'],
    ['the error', { error: 'no route', from: 'fd00:a::1' }, { errors: [noRoute] }, true, 'no route, says fd00:a::1'],
    [
      'from another',
      { error: 'no route', from: 'fd00:b::1' },
      { errors: [noRoute] },
      false,
      'no route, says fd00:a::1',
    ],
    [
      'another error',
      { error: 'reject route', from: 'fd00:a::1' },
      { errors: [noRoute] },
      false,
      'no route, says fd00:a::1',
    ],
    [
      'an answer, no error',
      { error: 'no route', from: 'fd00:a::1' },
      { times: [1] },
      false,
      '1 of 1 answered, 1.00 ms',
    ],
    [
      'the MTU',
      { error: 'packet too big', from: 'fd00:a::1', mtu: 1400 },
      { errors: [tooBig] },
      true,
      'packet too big, MTU 1,400, says fd00:a::1',
    ],
    [
      'another MTU',
      { error: 'packet too big', from: 'fd00:a::1', mtu: 1280 },
      { errors: [tooBig] },
      false,
      'packet too big, MTU 1,400, says fd00:a::1',
    ],
  ];
  test.each(cases)('%s', (_, expect_, fields, ok, text) => {
    expect(judgePing({ expect: expect_ }, result(fields))).toMatchObject({ ok, text });
  });
});

test('a traceroute is judged by its hops', () => {
  const expected = { expect: ['fd00:a::1', 'fd00:b::2'] };
  const hops = [{ from: 'fd00:a::1', time: 1 }, { from: 'fd00:b::2' }];
  expect(judgeTraceroute(expected, { hops, reached: true })).toEqual({ ok: true, text: 'fd00:a::1 → fd00:b::2' });
  expect(judgeTraceroute(expected, { hops, reached: false }).ok).toBe(false);
  expect(judgeTraceroute(expected, { hops: [{}, ...hops], reached: true })).toEqual({
    ok: false,
    text: '* → fd00:a::1 → fd00:b::2',
  });
});

test('UDP is judged by its loss', () => {
  const sent = { sent: 1_000, octets: 1_200_000, duration: 1_000 };
  const got = { received: 1_000, octets: 1_200_000, reordered: 0, duplicates: 0, duration: 1_000 };
  expect(judgeUdp(sent, got)).toEqual({
    ok: true,
    text: '1,000 of 1,000 datagrams, 9.6 Mbit/s, 0 % lost',
    throughput: 9_600_000,
  });
  expect(judgeUdp(sent, { ...got, received: 985, reordered: 3 })).toMatchObject({
    ok: true,
    text: '985 of 1,000 datagrams, 9.6 Mbit/s, 1.5 % lost, 3 out of order',
  });
  expect(judgeUdp(sent, { ...got, received: 900 }).ok).toBe(false);
  expect(judgeUdp(sent, { ...got, duplicates: 1 }).ok).toBe(false);
  expect(judgeUdp({ ...sent, sent: 0 }, { ...got, received: 0, octets: 0, duration: 0 }).ok).toBe(false);
});

test('TCP is judged by its hash', () => {
  const sent = { octets: 100_000_000, hash: 'x', duration: 1_000 };
  expect(judgeTcp(sent, sent)).toEqual({
    ok: true,
    text: '100 MB, 800 Mbit/s, same hash at both ends',
    throughput: 8e8,
  });
  expect(judgeTcp(sent, { ...sent, hash: 'y' })).toMatchObject({
    ok: false,
    text: '100 MB, 800 Mbit/s, the hashes differ',
  });
  expect(judgeTcp({ ...sent, octets: 0 }, { ...sent, octets: 0 }).ok).toBe(false);
});

test('the median of an even number of values is the upper one of the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(3);
  expect(median([])).toBeNaN();
});

test('a host that fails is a verdict', async () => {
  const dead = { ask: () => Promise.reject(new Error('host a: its process is gone')) };
  const hosts: Hosts = { a: dead, b: dead };
  for (const step of scenario) {
    expect(await carryOut(step, hosts)).toEqual({ ok: false, text: 'host a: its process is gone' });
  }
});
