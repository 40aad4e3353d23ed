import { setTimeout as sleep } from 'node:timers/promises';
import { Observable, Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import {
  type ControlRequest,
  controlDefaults,
  controlRequests,
  defineRequest,
} from '../../../src/run/control/index.ts';
import { closingCodes } from '../../../src/run/control/protocol.ts';
import { addressOf } from '../../../src/testing/index.ts';
import { until } from '../../support/live.ts';
import { a } from '../../support/testbed.ts';
import { client, opened } from './support.ts';

const example = '{"id":1,"request":"show stats"}';
const closed = (code: keyof typeof closingCodes): object => ({ closed: { code, message: closingCodes[code] } });

describe('a request is answered', () => {
  test('under its id, a number or text', async () => {
    const { path } = await opened();
    const peer = await client(path);
    const ids = [1, -7, Number.MAX_SAFE_INTEGER, 'one', '海亀'];
    const answers = await peer.exchange(...ids.map((id) => ({ id, request: 'show addresses' })));
    expect(answers.map((answer) => (answer as { id: unknown }).id)).toEqual(ids);
  });

  test('in order, however many come at once, in however many pieces', async () => {
    const { path } = await opened();
    const peer = await client(path);
    const text = Array.from({ length: 500 }, (_, id) => `{"id":${id},"request":"show interfaces"}\n`).join('');
    for (let at = 0; at < text.length; at += 997) peer.write(text.slice(at, at + 997));
    for (let id = 0; id < 500; id += 1) expect(await peer.next()).toMatchObject({ id, result: { interfaces: {} } });
  });

  test('also when the client ends right behind it', async () => {
    const { path } = await opened();
    const peer = await client(path);
    peer.socket.end('{"id":1,"request":"show addresses"}\n');
    expect(await peer.next()).toMatchObject({ id: 1 });
    expect(await peer.next()).toBeUndefined();
  });

  test('without empty lines, with any white space', async () => {
    const { path } = await opened();
    const peer = await client(path);
    peer.write('\n\r\n  \n { "id" : 1 , "request" : "show addresses" } \r\n');
    expect(await peer.next()).toMatchObject({ id: 1, result: {} });
  });
});

describe('what is wrong is told, and the next request answered', () => {
  test.each([
    ['no JSON', 'hello', null, 'badRequest', `the line is not JSON; a request looks like ${example}`],
    ['half of JSON', '{"id":1', null, 'badRequest', `the line is not JSON; a request looks like ${example}`],
    ['JSON that is no object', '[1]', null, 'badRequest', `that is no request; one looks like ${example}`],
    ['no id', '{"request":"show stats"}', null, 'badRequest', `that is no request; one looks like ${example}`],
    [
      'a fraction as id',
      '{"id":1.5,"request":"x"}',
      null,
      'badRequest',
      `that is no request; one looks like ${example}`,
    ],
    ['a key too many', '{"id":1,"request":"x","then":1}', null, 'badRequest', /that is no request/],
    ['a hostile key', '{"id":1,"request":"x","__proto__":{}}', null, 'badRequest', /that is no request/],
    [
      'no such request',
      '{"id":1,"request":"show x"}',
      1,
      'unknownRequest',
      /^there is no request "show x"; known: show stats, /,
    ],
    ['a name of every object', '{"id":1,"request":"constructor"}', 1, 'unknownRequest', /no request "constructor"/],
    [
      'an unknown parameter',
      '{"id":1,"request":"show stats","parameters":{"interfaces":1}}',
      1,
      'badParameters',
      'unknown key "interfaces" (did you mean "interface"?); allowed: interface, period',
    ],
    [
      'a parameter of the wrong kind',
      '{"id":1,"request":"show stats","parameters":{"interface":7}}',
      1,
      'badParameters',
      'interface: 7 is not allowed here; allowed: the name of an interface',
    ],
    [
      'parameters that are none',
      '{"id":1,"request":"show stats","parameters":7}',
      1,
      'badParameters',
      '7 is not allowed here; allowed: an object with the keys interface, period',
    ],
    [
      'nothing to watch',
      '{"id":1,"request":"route get","parameters":{"to":"::1"},"watch":true}',
      1,
      'notWatchable',
      /asked, not watched/,
    ],
  ] as const)('%s', async (_, line, id, code, message) => {
    const { path } = await opened();
    const peer = await client(path);
    peer.write(`${line}\n`);
    const answer = (await peer.next()) as { id: unknown; error: { code: string; message: string } };
    expect([answer.id, answer.error.code]).toEqual([id, code]);
    expect(answer.error.message).toMatch(message);
    expect(await peer.exchange({ id: 2, request: 'show addresses' })).toMatchObject([{ id: 2, result: {} }]);
  });

  test('a bug in a request is its own', async () => {
    const buggy = defineRequest({
      name: 'bug',
      sentence: 'Throws.',
      parameters: {},
      answer: () => {
        throw new TypeError('umigame: x is not a function');
      },
      watch: () => new Observable((out) => out.error(new TypeError('nor is y'))),
    });
    const { path } = await opened({ requests: [buggy] });
    const peer = await client(path);
    expect(await peer.exchange({ id: 1, request: 'bug' }, { id: 2, request: 'bug', watch: true })).toEqual([
      { id: 1, error: { code: 'internal', message: 'x is not a function' } },
      { id: 2, watching: true },
    ]);
    expect(await peer.next()).toEqual({ id: 2, error: { code: 'internal', message: 'nor is y' } });
    expect(await peer.exchange({ id: 2, request: 'bug' })).toMatchObject([{ id: 2 }]);
  });
});

/** A request that says what the test says. */
const news = (): { readonly request: ControlRequest; readonly said$: Subject<object> } => {
  const said$ = new Subject<object>();
  const request = defineRequest({ name: 'news', sentence: '', parameters: {}, answer: () => ({}), watch: () => said$ });
  return { request, said$ };
};

describe('watching', () => {
  test('tells what happens from then on, beside answers to other requests', async () => {
    const { path, node } = await opened();
    const peer = await client(path);
    const requests = [
      { id: 'w', request: 'show addresses', watch: true },
      { id: 1, request: 'show requests' },
    ];
    expect(await peer.exchange(...requests)).toMatchObject([{ id: 'w', watching: true }, { id: 1 }]);
    node.addresses.add({ interfaceIndex: a, address: addressOf('fd00:a::9'), prefixLength: 64 });
    const value = { interface: 'a', address: 'fd00:a::9', prefixLength: 64, scope: 'global', flags: [] };
    expect(await peer.next()).toEqual({ id: 'w', event: { type: 'added', value } });
  });

  test('ends when the client says so', async () => {
    const { request, said$ } = news();
    const { path } = await opened({ requests: [request] });
    const peer = await client(path);
    await peer.exchange({ id: 1, request: 'news', watch: true });
    expect(said$.observed).toBe(true);
    peer.say(
      { id: 2, request: 'unwatch', parameters: { id: 1 } },
      { id: 3, request: 'unwatch', parameters: { id: 1 } },
    );
    expect(await peer.next()).toEqual({ id: 1, end: true });
    expect(await peer.next()).toEqual({ id: 2, result: { ended: true } });
    expect(await peer.next()).toEqual({ id: 3, result: { ended: false } });
    expect(said$.observed).toBe(false);
    for (const parameters of [undefined, {}, 7, null, { id: null }]) {
      const [answer] = await peer.exchange({ id: 4, request: 'unwatch', parameters });
      expect(answer).toMatchObject({ id: 4, error: { code: 'badParameters' } });
    }
  });

  test('ends when there is nothing more to tell', async () => {
    const { request, said$ } = news();
    const { path } = await opened({ requests: [request] });
    const peer = await client(path);
    await peer.exchange({ id: 1, request: 'news', watch: true });
    said$.next({ said: 1 });
    said$.complete();
    expect([await peer.next(), await peer.next()]).toEqual([
      { id: 1, event: { said: 1 } },
      { id: 1, end: true },
    ]);
  });

  test('ends when the client goes', async () => {
    const { request, said$ } = news();
    const { path } = await opened({ requests: [request] });
    const peer = await client(path);
    await peer.exchange({ id: 1, request: 'news', watch: true });
    peer.socket.destroy();
    await until(() => !said$.observed, 'the end of the watch');
  });

  test('has one thing under one id, and no more things than the limit', async () => {
    const { request } = news();
    const { path } = await opened({ requests: [request], limits: { watches: 2 } });
    const peer = await client(path);
    const watch = (id: number): object => ({ id, request: 'news', watch: true });
    expect(await peer.exchange(watch(1), watch(1), watch(2), watch(3))).toMatchObject([
      { id: 1, watching: true },
      { id: 1, error: { code: 'idInUse' } },
      { id: 2, watching: true },
      { id: 3, error: { code: 'tooManyWatches', message: 'no more than 2 watches for each client' } },
    ]);
  });
});

describe('a client costs no more than it may:', () => {
  test('one that asks and does not read is not read from', async () => {
    const { path } = await opened();
    const peer = await client(path);
    peer.socket.pause();
    const line = '{"id":1,"request":"show stats"}\n'.repeat(1_000);
    let flushed = 0;
    for (let i = 0; i < 100; i += 1) peer.socket.write(line, () => (flushed += 1));
    await sleep(100);
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    await sleep(200);
    const after = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    expect(flushed).toBeLessThan(100); // 3 MB: more than fits between us
    expect(after - before).toBeLessThan(10_000_000);
    const other = await client(path);
    expect(await other.exchange({ id: 1, request: 'show addresses' })).toMatchObject([{ id: 1 }]);
  });

  test('one that watches and does not read is let go, with the reason', async () => {
    const { request, said$ } = news();
    const backlogBytes = 100_000;
    const { path } = await opened({ requests: [request], limits: { backlogBytes } });
    const peer = await client(path);
    await peer.exchange({ id: 1, request: 'news', watch: true });
    peer.socket.pause();
    const text = 'x'.repeat(10_000);
    let said = 0;
    while (said$.observed && said < 1_000) {
      said$.next({ text });
      said += 1;
      await sleep(0);
    }
    expect(said$.observed).toBe(false);
    expect(said).toBeLessThan(200); // what Linux holds for both, and the backlog
    peer.socket.resume();
    let last: unknown;
    for (let line = await peer.next(); line !== undefined; line = await peer.next()) last = line;
    expect(last).toEqual(closed('tooSlow'));
  });

  test('one that does not read even the reason is gone after a while', async () => {
    const { request, said$ } = news();
    const { path } = await opened({ requests: [request], limits: { backlogBytes: 1_000, clients: 1, patience: 100 } });
    const peer = await client(path);
    await peer.exchange({ id: 1, request: 'news', watch: true });
    peer.socket.pause();
    while (said$.observed) {
      said$.next({ text: 'x'.repeat(100_000) });
      await sleep(0);
    }
    const next = await client(path);
    expect(await next.next()).toEqual(closed('tooManyClients'));
    await sleep(300);
    expect(await (await client(path)).exchange({ id: 1, request: 'news' })).toEqual([{ id: 1, result: {} }]);
  });

  test('one more than the limit is told so; when another goes, the next may come', async () => {
    const { path } = await opened({ limits: { clients: 2 } });
    const peers = [await client(path), await client(path), await client(path)] as const;
    expect([await peers[2].next(), await peers[2].next()]).toEqual([closed('tooManyClients'), undefined]);
    expect(await peers[1].exchange({ id: 1, request: 'show addresses' })).toMatchObject([{ id: 1 }]);
    peers[0].socket.destroy();
    let next = await client(path);
    for (let attempts = 0; attempts < 100; attempts += 1) {
      const [answer] = await next.exchange({ id: 1, request: 'show addresses' });
      if (answer !== undefined && 'id' in (answer as object)) return;
      next = await client(path);
    }
    expect.unreachable('the place of the client that went was not given away');
  });

  test('a line may be so long and no longer', async () => {
    const { path } = await opened();
    const peer = await client(path);
    const { lineBytes } = controlDefaults;
    const request = '{"id":1,"request":"show addresses"}';
    peer.write(`${request.padEnd(lineBytes)}\n`);
    expect(await peer.next()).toMatchObject({ id: 1, result: {} });
    peer.write(`${request.padEnd(lineBytes + 1)}\n`);
    expect([await peer.next(), await peer.next()]).toEqual([closed('lineTooLong'), undefined]);
    const endless = await client(path);
    endless.write('x'.repeat(lineBytes + 1));
    expect(await endless.next()).toEqual(closed('lineTooLong'));
  });

  test('packets have their turn between the requests of a busy client', async () => {
    let answered = 0;
    const counting = defineRequest({
      name: 'count',
      sentence: '',
      parameters: {},
      answer: () => {
        answered += 1;
        return {};
      },
    });
    const { path } = await opened({ requests: [counting] });
    const peer = await client(path);
    peer.write('{"id":1,"request":"count"}\n'.repeat(2_000));
    const most: number[] = [];
    let before = 0;
    while (answered < 2_000) {
      await new Promise((resolve) => setImmediate(resolve));
      most.push(answered - before);
      before = answered;
    }
    expect(Math.max(...most)).toBeLessThanOrEqual(64);
  });
});

test('when the router stops, clients are told and let go', async () => {
  const { path, control } = await opened();
  const peers = await Promise.all([client(path), client(path)]);
  for (const peer of peers) await peer.exchange({ id: 1, request: 'show addresses', watch: true });
  control.close();
  for (const peer of peers) expect([await peer.next(), await peer.next()]).toEqual([closed('stopping'), undefined]);
  await expect(client(path)).rejects.toThrow('ENOENT');
});

test('every request has a name of its own, a sentence, and lists its parameters', () => {
  const names = controlRequests.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { sentence } of controlRequests) expect(sentence).toMatch(/^[A-Z].*\.$/);
});
