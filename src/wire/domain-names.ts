/**
 * Domain names as they lie in a DNS Search List option: RFC 8106 §5.2, in the form of RFC 1035 §3.1 without
 * compression, filled up with zeros to a multiple of eight bytes.
 *
 * @module
 */

const labelLimit = 63;
const nameLimit = 255;

/** Most names that are read from one option. */
export const searchListLimit = 32;

/**
 * The names from `at` to `end`: as far as they are well formed. Total. A name that is cut off, that points elsewhere
 * (compression is not allowed here) or that is too long ends the list: FreeBSD-SA-14:20 came from trusting it.
 *
 * Bytes other than letters, digits, `-` and `_` end the list too: names go to programs that put them into files.
 */
export const readSearchList = (view: DataView, at: number, end: number): string[] => {
  const names: string[] = [];
  let next = at;
  while (next < end && names.length < searchListLimit) {
    if (view.getUint8(next) === 0) break; // padding
    const labels: string[] = [];
    let length = 1;
    for (;;) {
      if (next >= end) return names;
      const size = view.getUint8(next);
      next += 1;
      if (size === 0) break;
      length += size + 1;
      if (size > labelLimit || length > nameLimit || next + size > end) return names;
      const label = readLabel(view, next, size);
      if (label === undefined) return names;
      labels.push(label);
      next += size;
    }
    names.push(labels.join('.'));
  }
  return names;
};

const readLabel = (view: DataView, at: number, length: number): string | undefined => {
  let label = '';
  for (let i = at; i < at + length; i += 1) label += String.fromCharCode(view.getUint8(i));
  return /^[\w-]+$/.test(label) ? label : undefined;
};

/** Bytes that a name takes; 0 if it is none: empty, a label empty or above 63 bytes, above 255 in all, not ASCII. */
export const nameSize = (name: string): number => {
  const labels = name.replace(/\.$/, '').split('.');
  if (labels.some((label) => label.length > labelLimit || !/^[\w-]+$/.test(label))) return 0;
  const size = labels.reduce((sum, label) => sum + 1 + label.length, 1);
  return size > nameLimit ? 0 : size;
};

/** Writes a name for which {@link nameSize} is not 0; returns the offset behind it. */
export const writeName = (view: DataView, at: number, name: string): number => {
  let next = at;
  for (const label of name.replace(/\.$/, '').split('.')) {
    view.setUint8(next, label.length);
    for (let i = 0; i < label.length; i += 1) view.setUint8(next + 1 + i, label.charCodeAt(i));
    next += 1 + label.length;
  }
  view.setUint8(next, 0);
  return next + 1;
};
