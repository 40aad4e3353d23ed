import fc from 'fast-check';
import { expect, test } from 'vitest';
import { controlRequests } from '../../../src/run/control/index.ts';
import { addAddress } from '../../support/testbed.ts';
import { client, opened } from './support.ts';

const known = [...controlRequests.map(({ name }) => name), 'unwatch'];
const words = [
  'a',
  'b',
  'lo0',
  '::/0',
  '2001:db8::/32',
  '10.0.0.0/8',
  'fd00:b::2',
  'fe80::1',
  'fe80::2%e',
  'fd00:e::2',
  '10.0.5.2',
  '02:00:00:00:00:02',
  'e',
  '::/0+1',
  '1',
  '',
  '__proto__',
];
const keys = [
  'to',
  'via',
  'dev',
  'metric',
  'reject',
  'blackhole',
  'interface',
  'period',
  'limit',
  'after',
  'family',
  'address',
  'linkLayerAddress',
  'id',
];
const value = fc.oneof(
  fc.constantFrom<unknown>(...words, 0, 1, 4, 6, -1, 1.5, 1e99, true, null),
  fc.jsonValue({ maxDepth: 2 }),
);
/** Nearly a request. */
const request = fc.record(
  {
    id: fc.oneof(fc.integer(), fc.string({ maxLength: 70 }), value),
    request: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: value }),
    parameters: fc.oneof(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 4 }), value),
    watch: fc.oneof(fc.boolean(), value),
  },
  { requiredKeys: ['request'] },
);
const line = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.json({ maxDepth: 4 }),
  request.map((each) => JSON.stringify(each)),
  fc.tuple(request, fc.nat(80)).map(([each, at]) => JSON.stringify(each).slice(0, at)),
  fc
    .constantFrom('[', '{')
    .chain((bracket) => fc.integer({ min: 1, max: 60_000 }).map((depth) => bracket.repeat(depth))),
);

test('whatever a client says, the router answers the next one', { timeout: 60_000 }, async () => {
  const { path, node, pool } = await opened();
  const linkLayerAddress = { high: 0x0200, low: 1 };
  node.interfaces.add({ name: 'e', kind: 'memory', mtu: 1500, pointToPoint: false, linkLayerAddress });
  for (const each of ['fd00:e::1/64', '10.0.5.1/24']) addAddress(node, 5, each);
  const interfaces = [...node.interfaces].length;
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 30 }), async (lines) => {
      const peer = await client(path);
      for (const each of lines) peer.write(`${each}\n`);
      peer.say({ id: 'last words', request: 'show addresses' });
      for (let answer = await peer.next(); answer !== undefined; answer = await peer.next()) {
        expect(Object.keys(answer as object).join()).toMatch(/^(id,(result|error|watching|event|end)|closed)$/);
        expect(answer).not.toMatchObject({ error: { code: 'internal' } });
        if ((answer as { id?: unknown }).id === 'last words' || 'closed' in (answer as object)) break;
      }
      peer.socket.destroy();
    }),
    { numRuns: 300 },
  );
  const peer = await client(path);
  expect(await peer.exchange({ id: 1, request: 'show stats' })).toMatchObject([{ id: 1, result: {} }]);
  expect([[...node.interfaces].length, pool.outstanding]).toEqual([interfaces, 0]);
});

test('also when it says it in any pieces, and goes when it likes', { timeout: 60_000 }, async () => {
  const { path } = await opened();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 }), async (pieces) => {
      const peer = await client(path);
      for (const piece of pieces) peer.socket.write(piece);
      peer.socket.destroySoon();
      await new Promise((resolve) => peer.socket.once('close', resolve));
    }),
    { numRuns: 200 },
  );
  const peer = await client(path);
  expect(await peer.exchange({ id: 1, request: 'show requests' })).toMatchObject([{ id: 1, result: {} }]);
});
