import { describe, expect, it } from 'vitest';
import { extensionHeadersStep, hopByHopStep } from '../../../src/operators/extension-headers.ts';
import { defaultOptions, type OptionHandler, type OptionLimits } from '../../../src/operators/headers/index.ts';
import { Drop } from '../../../src/packet/index.ts';
import {
  bytesOf,
  destinationOptions,
  hopByHop,
  ipv6,
  joinBytes,
  type Layer,
  option,
  pad1,
  padN,
  payload,
  routerAlert,
  udp,
} from '../../../src/testing/index.ts';
import { outcomeOf, received } from '../../support/testbed.ts';

const unicast = ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1' });
const group = ipv6({ source: 'fd00:a::2', destination: 'ff02::1' });
const addressed = { unicast, group };

/** An option that no one knows; the action is in the two high bits of its type (RFC 8200 §4.2). */
const unknown = (action: number, length = 2): Uint8Array => option((action << 6) | 0x1e, payload(length));
const times = (count: number, bytes: Uint8Array): Uint8Array[] => Array.from({ length: count }, () => bytes);

/** What became of a packet with this header, and where the refusal points. */
interface Fate {
  readonly outcome: string;
  readonly pointer: number;
}
const passed: Fate = { outcome: 'inFlight', pointer: 0 };
const at = (pointer: number, outcome: string): Fate => ({ outcome, pointer });

const atDestination = (ip: Layer, header: Layer, limits: OptionLimits = {}, options = defaultOptions): Fate => {
  const packet = received(bytesOf(ip, header, udp()));
  extensionHeadersStep({ limits, options })(packet);
  return at(packet.dropParameter, outcomeOf(packet));
};
const onTheWay = (ip: Layer, header: Layer, limits: OptionLimits = {}, options = defaultOptions): Fate => {
  const packet = received(bytesOf(ip, header, udp()));
  hopByHopStep({ limits, options })(packet);
  return at(packet.dropParameter, outcomeOf(packet));
};

describe('options that no limit concerns are treated alike on the way and at the destination', () => {
  it.each<readonly [string, keyof typeof addressed, readonly Uint8Array[], Fate]>([
    ['none', 'unicast', [], passed],
    ['padding between options', 'unicast', [pad1(), unknown(0), padN(7), unknown(0), pad1(), padN(2)], passed],
    ['a router alert', 'unicast', [routerAlert(1)], passed],
    ['eight options', 'unicast', times(8, unknown(0)), passed],
    ['an option of the greatest length', 'unicast', [unknown(0, 255)], passed],
    ['unknown, to skip', 'unicast', [unknown(0)], passed],
    ['unknown, to discard', 'unicast', [unknown(1)], at(42, 'unknownOptionSilent')],
    ['unknown, to report', 'unicast', [unknown(2)], at(42, 'unknownOption')],
    ['unknown, to report unless to a group', 'unicast', [unknown(3)], at(42, 'unknownOption')],
    ['unknown, to skip, to a group', 'group', [unknown(0)], passed],
    ['unknown, to discard, to a group', 'group', [unknown(1)], at(42, 'unknownOptionSilent')],
    ['unknown, to report, to a group', 'group', [unknown(2)], at(42, 'unknownOption')],
    ['unknown, to report unless to a group, to a group', 'group', [unknown(3)], at(42, 'unknownOptionSilent')],
    ['unknown behind padding and others', 'unicast', [padN(4), unknown(0), unknown(2)], at(50, 'unknownOption')],
    ['the first unknown one counts', 'unicast', [unknown(1), unknown(2)], at(42, 'unknownOptionSilent')],
    ['a jumbo payload option (RFC 2675)', 'unicast', [option(0xc2, payload(4))], at(42, 'unknownOption')],
    ['a router alert that is too long', 'unicast', [option(5, payload(4))], at(43, 'badOptionLength')],
    ['a router alert that is too short', 'unicast', [option(5)], at(43, 'badOptionLength')],
    ['an option past its header', 'unicast', [option(0x1e, payload(2), 5)], at(43, 'badOptionLength')],
    ['an option without a length', 'unicast', [padN(5), Uint8Array.of(0x1e)], at(47, 'badOptionLength')],
    ['padding past its header', 'unicast', [option(1, payload(2), 255)], at(43, 'badOptionLength')],
  ])('%s', (_name, to, list, fate) => {
    const header = hopByHop(...list);
    expect([atDestination(addressed[to], header), onTheWay(addressed[to], header)]).toEqual([fate, fate]);
  });

  it.each<readonly [string, readonly Uint8Array[], Fate]>([
    ['a tunnel encapsulation limit (RFC 2473)', [option(4, Uint8Array.of(3))], passed],
    ['a tunnel encapsulation limit of two bytes', [option(4, payload(2))], at(43, 'badOptionLength')],
    ['a router alert, which means nothing here', [option(5, payload(9))], passed],
    ['a home address (RFC 6275 §6.3)', [option(0xc9, payload(16))], at(42, 'unknownOption')],
  ])('in a destination options header: %s', (_name, list, fate) => {
    expect(atDestination(unicast, destinationOptions(...list))).toEqual(fate);
  });

  it('but those for the destination are not read on the way', () => {
    expect(onTheWay(unicast, destinationOptions(unknown(1)))).toEqual(passed);
  });
});

describe('a limit', () => {
  const long = joinBytes(Uint8Array.of(1, 3, 0, 7), Uint8Array.of(0));

  it.each<readonly [string, OptionLimits, readonly Uint8Array[], string, number]>([
    // RFC 8504 §5.3: seven bytes of padding; it may be lifted
    ['of padding: Pad1', {}, times(8, pad1()), 'paddingTooLong', 49],
    ['of padding: PadN', {}, [padN(8)], 'paddingTooLong', 42],
    ['of padding: both in a row', {}, [padN(5), pad1(), padN(2)], 'paddingTooLong', 48],
    ['of padding, lowered', { padding: 2 }, [padN(2), unknown(0), padN(3), unknown(0)], 'paddingTooLong', 48],
    ['of what padding holds', {}, [unknown(0), long], 'paddingNotZero', 49],
    ['of options', {}, times(9, unknown(0)), 'tooManyOptions', 74],
    ['of options, lowered', { options: 1 }, [unknown(0), padN(4), unknown(0)], 'tooManyOptions', 50],
    ['of options: none', { options: 0 }, [unknown(0)], 'tooManyOptions', 42],
    ['of option data', { optionBytes: 4 }, [unknown(0, 4), unknown(0, 5)], 'optionTooBig', 48],
    ['of the header', { headerBytes: 8 }, [unknown(0, 10)], 'headerTooBig', 40],
    ['of unknown options', { unknownOptions: false }, [routerAlert(), unknown(0)], 'unknownOptionSilent', 46],
  ])('%s: the destination refuses, a node on the way passes over', (_name, limits, list, outcome, pointer) => {
    const header = hopByHop(...list);
    expect(atDestination(unicast, header, limits)).toEqual(at(pointer, outcome));
    expect(onTheWay(unicast, header, limits)).toEqual(passed);
  });

  it.each<readonly [string, OptionLimits, readonly Uint8Array[]]>([
    ['of padding, in length', { padding: 2_048 }, times(200, pad1())],
    ['of padding, in content', { zeroPadding: false }, [long]],
    ['of options', { options: 9 }, times(9, unknown(0))],
  ])('%s can be lifted', (_name, limits, list) => {
    expect(atDestination(unicast, hopByHop(...list), limits)).toEqual(passed);
  });

  it('hides what lies beyond it from a node on the way (RFC 9673 §5.2)', () => {
    const list = [...times(8, unknown(0)), unknown(2)];
    expect(onTheWay(unicast, hopByHop(...list))).toEqual(passed);
    expect(onTheWay(unicast, hopByHop(...list), { options: 9 })).toEqual(at(74, 'unknownOption'));
  });

  it('leaves a node on the way behind the header, wherever it stopped to read', () => {
    const packet = received(bytesOf(unicast, hopByHop(...times(9, unknown(0))), udp()));
    hopByHopStep()(packet);
    expect([packet.protocol, packet.upper - packet.start, packet.protocolPointer]).toEqual([17, 80, 40]);
  });
});

describe('an option of our own', () => {
  const seen: number[] = [];
  const mine = (where: OptionHandler['where']): OptionHandler => ({
    type: 0x9e,
    name: 'Mine',
    where,
    dataLength: 2,
    step: (packet, optionAt) => {
      seen.push(packet.view.getUint16(optionAt + 2));
      if (packet.view.getUint8(optionAt + 2) === 0xff) packet.refuse(Drop.blackhole, 7);
    },
  });
  const given = (...data: number[]): Uint8Array => option(0x9e, Uint8Array.from(data));

  it.each<readonly [OptionHandler['where'], Fate, Fate]>([
    ['hopByHop', passed, at(42, 'unknownOption')],
    ['destination', at(42, 'unknownOption'), passed],
    ['both', passed, passed],
  ])('is known where it means something: %s', (where, inHopByHop, inDestination) => {
    const options = [...defaultOptions, mine(where)];
    expect([
      onTheWay(unicast, hopByHop(given(1, 2)), {}, options),
      atDestination(unicast, hopByHop(given(1, 2)), {}, options),
      atDestination(unicast, destinationOptions(given(1, 2)), {}, options),
    ]).toEqual([inHopByHop, inHopByHop, inDestination]);
  });

  it('gets each of its occurrences, and may refuse', () => {
    seen.length = 0;
    const options = [mine('both')];
    const fate = onTheWay(unicast, hopByHop(given(1, 2), given(0xff, 3), given(4, 5)), {}, options);
    expect([seen, fate]).toEqual([[0x102, 0xff03], at(7, 'blackhole')]);
  });

  it('is refused before its step when its length is wrong', () => {
    seen.length = 0;
    expect([onTheWay(unicast, hopByHop(given(1)), {}, [mine('both')]), seen]).toEqual([at(43, 'badOptionLength'), []]);
  });

  it('takes the place of one of the same type', () => {
    const strict: OptionHandler = {
      type: 5,
      name: 'No alert',
      where: 'hopByHop',
      step: (packet) => packet.refuse(Drop.blackhole),
    };
    expect(onTheWay(unicast, hopByHop(routerAlert()), {}, [...defaultOptions, strict]).outcome).toBe('blackhole');
  });

  it('needs a type that fits a byte', () => {
    expect(() => hopByHopStep({ options: [{ type: 256, name: 'Far', where: 'both' }] })).toThrow(
      'umigame: the handler "Far" has the number 256; give it one from 0 to 255',
    );
  });
});
