import { describe, expect, it } from 'vitest';
import { Drop, type DropName, dropCount, dropNames, dropReasons } from '../../src/packet/index.ts';
import { counterNames } from '../../src/state/counters.ts';

const names = dropNames.slice(1) as DropName[];

describe('Drop', () => {
  it('has 0 for "not refused" and a code per name, in order', () => {
    expect(Drop.none).toBe(0);
    expect(dropReasons[0]).toBeUndefined();
    expect(names.map((name) => Drop[name])).toEqual(names.map((_, index) => index + 1));
    expect([dropNames.length, dropReasons.length]).toEqual([dropCount, dropCount]);
  });
});

describe.each(names)('reason %s', (name) => {
  const reason = dropReasons[Drop[name]]!;

  it('is a sentence for people and cites its clause', () => {
    expect(reason.sentence).toMatch(/^[A-Z].*\.$/);
    expect(reason.rfc).toMatch(/^RFC \d+( §[\d.-]+)?(, RFC \d+( §[\d.-]+)?)*$/);
  });

  it('raises a counter of RFC 4293', () => {
    expect(counterNames).toContain(reason.counter);
  });

  it('calls for an ICMP error that exists, if for any', () => {
    if (reason.icmp6) expect([1, 2, 3, 4]).toContain(reason.icmp6.type);
    if (reason.icmp4) expect([3, 11, 12]).toContain(reason.icmp4.type);
  });
});

describe('ICMP consequences', () => {
  const consequences = (version: 'icmp6' | 'icmp4'): Record<string, string> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const found = dropReasons[Drop[name]]?.[version];
        return found
          ? [[name, [found.type, found.code, found.parameter].filter((part) => part !== undefined).join(' ')]]
          : [];
      }),
    );

  it('are those of RFC 4443 §3, RFC 7112 §5 and RFC 8883 §2', () => {
    expect(consequences('icmp6')).toEqual({
      noRoute: '1 0',
      prohibitedByPolicy: '1 1',
      noAssociation: '1 1',
      beyondScope: '1 2',
      foreignLinkLocal: '1 3',
      pointToPointReturn: '1 3',
      addressUnreachable: '1 3',
      portUnreachable: '1 4',
      rejectRoute: '1 6',
      packetTooBig: '2 0 mtu',
      hopLimitExceeded: '3 0',
      reassemblyTimeout: '3 1',
      unalignedFragment: '4 0 pointer',
      reassembledTooLong: '4 0 pointer',
      incompleteHeaderChain: '4 3 pointer',
      truncatedHeader: '4 0 pointer',
      zeroPayloadLength: '4 0 pointer',
      paddingNotZero: '4 0 pointer',
      badOptionLength: '4 0 pointer',
      badRoutingHeader: '4 0 pointer',
      headerTooBig: '4 6 pointer',
      chainTooLong: '4 7 pointer',
      tooManyHeaders: '4 8 pointer',
      tooManyOptions: '4 9 pointer',
      optionTooBig: '4 10 pointer',
      paddingTooLong: '4 10 pointer',
      misplacedHopByHop: '4 1 pointer',
      unknownProtocol: '4 1 pointer',
      unknownOption: '4 2 pointer',
    });
  });

  it('are those of RFC 792 and RFC 1812 §4.3', () => {
    expect(consequences('icmp4')).toEqual({
      noRoute: '3 0',
      reassemblyTimeout: '11 1',
      rejectRoute: '3 1',
      pointToPointReturn: '3 1',
      addressUnreachable: '3 1',
      unknownProtocol: '3 2',
      portUnreachable: '3 3',
      packetTooBig: '3 4 mtu',
      prohibitedByPolicy: '3 13',
      noAssociation: '3 13',
      hopLimitExceeded: '11 0',
      badOptionLength: '12 0 pointer',
    });
  });

  it('reach senders to groups in the two cases of RFC 4443 §2.4 e.3 only', () => {
    expect(names.filter((name) => dropReasons[Drop[name]]?.icmp6?.evenIfMulticast)).toEqual([
      'unknownOption',
      'packetTooBig',
    ]);
  });
});
