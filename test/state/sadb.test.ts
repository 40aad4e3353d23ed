import { inspect } from 'node:util';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { createCrypto } from '../../src/crypto/index.ts';
import type { AssociationSpec } from '../../src/state/sadb/spec.ts';
import { type KeyEvent, Sadb, type SadbOptions } from '../../src/state/sadb.ts';
import { addressOf, seededRandom } from '../../src/testing/index.ts';
import { association, keyOf } from '../support/ipsec-bed.ts';
import { advance } from '../support/testbed.ts';

const a = 'fd00::a';
const b = 'fd00::b';
const spec = (spi = 0x1000, more: Partial<AssociationSpec> = {}): AssociationSpec => association(spi, a, b, more);

const bed = (options: SadbOptions = {}) => {
  const clock = new VirtualTimeScheduler();
  const sadb = new Sadb({ crypto: createCrypto(), scheduler: clock, random: seededRandom(5) }, options);
  const told: string[] = [];
  sadb.changes$.subscribe(({ type, value }) => told.push(`${type} ${value.spi} ${value.state}`));
  sadb.keyEvents$.subscribe((event: KeyEvent) =>
    told.push(event.type === 'acquire' ? 'acquire' : `expire ${event.hard ? 'hard' : 'soft'}`),
  );
  /** The association for what goes from a to b. */
  const view = new DataView(new ArrayBuffer(32));
  const write = (at: number, text: string): void => {
    const { w0, w1, w2, w3 } = addressOf(text);
    for (const [i, word] of [w0, w1, w2, w3].entries()) view.setInt32(at + 4 * i, word);
  };
  write(0, a);
  write(16, b);
  const selected = (reqid = 0, mode = 1) => sadb.select(50, mode, reqid, 6, view, 0, 16);
  const use = (bytes = 100): void => {
    const found = selected();
    if (found !== undefined) sadb.used(found, bytes);
  };
  return { clock, sadb, told, selected, use, view };
};

describe('lifetimes', () => {
  test('in time: mature, dying, dead', () => {
    const { clock, sadb, told } = bed();
    sadb.add(spec(1_000, { soft: { seconds: 60 }, hard: { seconds: 90 } }));
    advance(clock, 59_999);
    expect(told).toEqual(['added 1000 mature']);
    advance(clock, 1);
    advance(clock, 29_999);
    expect(told).toEqual(['added 1000 mature', 'expire soft', 'updated 1000 dying']);
    advance(clock, 1);
    expect(told.slice(3)).toEqual(['expire hard', 'removed 1000 dead']);
    expect(sadb.size).toBe(0);
  });

  // KAME skipped entries without a soft lifetime, so setkey asked for both.
  test('a hard one without a soft one is enforced', () => {
    const { clock, sadb, told } = bed();
    sadb.add(spec(1_000, { hard: { seconds: 10 } }));
    advance(clock, 10_000);
    expect(told).toEqual(['added 1000 mature', 'expire hard', 'removed 1000 dead']);
  });

  // KAME refused byte lifetimes with EINVAL.
  test('in bytes and in packets', () => {
    const { sadb, told, use } = bed();
    sadb.add(spec(1_000, { soft: { bytes: 250 }, hard: { packets: 5 } }));
    for (let i = 0; i < 2; i += 1) use();
    expect(told).toEqual(['added 1000 mature']);
    use();
    expect(told.slice(1)).toEqual(['expire soft', 'updated 1000 dying']);
    use();
    expect(sadb.size).toBe(1);
    use();
    expect(told.slice(3)).toEqual(['expire hard', 'removed 1000 dead']);
  });

  // KAME's usetime was the last use, and lifetimes looked at creation only.
  test('in use: from the first packet on', () => {
    const { clock, sadb, told, use } = bed();
    sadb.add(spec(1_000, { hard: { secondsInUse: 10 } }));
    advance(clock, 100_000);
    use();
    advance(clock, 6_000);
    use();
    advance(clock, 3_999);
    expect(sadb.list()[0]).toMatchObject({ firstUsed: 100_000, packets: 2 });
    advance(clock, 1);
    expect(told.slice(1)).toEqual(['expire hard', 'removed 1000 dead']);
  });

  // In KAME one that was never used died at its soft lifetime.
  test('an unused one lives on to its hard lifetime', () => {
    const { clock, sadb, selected } = bed();
    sadb.add(spec(1_000, { soft: { seconds: 1 }, hard: { seconds: 100 } }));
    advance(clock, 99_000);
    expect(selected()?.spi).toBe(1_000);
  });

  test('an association without keys is given up after 30 s', () => {
    const { clock, sadb, told } = bed();
    const { source, destination } = spec();
    const { spi, state } = sadb.allocate({ protocol: 'esp', source, destination });
    expect([state, spi >= 0x100 && spi <= 0x0fffffff]).toEqual(['larval', true]);
    advance(clock, 30_000);
    expect(told).toEqual([`added ${spi} larval`, `removed ${spi} dead`]);
  });

  test('with keys it is mature', () => {
    const { clock, sadb, told, selected } = bed();
    const { source, destination } = spec();
    const { spi } = sadb.allocate({ protocol: 'esp', source, destination });
    expect(selected()).toBeUndefined();
    sadb.add(spec(spi));
    advance(clock, 40_000);
    expect(told).toEqual([`added ${spi} larval`, `updated ${spi} mature`]);
    expect(selected()?.spi).toBe(spi);
  });
});

describe('the association to send by', () => {
  // KAME's preferred_oldsa 1 spoke to a rebooted peer with keys that it had forgotten.
  test('is the newest mature one', () => {
    const { sadb, selected } = bed();
    sadb.add(spec(1_000));
    sadb.add(spec(1_001));
    expect(selected()?.spi).toBe(1_001);
    sadb.delete(spec(1_001));
    expect(selected()?.spi).toBe(1_000);
  });

  test('is a dying one only if there is no other', () => {
    const { clock, sadb, selected } = bed();
    sadb.add(spec(1_000));
    sadb.add(spec(1_001, { soft: { seconds: 1 }, hard: { seconds: 100 } }));
    advance(clock, 1_000);
    expect(selected()?.spi).toBe(1_000);
    sadb.delete(spec(1_000));
    expect(selected()?.spi).toBe(1_001);
  });

  test('has the mode and the reqid that are asked for', () => {
    const { sadb, selected } = bed();
    sadb.add(spec(1_000, { mode: 'tunnel', reqid: 7 }));
    expect([selected(0, 1)?.spi, selected(0, 2)?.spi, selected(7, 2)?.spi, selected(8, 2)?.spi]).toEqual([
      undefined,
      1_000,
      1_000,
      undefined,
    ]);
  });
});

test('events ask once, then keep quiet for ten more, or twenty seconds', () => {
  const { clock, sadb, told } = bed();
  const { source, destination } = spec();
  const ask = (): void => sadb.acquire({ protocol: 'esp', mode: 'transport', reqid: 0, source, destination });
  for (let i = 0; i < 11; i += 1) ask();
  expect(told).toEqual(['acquire']);
  ask();
  expect(told).toEqual(['acquire', 'acquire']);
  advance(clock, 20_000);
  ask();
  expect(told.length).toBe(3);
});

test('deleting: one, those between two ends, those of a protocol', () => {
  const { sadb } = bed();
  const { source, destination } = spec();
  for (const spi of [1_000, 1_001]) sadb.add(spec(spi));
  sadb.add(association(1_000, b, a));
  sadb.add(association(1_000, a, b, { protocol: 'ah', authentication: { algorithm: 'hmac-sha1-96', key: keyOf(20) } }));
  expect(sadb.deleteBetween('esp', source, destination)).toBe(2);
  expect(sadb.flush('ah')).toBe(1);
  expect([sadb.delete(spec()), sadb.size]).toEqual([false, 1]);
});

test('numbers of associations are not soon used again', () => {
  const { sadb, view } = bed();
  sadb.add(spec(1_000));
  const before = sadb.lookup(50, 1_000, 6, view, 16);
  sadb.flush();
  expect(sadb.at(before?.id ?? 0)?.state).toBe(3);
  sadb.add(spec(1_001));
  expect(sadb.at(before?.id ?? 0)).toBeUndefined();
});

test.each([
  [{ spi: 255 }, 'the SPI 255 is not in 256 to 4294967295: those below are reserved'],
  [{ destination: addressOf('10.0.0.1') }, 'its ends are of two IP versions'],
  [{ destination: addressOf('ff02::1') }, 'one of its ends is a group'],
  [{ destination: addressOf('::') }, 'its destination is nobody'],
  [{ encryption: undefined }, 'ESP needs an encryption algorithm'],
  [{ encryption: { algorithm: 'aes-cbc', key: keyOf(16) } }, 'aes-cbc needs an integrity algorithm beside it'],
  [{ authentication: { algorithm: 'hmac-sha1-96', key: keyOf(20) } }, 'aes-gcm-16 authenticates by itself'],
  [{ encryption: { algorithm: 'aes-gcm-16', key: keyOf(16) } }, 'takes a key of 20, 28 or 36 bytes'],
  [{ protocol: 'ah' }, 'AH does not encrypt'],
  [{ protocol: 'ah', encryption: undefined }, 'AH needs an integrity algorithm'],
  [{ replayWindow: 4_097 }, 'a replay window has 0 to 4096 packets'],
  [{ replayWindow: 0, extendedSequenceNumbers: true }, 'extended sequence numbers need an anti-replay window'],
  [{ soft: { bytes: 9 }, hard: { bytes: 8 } }, 'the soft lifetime of 9 bytes is longer than the hard one of 8'],
  [{ hard: { packets: 0 } }, 'the hard lifetime of 0 packets must be a whole number, 1 or more'],
  [{ encapsulation: { sourcePort: 0, destinationPort: 1 } }, 'ports of UDP encapsulation are 1 to 65535'],
] as const)('refuses %j', (more, sentence) => {
  const { sadb } = bed();
  expect(() => sadb.add({ ...spec(), ...(more as Partial<AssociationSpec>) })).toThrow(sentence);
  expect(sadb.size).toBe(0);
});

test('refuses what is there already, and more than the limit', () => {
  const { sadb } = bed({ associations: 2 });
  sadb.add(spec(1_000));
  expect(() => sadb.add(spec(1_000))).toThrow('exists already');
  sadb.add(spec(1_001));
  expect(() => sadb.add(spec(1_002))).toThrow('no more than 2 security associations');
});

test('no key is shown, in no way, and dead ones have none', () => {
  const { sadb, view } = bed();
  const key = keyOf(20, 0x41);
  sadb.add(spec(1_000, { encryption: { algorithm: 'aes-gcm-16', key } }));
  const found = sadb.lookup(50, 1_000, 6, view, 16);
  const bytes = [...key.subarray(0, 4)].join(', ');
  for (const text of [inspect(found, { depth: 9, showHidden: true }), inspect(sadb.list(), { depth: 9 })]) {
    expect(text).not.toContain(Buffer.from(key).toString('hex').slice(0, 8));
    expect(text).not.toContain(bytes);
  }
  sadb.flush();
  expect(() => found?.protection?.seal(new Uint8Array(100), 0, 40, 0)).toThrow();
});
