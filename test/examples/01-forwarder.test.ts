import { expect, test } from 'vitest';
import { outputOf } from './run.ts';

test('in memory, two packets pass with one hop less and the third has none left', () => {
  expect(outputOf('01-forwarder.ts')).toBe(
    [
      '1 > 2 | IP6 fd00::a > fd00::b: ICMP6 echo request id 1 seq 1, hop limit 63, length 8',
      '1 > 2 | IP 10.0.0.1 > 10.0.0.2: ICMP echo request id 1 seq 1, ttl 63, length 8',
      '1 > - | IP6 fd00::a > fd00::b: ICMP6 echo request id 1 seq 1, hop limit 1, length 8, refused: hopLimitExceeded',
      '2 of 3 packets left',
      '',
    ].join('\n'),
  );
});
