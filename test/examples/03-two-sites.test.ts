import { expect, test } from 'vitest';
import { outputOf } from './run.ts';

test('a ping goes through the tunnel once, and neither again nor in clear', () => {
  expect(outputOf('03-two-sites.ts')).toBe(
    [
      'left:',
      'self > wire | IP6 fd00:ff::1 > fd00:ff::2: ESP spi 0x00001001 seq 1, hop limit 64, length 84',
      'right, what left has sent, twice, and the ping in clear:',
      'wire > site | IP6 fd00:a::2 > fd00:b::2: ICMP6 echo request id 1 seq 1, hop limit 62, length 8',
      'wire > - | IP6 fd00:ff::1 > fd00:ff::2: ESP spi 0x00001001 seq 1, hop limit 64, length 84, refused: replayed',
      'wire > - | IP6 fd00:a::2 > fd00:b::2: ICMP6 echo request id 1 seq 1, hop limit 64, length 8, refused: notProtected',
      '',
    ].join('\n'),
  );
});
