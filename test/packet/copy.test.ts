import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copyBytes } from '../../src/packet/copy.ts';
import { Packet } from '../../src/packet/index.ts';

it('copies what Uint8Array.set would, at any offset and length, and not a byte more', () => {
  const place = fc.integer({ min: 0, max: 60 });
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 160, maxLength: 160 }),
      place,
      place,
      fc.integer({ min: 0, max: 100 }),
      (bytes, from, to, length) => {
        const source = new Packet(160);
        const target = new Packet(160);
        source.bytes.set(bytes);
        target.bytes.fill(0xee);
        const expected = target.bytes.slice();
        expected.set(bytes.subarray(from, from + length), to);
        copyBytes(source, from, target, to, length);
        expect(target.bytes).toEqual(expected);
        expect(source.bytes).toEqual(bytes);
      },
    ),
  );
});
