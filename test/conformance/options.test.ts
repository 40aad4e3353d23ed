/**
 * What RFC 8200 §4.2 and §4.3, RFC 9673, RFC 2711, RFC 6398 and RFC 2675 ask of a router about options, on the way and
 * at its own addresses: one test for each requirement, named by its clause.
 */
import { pipe } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { hopByHopOptions, hopLimit } from '../../src/operators/index.ts';
import type { RouterAdapter } from '../../src/pipelines/router.ts';
import {
  bytesOf,
  destinationOptions,
  hopByHop,
  icmp6,
  ipv6,
  type Layer,
  option,
  pad1,
  padN,
  payload,
  routerAlert,
  udp,
} from '../../src/testing/index.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import { answerTo, listening, table } from './ask.ts';
import { cut, others, ourGroup, ours, times, unknown } from './packets.ts';

describe('RFC 8200 §4.2: options', () => {
  const places = [
    ['hop-by-hop, at the destination', ours, ourGroup, hopByHop],
    ['destination options', ours, ourGroup, destinationOptions],
  ] as const;
  it.each(places)('§4.2: in %s the action bits say what to do with an unknown option', (_name, to, toGroup, header) => {
    const answers = [0, 1, 2, 3].map((action) => [
      answerTo(bytesOf(to, header(unknown(action)), udp())),
      answerTo(bytesOf(toGroup, header(unknown(action)), udp())),
    ]);
    expect(answers).toEqual([
      ['delivered', 'delivered'],
      ['unknownOptionSilent', 'unknownOptionSilent'],
      ['unknownOption, 4/2 at 42', 'unknownOption, 4/2 at 42'],
      ['unknownOption, 4/2 at 42', 'unknownOptionSilent'],
    ]);
  });

  it('§4.2: in hop-by-hop options on the way likewise', () => {
    expect([0, 1, 2, 3].map((action) => answerTo(bytesOf(others, hopByHop(unknown(action)), udp())))).toEqual([
      'forwarded',
      'unknownOptionSilent',
      'unknownOption, 4/2 at 42',
      'unknownOption, 4/2 at 42',
    ]);
  });

  table([
    [
      '§4.2',
      'options are processed in order, none is sought behind one that is refused',
      bytesOf(ours, destinationOptions(unknown(1), unknown(2)), udp()),
      'unknownOptionSilent',
    ],
    [
      '§4.2',
      'the pointer is that of the unknown option',
      bytesOf(ours, hopByHop(padN(6)), destinationOptions(pad1(), unknown(0), padN(3), unknown(2)), udp()),
      'unknownOption, 4/2 at 58',
    ],
    [
      '§4.2',
      'an option is known by all eight bits of its type, not by the low five',
      bytesOf(ours, hopByHop(unknown(2, 0x05)), udp()),
      'unknownOption, 4/2 at 42',
    ],
    [
      '§4.2',
      'the bit that says whether an option changes on the way is part of its type',
      bytesOf(ours, hopByHop(unknown(2, 0x25)), udp()),
      'unknownOption, 4/2 at 42',
    ],
    [
      '§4.2',
      'Pad1 has neither length nor data',
      bytesOf(ours, hopByHop(pad1(), unknown(0), pad1()), udp()),
      'delivered',
    ],
    ['§4.2', 'PadN may have no data', bytesOf(ours, destinationOptions(unknown(0), padN(2)), udp()), 'delivered'],
    [
      '§4.2',
      'padding may stand between and behind options',
      bytesOf(ours, destinationOptions(padN(2), unknown(0)), udp()),
      'delivered',
    ],
    [
      '§4.2',
      'PadN holds zeros; what does not is refused (RFC 4443 §3.4)',
      bytesOf(ours, destinationOptions(option(1, Uint8Array.of(0, 0, 7, 0))), udp()),
      'paddingNotZero, 4/0 at 46',
    ],
    [
      '§4.2',
      'alignment is asked of senders, not of what is received',
      bytesOf(ours, hopByHop(pad1(), routerAlert()), udp()),
      'delivered',
    ],
    [
      '§4.2, RFC 4443 §3.4',
      'an option that runs past its header is refused, pointing at its length',
      bytesOf(ours, destinationOptions(option(0x1e, payload(2), 9)), udp()),
      'badOptionLength, 4/0 at 43',
    ],
    [
      '§4.2, RFC 4443 §3.4',
      'on the way too',
      bytesOf(others, hopByHop(option(0x1e, payload(2), 9)), udp()),
      'badOptionLength, 4/0 at 43',
    ],
  ]);
});

describe('RFC 8200 §4.3, RFC 9673: hop-by-hop options', () => {
  table([
    [
      'RFC 8200 §4.3',
      'the header is read at the destination',
      bytesOf(ours, hopByHop(unknown(2)), udp()),
      'unknownOption, 4/2 at 42',
    ],
    [
      'RFC 8200 §4.3',
      'the header is read on the way',
      bytesOf(others, hopByHop(unknown(2)), udp()),
      'unknownOption, 4/2 at 42',
    ],
    [
      'RFC 8200 §4.3',
      'it may have 2,048 bytes',
      bytesOf(ours, hopByHop(...times(8, option(0x1e, payload(253)))), udp()),
      'delivered',
    ],
    ['RFC 9673 §5.1', 'no packet is dropped for having the header', bytesOf(others, hopByHop(), udp()), 'forwarded'],
    [
      'RFC 9673 §5.1',
      'no packet is dropped for options that say nothing here',
      bytesOf(others, hopByHop(unknown(0)), udp()),
      'forwarded',
    ],
    [
      'RFC 9673 §5.2',
      'options beyond what a router reads are passed over, whatever their action',
      bytesOf(others, hopByHop(...times(8, unknown(0)), unknown(1)), udp()),
      'forwarded',
    ],
    [
      'RFC 9673 §5.2',
      'so is what follows more padding than a router reads',
      bytesOf(others, hopByHop(...times(8, pad1()), unknown(1)), udp()),
      'forwarded',
    ],
    [
      'RFC 9673 §5.2',
      'of those that are read, in order, the first refusal counts',
      bytesOf(others, hopByHop(unknown(1), unknown(2)), udp()),
      'unknownOptionSilent',
    ],
    [
      'RFC 9673 §5.2.1',
      'Router Alert diverts no packet for others',
      bytesOf(others, hopByHop(routerAlert(1)), udp()),
      'forwarded',
    ],
    [
      'RFC 6398 §5',
      'nor does it if it speaks of multicast listeners',
      bytesOf(others, hopByHop(routerAlert(0)), icmp6({ type: 131 }), payload(16)),
      'forwarded',
    ],
    [
      'RFC 2711 §2.1',
      'Router Alert has two bytes',
      bytesOf(others, hopByHop(option(5, payload(4))), udp()),
      'badOptionLength, 4/0 at 43',
    ],
    [
      'RFC 4443 §3.4',
      'a header that runs past the packet is refused, pointing at its length',
      cut(bytesOf(others, hopByHop(unknown(0)), udp()), 47),
      'truncatedHeader, 4/0 at 41',
    ],
  ]);

  it('RFC 9673 §5.2: how much a router reads is configurable', () => {
    const bytes = bytesOf(others, hopByHop(unknown(0), unknown(2)), udp());
    const one: RouterAdapter = (lanes) => ({
      ...lanes,
      forward: pipe(hopByHopOptions({ limits: { options: 1 } }), hopLimit()),
    });
    expect([answerTo(bytes), answerTo(bytes, { adapt: one })]).toEqual(['unknownOption, 4/2 at 46', 'forwarded']);
  });

  it('RFC 2711, RFC 2710 §4: listener messages with Router Alert reach the router that is no member of their group', () => {
    const report = ipv6({ source: 'fe80::2', destination: 'ff02::1:3', hopLimit: 1 });
    const bytes = (value: number): Uint8Array =>
      bytesOf(report, hopByHop(routerAlert(value)), icmp6({ type: 131 }), payload(16));
    const bed = listening();
    let heard = 0;
    bed.node.ports.listen(Protocol.icmpv6, 131, () => {
      heard += 1;
    });
    expect([answerTo(bytes(0), { bed }), answerTo(bytes(1), { bed }), heard]).toEqual(['delivered', 'notMember', 1]);
  });
});

describe('RFC 2675: jumbograms, which this router does not carry', () => {
  const jumbo = option(0xc2, Uint8Array.of(0, 1, 0, 0));
  const empty = (destination: string): Layer => ipv6({ source: 'fd00:a::2', destination, payloadLength: 0 });
  table([
    [
      '§3, RFC 8200 §4.2',
      'one for us is refused as its option asks',
      bytesOf(empty('fd00:a::1'), hopByHop(jumbo), udp(), payload(64)),
      'unknownOption, 4/2 at 42',
    ],
    [
      '§3, RFC 8200 §4.2',
      'one for others too',
      bytesOf(empty('2001:db8:1::1'), hopByHop(jumbo), udp(), payload(64)),
      'unknownOption, 4/2 at 42',
    ],
    [
      '§3, RFC 8200 §4.2',
      'one for a group is refused silently',
      bytesOf(empty('ff02::1'), hopByHop(jumbo), udp(), payload(64)),
      'unknownOptionSilent',
    ],
    [
      '§3',
      'payload length 0 without the option is refused, pointing at it',
      bytesOf(empty('fd00:a::1'), hopByHop(), udp()),
      'zeroPayloadLength, 4/0 at 4',
    ],
    [
      'RFC 8200 §4.2',
      'in a packet that has a payload length it is an unknown option',
      bytesOf(ours, hopByHop(jumbo), udp()),
      'unknownOption, 4/2 at 42',
    ],
  ]);
});
