/**
 * RFC 8504 §5.3 and RFC 8883: how much of its headers a node refuses to process, and what it says about that. One test
 * for each requirement, named by its clause.
 */
import { pipe } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { deliver, extensionHeaders, type HeaderLimits } from '../../src/operators/index.ts';
import type { RouterAdapter } from '../../src/pipelines/router.ts';
import {
  bytesOf,
  destinationOptions,
  hopByHop,
  option,
  pad1,
  padN,
  payload,
  routerAlert,
  udp,
} from '../../src/testing/index.ts';
import { answerTo, listening, table } from './ask.ts';
import { others, ourGroup, ours, times, unknown } from './packets.ts';

/** The default lanes with other limits at the router's own addresses. */
const limited =
  (limits: HeaderLimits): RouterAdapter =>
  (lanes, outbox) => ({ ...lanes, local: pipe(extensionHeaders({ limits }), deliver(bedOf.node, outbox)) });
const bedOf = listening();

describe('RFC 8504 §5.3, RFC 8883 §2: limits at the destination, and what is told about them', () => {
  const one = option(0x1e, payload(252));
  table([
    [
      'RFC 8504 §5.3',
      'seven bytes of Pad1 in a row are accepted',
      bytesOf(ours, destinationOptions(unknown(0), ...times(7, pad1()), unknown(0)), udp()),
      'delivered',
    ],
    [
      'RFC 8504 §5.3, RFC 8883 §2 (code 10)',
      'eight are not',
      bytesOf(ours, destinationOptions(unknown(0), ...times(8, pad1()), unknown(0)), udp()),
      'paddingTooLong, 4/10 at 53',
    ],
    [
      'RFC 8504 §5.3',
      'PadN of seven bytes is accepted',
      bytesOf(ours, destinationOptions(unknown(0), padN(7), unknown(0)), udp()),
      'delivered',
    ],
    [
      'RFC 8504 §5.3, RFC 8883 §2 (code 10)',
      'PadN of eight is not',
      bytesOf(ours, hopByHop(unknown(0), padN(8), unknown(0)), udp()),
      'paddingTooLong, 4/10 at 46',
    ],
    [
      'RFC 8504 §5.3',
      'unknown options are accepted by default',
      bytesOf(ours, hopByHop(unknown(0)), udp()),
      'delivered',
    ],
    [
      'RFC 8504 §5.3',
      'eight options are accepted, padding aside',
      bytesOf(ours, hopByHop(...times(8, [padN(4), unknown(0)]).flat()), udp()),
      'delivered',
    ],
    [
      'RFC 8504 §5.3, RFC 8883 §2 (code 9)',
      'nine are not; the pointer is at the first beyond',
      bytesOf(ours, destinationOptions(...times(9, unknown(0))), udp()),
      'tooManyOptions, 4/9 at 74',
    ],
    [
      'RFC 8504 §5.3',
      'headers of any length are accepted',
      bytesOf(ours, hopByHop(...times(8, option(0x1e, payload(253)))), udp()),
      'delivered',
    ],
    [
      'RFC 8883 §2 (code 8)',
      'fifteen headers are accepted',
      bytesOf(ours, hopByHop(), ...times(14, destinationOptions()), udp()),
      'delivered',
    ],
    [
      'RFC 8883 §2 (code 8)',
      'sixteen are not; the pointer is at the first beyond',
      bytesOf(ours, hopByHop(), ...times(15, destinationOptions()), udp()),
      'tooManyHeaders, 4/8 at 160',
    ],
    [
      'RFC 8883 §2 (code 7)',
      'a chain of 2,048 bytes is accepted',
      bytesOf(ours, ...times(8, destinationOptions(one)), udp()),
      'delivered',
    ],
    [
      'RFC 8883 §2 (code 7)',
      'a longer one is not; the pointer is at the first byte beyond',
      bytesOf(ours, ...times(8, destinationOptions(one)), destinationOptions(), udp()),
      'chainTooLong, 4/7 at 2088',
    ],
    [
      'RFC 8883 §2, RFC 4443 §2.4 e.3',
      'groups are told nothing',
      bytesOf(ourGroup, ...times(16, destinationOptions()), udp()),
      'tooManyHeaders',
    ],
    [
      'RFC 8883 §2',
      'on the way none of these limits is a reason to refuse',
      bytesOf(others, hopByHop(padN(8), ...times(9, unknown(0))), ...times(20, destinationOptions()), udp()),
      'forwarded',
    ],
  ]);

  it.each<readonly [string, HeaderLimits, Uint8Array, string]>([
    [
      'RFC 8504 §5.3: the limit of options',
      { options: 1 },
      bytesOf(ours, hopByHop(unknown(0), unknown(0)), udp()),
      'tooManyOptions, 4/9 at 46',
    ],
    [
      'RFC 8504 §5.3: the limit of options, higher',
      { options: 20 },
      bytesOf(ours, hopByHop(...times(20, unknown(0))), udp()),
      'delivered',
    ],
    [
      'RFC 8504 §5.3: the limit of padding',
      { padding: 2_048 },
      bytesOf(ours, hopByHop(...times(200, pad1())), udp()),
      'delivered',
    ],
    [
      'RFC 8504 §5.3: whether unknown options are accepted',
      { unknownOptions: false },
      bytesOf(ours, hopByHop(unknown(0)), udp()),
      'unknownOptionSilent',
    ],
    [
      'RFC 8504 §5.3: but not what is known',
      { unknownOptions: false },
      bytesOf(ours, hopByHop(routerAlert()), udp()),
      'delivered',
    ],
    [
      'RFC 8504 §5.3, RFC 8883 §2 (code 6): the length of a header',
      { headerBytes: 16 },
      bytesOf(ours, destinationOptions(), destinationOptions(option(0x1e, payload(30))), udp()),
      'headerTooBig, 4/6 at 48',
    ],
    [
      'RFC 8883 §2 (code 10): the length of an option',
      { optionBytes: 16 },
      bytesOf(ours, destinationOptions(unknown(0), option(0x1e, payload(17))), udp()),
      'optionTooBig, 4/10 at 46',
    ],
    [
      'RFC 8883 §2 (code 8): the number of headers',
      { headers: 1 },
      bytesOf(ours, hopByHop(), destinationOptions(), udp()),
      'tooManyHeaders, 4/8 at 48',
    ],
    [
      'RFC 8883 §2 (code 7): the length of the chain',
      { chainBytes: 8 },
      bytesOf(ours, hopByHop(unknown(0), unknown(0)), udp()),
      'chainTooLong, 4/7 at 48',
    ],
    [
      'RFC 8200 §4.2: whether padding must be zero',
      { zeroPadding: false },
      bytesOf(ours, hopByHop(option(1, payload(4))), udp()),
      'delivered',
    ],
  ])('%s is configurable', (_clause, limits, bytes, answer) => {
    expect(answerTo(bytes, { bed: bedOf, adapt: limited(limits) })).toBe(answer);
  });
});
