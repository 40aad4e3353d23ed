/**
 * The tables of the SADB: associations by SPI, by their ends, by row.
 *
 * @module
 */
import type { SchedulerLike } from 'rxjs';
import { Deadlines } from '../deadlines.ts';
import { WordTable } from '../word-table.ts';
import type { Association } from './association.ts';

/** An association's number: its row in the lower bits, how many had the row before in the upper ones. */
export const rowBits = 17;
export const rowMask = 2 ** rowBits - 1;
export const epochMask = 2 ** (30 - rowBits) - 1;

/** Words of an SPI with its destination and protocol, and of a pair of ends. */
const spiWords = 6;
const pairWords = 9;

/** Tables of a node that has associations. One that has none pays nothing for them. */
export interface Tables {
  readonly bySpi: WordTable;
  readonly byPair: WordTable;
  /** The newest association between two ends, by row of `byPair`. */
  readonly newest: (Association | undefined)[];
  readonly byRow: (Association | undefined)[];
  /** The association that had a row last: to be asked what it was, not to be used. */
  readonly last: (Association | undefined)[];
  /** How many associations had a row. */
  readonly epochs: Uint16Array;
  readonly deadlines: Deadlines;
}

/** Makes the tables of a node that gets its first association. */
export const makeTables = (options: {
  readonly limit: number;
  readonly scheduler: SchedulerLike;
  readonly seed: () => number;
  readonly expire: (association: Association) => void;
}): Tables => {
  const limit = Math.min(Math.max(1, options.limit), rowMask);
  const byRow: (Association | undefined)[] = [undefined];
  return {
    bySpi: new WordTable({ words: spiWords, limit, seed: options.seed() }),
    byPair: new WordTable({ words: pairWords, limit, seed: options.seed() }),
    newest: [undefined],
    byRow,
    last: [undefined],
    epochs: new Uint16Array(limit + 1),
    deadlines: new Deadlines({
      limit,
      scheduler: options.scheduler,
      expire: (row) => {
        const association = byRow[row];
        if (association !== undefined) options.expire(association);
      },
    }),
  };
};

/** What names an association: protocol, SPI, the destination at `at`. */
export const writeSpiKey = (
  key: Int32Array,
  protocol: number,
  spi: number,
  family: number,
  view: DataView,
  at: number,
): void => {
  key[0] = (protocol << 8) | family;
  key[1] = spi;
  writeAddressKey(key, 2, family, view, at);
};

/** Both ends that a packet goes between, and the protocol. */
export const writePairKey = (
  key: Int32Array,
  protocol: number,
  family: number,
  view: DataView,
  sourceAt: number,
  targetAt: number,
): void => {
  key[0] = (protocol << 8) | family;
  writeAddressKey(key, 1, family, view, sourceAt);
  writeAddressKey(key, 5, family, view, targetAt);
};

const writeAddressKey = (key: Int32Array, from: number, family: number, view: DataView, at: number): void => {
  const six = family === 6;
  key[from] = view.getInt32(at);
  key[from + 1] = six ? view.getInt32(at + 4) : 0;
  key[from + 2] = six ? view.getInt32(at + 8) : 0;
  key[from + 3] = six ? view.getInt32(at + 12) : 0;
};
