import { spawnSync } from 'node:child_process';
import type { CaptureRecord, CaptureTarget } from '../../src/capture/index.ts';
import { readCapture } from '../../src/capture/index.ts';

/** Fields of `bits` and value, in one byte order; a `Uint8Array` is copied as it is. */
export type Field = readonly [bits: 8 | 16 | 32, value: number] | Uint8Array;

export const build = (little: boolean, ...fields: Field[]): Uint8Array => {
  const pieces = fields.map((field) => {
    if (field instanceof Uint8Array) return field;
    const [bits, value] = field;
    const view = new DataView(new ArrayBuffer(bits / 8));
    if (bits === 8) view.setUint8(0, value);
    else if (bits === 16) view.setUint16(0, value, little);
    else view.setUint32(0, value, little);
    return new Uint8Array(view.buffer);
  });
  return new Uint8Array(Buffer.concat(pieces));
};

export const padding = (length: number): Uint8Array => new Uint8Array((4 - (length % 4)) % 4);

/** A pcapng block around a body. */
export const block = (little: boolean, type: number, ...body: Field[]): Uint8Array => {
  const inner = build(little, ...body);
  const whole = inner.length + padding(inner.length).length + 12;
  return build(little, [32, type], [32, whole], inner, padding(inner.length), [32, whole]);
};

export const option = (little: boolean, code: number, value: Uint8Array): Uint8Array =>
  build(little, [16, code], [16, value.length], value, padding(value.length));

export const text = (string: string): Uint8Array => new TextEncoder().encode(string);

export const sectionHeader = (little: boolean): Uint8Array =>
  block(little, 0x0a0d0d0a, [32, 0x1a2b3c4d], [16, 1], [16, 0], [32, 0xffffffff], [32, 0xffffffff]);

export const interfaceBlock = (little: boolean, linkType: number, snapLength: number, ...options: Uint8Array[]) =>
  block(little, 1, [16, linkType], [16, 0], [32, snapLength], ...options);

/** An Enhanced Packet Block; the time as two 32-bit halves. */
export const packetBlock = (
  little: boolean,
  id: number,
  [high, low]: readonly [number, number],
  data: Uint8Array,
  ...options: Uint8Array[]
): Uint8Array =>
  block(
    little,
    6,
    [32, id],
    [32, high],
    [32, low],
    [32, data.length],
    [32, data.length],
    data,
    padding(data.length),
    ...options,
  );

export const join = (...pieces: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pieces));

/** A target that keeps what it gets. */
export const collect = (): CaptureTarget & {
  readonly chunks: Uint8Array[];
  readonly bytes: Uint8Array;
  ended: number;
} => {
  const chunks: Uint8Array[] = [];
  return {
    chunks,
    ended: 0,
    write(bytes) {
      chunks.push(bytes);
    },
    end() {
      this.ended += 1;
    },
    get bytes() {
      return join(...chunks);
    },
  };
};

/** The records before the end or the damage, and the damage. */
export const readAll = (bytes: Uint8Array): { records: CaptureRecord[]; error: unknown } => {
  const records: CaptureRecord[] = [];
  try {
    for (const record of readCapture(bytes)) records.push(record);
  } catch (error) {
    return { records, error };
  }
  return { records, error: undefined };
};

/** Numbers in [0, 1), the same ones for the same seed (a 32-bit xorshift generator). */
export const dice = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x100000000;
  };
};

/** Is the program there? Prints why a test that needs it is skipped. */
export const hasProgram = (name: string): boolean => {
  const found = spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;
  if (!found) console.log(`${name} is not installed: the tests that ask it are skipped.`);
  return found;
};

export const run = (name: string, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(name, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} ${args.join(' ')}: ${stderr}`);
  return stdout;
};
