import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copyBytes, copyFields } from '../../src/packet/copy.ts';
import { Packet } from '../../src/packet/index.ts';

const copiesAsSetDoes = (longest: number): void => {
  const place = fc.integer({ min: 0, max: 60 });
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: longest + 60, maxLength: longest + 60 }),
      place,
      place,
      fc.integer({ min: 0, max: longest }),
      (bytes, from, to, length) => {
        const source = new Packet(longest + 60);
        const target = new Packet(longest + 60);
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
};

it.each([100, 600])(
  'copies what Uint8Array.set would, at any offset, up to %i bytes, and not a byte more',
  copiesAsSetDoes,
);

it('copies every field but the bytes, the offsets into them and what became of the packet', () => {
  const from = new Packet(64).reset(8, 40);
  const own = ['bytes', 'view', 'pooled', 'start', 'end', 'link', 'upper', 'status', 'drop', 'dropParameter'];
  const segments = ['gsoType', 'gsoSize', 'checksumStart', 'checksumOffset'];
  const fields = Object.keys(from).filter((name) => ![...own, ...segments].includes(name));
  for (const [index, name] of fields.entries()) Object.assign(from, { [name]: index + 1 });
  const to = new Packet(64).reset(8, 40);
  copyFields(from, to);
  expect(Object.fromEntries(fields.map((name, index) => [name, index + 1]))).toMatchObject(
    Object.fromEntries(Object.entries(to).filter(([name]) => fields.includes(name))),
  );
  expect([to.status, to.start, to.end]).toEqual([0, 8, 48]);
});
