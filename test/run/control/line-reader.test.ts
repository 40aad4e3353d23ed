import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineReader, tooLong } from '../../../src/run/control/line-reader.ts';

const drain = (reader: LineReader): (string | typeof tooLong)[] => {
  const lines: (string | typeof tooLong)[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    lines.push(line);
    if (line === tooLong) break;
  }
  return lines;
};

test('lines come whole, however the bytes are cut', () => {
  const line = fc.string({ unit: 'binary', maxLength: 200 }).map((text) => text.replaceAll('\n', ''));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), fc.array(fc.integer({ min: 1, max: 700 })), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
      const reader = new LineReader(1_000);
      const read: unknown[] = [];
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        reader.push(bytes.subarray(at, at + cut));
        at += cut;
        read.push(...drain(reader));
      }
      expect(read).toEqual(lines.map((each) => Buffer.from(each).toString('utf8')));
    }),
  );
});

test('lines that are pushed faster than they are read wait in order', () => {
  const reader = new LineReader(10);
  for (let i = 0; i < 1_000; i += 1) reader.push(Buffer.from(`${i}\n`));
  expect(drain(reader)).toEqual(Array.from({ length: 1_000 }, (_, i) => String(i)));
});

test.each([
  ['a line of the limit', 'x'.repeat(10), '\n', ['x'.repeat(10)]],
  ['a line beyond it', 'x'.repeat(11), '\n', [tooLong]],
  ['the beginning of one', 'x'.repeat(11), '', [tooLong]],
  ['the end of one', 'xxxxx', 'yyyyyy', [tooLong]],
  ['an unfinished one', 'x'.repeat(10), '', []],
  ['what is not UTF-8', Buffer.from([0xff, 0x41]), '\n', ['\ufffdA']],
])('%s', (_, first, second, expected) => {
  const reader = new LineReader(10);
  reader.push(Buffer.from(first));
  reader.push(Buffer.from(second));
  expect(drain(reader)).toEqual(expected);
});

test('a line in single bytes is read in time that grows with its length', () => {
  const reader = new LineReader(1 << 20);
  const byte = Buffer.from('x');
  for (let i = 0; i < 1 << 16; i += 1) {
    reader.push(byte);
    expect(reader.next()).toBeUndefined();
  }
  reader.push(Buffer.from('\n'));
  expect(reader.next()).toHaveLength(1 << 16);
});
