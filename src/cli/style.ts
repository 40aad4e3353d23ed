import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours belong on a terminal, and not even there when NO_COLOR is set (no-color.org). */
const coloured = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';

const paint =
  (style: Style) =>
  (text: string): string =>
    coloured ? styleText(style, text) : text;

export const bold = paint('bold');
