/**
 * What is printed, apart from what it says: colours, widths, tables. Pure, but for {@link pageOf}.
 *
 * @module
 */
import { styleText } from 'node:util';
import Table from 'cli-table3';

export type Colour = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';
/** Puts text in colour, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_, text) => text;
export const coloured: Paint = (colour, text) => styleText(colour, text);

export interface Page {
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly width: number;
  /** Its lines; unlimited for files and pipes. */
  readonly height: number;
}

/** Width for files and pipes. */
const fileWidth = 100;

/** The page that a stream shows: in colour on a terminal that has any, and where NO_COLOR does not forbid it. */
export const pageOf = (stream: NodeJS.WriteStream): Page => ({
  // hasColors knows NO_COLOR, FORCE_COLOR and dumb terminals.
  paint: stream.isTTY === true && stream.hasColors() ? coloured : plain,
  width: stream.columns ?? fileWidth,
  height: stream.rows ?? Number.POSITIVE_INFINITY,
});

export interface TableOptions {
  /** Widths in characters, null for as wide as needed. */
  readonly colWidths?: (number | null)[];
  readonly colAligns?: Table.HorizontalAlignment[];
  /** A line under the head. Default true. */
  readonly ruled?: boolean;
}

const noLines = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** A table without lines between its rows. Push rows, then `toString`. */
export const table = ({ paint }: Page, head: readonly string[], options: TableOptions = {}): Table.Table => {
  const { colWidths = [], colAligns = [], ruled = true } = options;
  return new Table({
    head: head.map((text) => paint('bold', text)),
    colWidths,
    colAligns,
    wordWrap: true,
    style: { head: [], border: [], compact: ruled },
    ...(ruled ? {} : { chars: noLines }),
  });
};

/**
 * Columns, two spaces apart, without lines: where a row is to fit eighty characters, and there may be thousands.
 *
 * @param head left-aligned, as the rows are
 */
export const columns = ({ paint }: Page, head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((text, column) => {
    return rows.reduce((width, row) => Math.max(width, (row[column] ?? '').length), text.length);
  });
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [paint('bold', line(head)), ...rows.map(line)].join('\n');
};
