import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonError, maximumDepth, parseJson } from '../../src/config/json.ts';

const mistake = (text: string): string => {
  try {
    parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return `${error.line}:${error.column} ${error.message}`;
  }
  return 'none';
};

describe('mistakes have a line and a column', () => {
  const cases: [string, string, string][] = [
    ['an empty file', '', '1:1 the end of the file where a value should be'],
    ['a trailing comma', '{\n  "mtu": 1500,\n}', '3:1 "}" where a key in double quotes should be'],
    ['a trailing comma in a list', '[1,\n]', '2:1 "]" where a value should be'],
    ['a missing comma', '{ "a": 1\n  "b": 2 }', `2:3 "\\"" where ',' or '}' should be`],
    ['a missing comma in a list', '[1 2]', `1:4 "2" where ',' or ']' should be`],
    ['a missing colon', '{ "a" 1 }', `1:7 "1" where a ':' should be`],
    ['a bare key', '{ mtu: 1500 }', '1:3 "mtu" where a key in double quotes should be'],
    ['single quotes', "{ 'mtu': 1 }", `1:3 "'" where a key in double quotes should be`],
    [
      'a comment',
      '{\n// links\n}',
      '2:1 a comment (JSON has none; a .js or .ts file may) where a key in double quotes should be',
    ],
    [
      'a comment after a value',
      '[1 /* one */]',
      `1:4 a comment (JSON has none; a .js or .ts file may) where ',' or ']' should be`,
    ],
    ['a truncated object', '{ "a": 1', `1:9 the end of the file where ',' or '}' should be`],
    ['an open string', '{ "a": "b', '1:8 a string without its closing double quote'],
    ['a line break in a string', '["a\nb"]', '1:4 a line break or control character inside a string'],
    ['an unknown escape', '["\\x"]', "1:3 an unknown escape after '\\'"],
    ['a short escape', '["\\u12"]', "1:3 an unknown escape after '\\'"],
    ['a leading zero', '[01]', `1:3 "1" where ',' or ']' should be`],
    ['an unknown word', '[undefined]', '1:2 "undefined" where a value should be'],
    ['something behind', '{}\r\n{}', '2:1 "{" after the end of the configuration'],
    ['a key twice', '{ "uma": 1,\n  "uma": 2 }', '2:3 the key "uma" stands twice in one object'],
    ['__proto__', '{ "__proto__": 1 }', '1:3 the key "__proto__"'],
    [
      'endless depth',
      '['.repeat(200_000),
      `1:${maximumDepth + 2} more than ${maximumDepth} objects and arrays inside each other`,
    ],
  ];
  test.each(cases)('%s', (_, text, expected) => {
    expect(mistake(text)).toBe(expected);
  });
});

test('a byte order mark is skipped', () => {
  expect(parseJson('\ufeff[1]')).toEqual([1]);
});

test('what it accepts, it reads as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 2, '\t'), (text, indent) => {
      const pretty = JSON.stringify(JSON.parse(text), null, indent);
      fc.pre(!pretty.includes('"__proto__"'));
      expect(parseJson(pretty)).toEqual(JSON.parse(pretty));
    }),
  );
});

test('what it refuses, JSON.parse refuses, but for keys that stand twice', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '"\\u0041"',
    '1',
    '-0',
    '1e3',
    '.5',
    'true',
    'null',
    ' ',
    '\n',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const found = mistake(text);
      if (found === 'none') expect(parseJson(text)).toEqual(JSON.parse(text));
      else if (!found.includes('stands twice')) expect(() => JSON.parse(text)).toThrow(SyntaxError);
    }),
    { numRuns: 5_000 },
  );
});
