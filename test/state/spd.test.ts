import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Flow, none, opaque } from '../../src/state/spd/flow.ts';
import type { PolicySpec } from '../../src/state/spd/policy.ts';
import { Direction, PolicyAction, Spd, type SpdOptions } from '../../src/state/spd.ts';
import { addressOf } from '../../src/testing/index.ts';
import { writeAddress } from '../../src/wire/address.ts';
import { advance, prefixFrom } from '../support/testbed.ts';

const bed = (options: SpdOptions = {}) => {
  const clock = new VirtualTimeScheduler();
  return { clock, spd: new Spd({ scheduler: clock, seed: 7 }, options) };
};

const policy = (more: Partial<PolicySpec> = {}): PolicySpec => ({
  direction: 'out',
  source: prefixFrom('fd00:a::/64'),
  destination: prefixFrom('fd00:b::/64'),
  action: 'discard',
  ...more,
});

const flowOf = (source: string, destination: string, protocol = 17, sourcePort = 1, destinationPort = 2): Flow => {
  const flow = new Flow();
  const view = new DataView(new ArrayBuffer(32));
  writeAddress(view, 0, addressOf(source));
  writeAddress(view, 16, addressOf(destination));
  flow.readAddresses(addressOf(source).family, view, 0, 16);
  flow.protocol = protocol;
  flow.sourcePort = sourcePort;
  flow.destinationPort = destinationPort;
  return flow;
};

const names = Object.keys(PolicyAction);
const answer = (spd: Spd, flow: Flow, direction: number = Direction.out): string =>
  names[spd.lookup(direction, flow).policy.action] as string;

const ab = flowOf('fd00:a::1', 'fd00:b::1');

describe('a look-up', () => {
  test('gives the first policy that matches, and follows every change at once', () => {
    const { spd } = bed();
    expect([answer(spd, ab), spd.active]).toEqual(['bypass', false]);
    const first = spd.add(policy());
    expect([answer(spd, ab), spd.active]).toEqual(['discard', true]);
    spd.add(policy({ source: prefixFrom('fd00:a::1/128'), action: 'bypass' }), 0);
    expect(answer(spd, ab)).toBe('bypass');
    expect(answer(spd, flowOf('fd00:a::2', 'fd00:b::1'))).toBe('discard');
    spd.replace(policy({ source: prefixFrom('fd00:a::1/128'), action: 'discard' }));
    expect(answer(spd, ab)).toBe('discard');
    spd.flush();
    expect([answer(spd, ab), spd.active]).toEqual(['bypass', false]);
    expect(spd.deleteById(first.id)).toBe(false);
  });

  test('distinguishes directions: `in` is for what is for others, too', () => {
    const { spd } = bed();
    spd.add(policy({ direction: 'in' }));
    const all = [Direction.in, Direction.out, Direction.forward];
    expect(all.map((direction) => answer(spd, ab, direction))).toEqual(['discard', 'bypass', 'discard']);
    spd.flush();
    spd.add(policy({ direction: 'forward' }));
    expect(all.map((direction) => answer(spd, ab, direction))).toEqual(['bypass', 'bypass', 'discard']);
  });

  test('gives what holds where no policy does', () => {
    const { spd } = bed();
    spd.rule({ out: 'discard' });
    expect([answer(spd, ab), answer(spd, ab, Direction.in)]).toEqual(['discard', 'bypass']);
  });

  // KAME took 0 for any, so echo replies of IPv4 could not be named.
  test('knows ICMP type 0', () => {
    const { spd } = bed();
    const four = { source: prefixFrom('0.0.0.0/0'), destination: prefixFrom('0.0.0.0/0') };
    spd.add(policy({ ...four, protocol: 1, icmpType: 0 }));
    const [reply, request] = [0, 8].map((type) => answer(spd, flowOf('10.0.0.1', '10.0.0.2', 1, type, 0)));
    expect([reply, request]).toEqual(['discard', 'bypass']);
  });

  test('knows ranges of ports', () => {
    const { spd } = bed();
    spd.add(policy({ protocol: 17, destinationPort: [80, 90] }));
    const at = (port: number): string => answer(spd, flowOf('fd00:a::1', 'fd00:b::1', 17, 9, port));
    expect([79, 80, 90, 91].map(at)).toEqual(['bypass', 'discard', 'discard', 'bypass']);
    expect(answer(spd, flowOf('fd00:a::1', 'fd00:b::1', 6, 9, 80))).toBe('bypass');
    expect(answer(spd, flowOf('fd00:a::1', 'fd00:b::1', 47, none, none))).toBe('bypass');
  });

  test('does not let a fragment pass that might have to be stopped', () => {
    const { spd } = bed();
    spd.add(policy({ protocol: 17, destinationPort: 80 }));
    expect(answer(spd, flowOf('fd00:a::1', 'fd00:b::1', opaque, opaque, opaque))).toBe('opaque');
    expect(answer(spd, flowOf('fd00:a::1', 'fd00:b::1', 17, opaque, opaque))).toBe('opaque');
    expect(answer(spd, flowOf('fd00:a::1', 'fd00:b::1', 6, opaque, opaque))).toBe('bypass');
    spd.replace(policy({ protocol: 17, destinationPort: 80, action: 'bypass' }));
    expect(answer(spd, flowOf('fd00:a::1', 'fd00:b::1', 17, opaque, opaque))).toBe('bypass');
    spd.add(policy());
    expect(answer(spd, flowOf('fd00:a::1', 'fd00:b::1', 17, opaque, opaque))).toBe('discard');
  });
});

const addresses = fc.constantFrom('fd00:a::1', 'fd00:a::2', 'fd00:b::1', 'fd00:b::2', '::1');
const prefixes = fc.constantFrom('fd00:a::/64', 'fd00:b::/64', 'fd00:a::1/128', 'fd00::/16', '::/0');
const specs = fc.record({
  direction: fc.constantFrom('in' as const, 'out' as const, 'forward' as const),
  source: prefixes,
  destination: prefixes,
  protocol: fc.constantFrom(undefined, 6, 17),
  port: fc.constantFrom(undefined, 80, 443),
  action: fc.constantFrom('bypass' as const, 'discard' as const),
});
type Drawn = typeof specs extends fc.Arbitrary<infer Value> ? Value : never;

const specOf = ({ direction, source, destination, protocol, port, action }: Drawn): PolicySpec => ({
  direction,
  source: prefixFrom(source),
  destination: prefixFrom(destination),
  protocol,
  destinationPort: protocol === undefined ? undefined : port,
  action,
});

test('what is remembered is what a search would find, whatever is added and deleted in between', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ add: specs, place: fc.nat(5) }),
      fc.record({ remove: fc.nat(9) }),
      fc.record({ ask: fc.tuple(addresses, addresses, fc.constantFrom(6, 17), fc.constantFrom(80, 443, 9)) }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const remembering = bed({ flows: 4 }).spd;
      for (const step of all) {
        const { size } = remembering;
        if ('add' in step) {
          try {
            remembering.add(specOf(step.add), Math.min(step.place, size));
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        } else if ('remove' in step) {
          const found = remembering.list()[step.remove];
          if (found !== undefined) expect(remembering.deleteById(found.id)).toBe(true);
        } else {
          const fresh = bed().spd;
          for (const each of remembering.list()) fresh.add(each);
          const flow = flowOf(step.ask[0], step.ask[1], step.ask[2], 5, step.ask[3]);
          for (const direction of Object.values(Direction)) {
            expect(answer(remembering, flow, direction)).toBe(answer(fresh, flow, direction));
          }
        }
      }
    }),
  );
});

describe('lifetimes', () => {
  test('a policy ends when it is so old', () => {
    const { clock, spd } = bed();
    spd.add(policy({ lifetime: { seconds: 10 } }));
    advance(clock, 9_999);
    expect(spd.size).toBe(1);
    advance(clock, 1);
    expect([spd.size, answer(spd, ab)]).toEqual([0, 'bypass']);
  });

  test('a policy ends when it was not used for so long', () => {
    const { clock, spd } = bed();
    spd.add(policy({ lifetime: { idleSeconds: 10 } }));
    for (let i = 0; i < 5; i += 1) {
      advance(clock, 9_000);
      expect(answer(spd, ab)).toBe('discard');
    }
    advance(clock, 20_000);
    expect(spd.size).toBe(0);
  });
});

test.each([
  [{ destination: prefixFrom('10.0.0.0/8') }, 'its ends are of two IP versions'],
  [{ action: 'protect' }, 'it protects by nothing'],
  [{ requests: [{ protocol: 'esp', mode: 'transport', level: 'use' }] }, 'it asks for protection, but its action is'],
  [{ sourcePort: 80 }, 'ports are those of TCP, UDP'],
  [{ protocol: 17, sourcePort: [9, 8] }, 'the source ports run backwards'],
  [{ protocol: 17, icmpType: 8 }, 'types and codes are those of ICMP or ICMPv6'],
  [
    { action: 'protect', requests: [{ protocol: 'esp', mode: 'tunnel', level: 'use' }] },
    'needs both ends of the tunnel',
  ],
  [{ action: 'protect', requests: [{ protocol: 'esp', mode: 'transport', level: 'unique' }] }, 'needs its reqid'],
  [
    {
      action: 'protect',
      requests: Array.from({ length: 5 }, () => ({ protocol: 'esp', mode: 'transport', level: 'use' })),
    },
    'it asks for more than 4 protections',
  ],
])('refuses %j', (more, sentence) => {
  const { spd } = bed();
  expect(() => spd.add(policy(more as Partial<PolicySpec>))).toThrow(sentence);
});

test('refuses a policy that selects what another does, and more than the limit', () => {
  const { spd } = bed({ policies: 2 });
  spd.add(policy());
  expect(() => spd.add(policy({ action: 'bypass' }))).toThrow('exists already');
  spd.add(policy({ direction: 'in' }));
  expect(() => spd.add(policy({ direction: 'forward' }))).toThrow('no more than 2 security policies');
});

test('warns of a level that was omitted, as long as that means `use`', () => {
  const { spd } = bed();
  const requests = [{ protocol: 'ah', mode: 'transport', level: 'default' }] as const;
  spd.add(policy({ action: 'protect', requests }));
  expect(spd.warnings()).toEqual([
    'the policy for out fd00:a::/64 to fd00:b::/64 lets packets out in clear as long as ah can\'t be had: say "require" as its level',
  ]);
  spd.rule({ defaultLevel: 'require' });
  expect(spd.warnings()).toEqual([]);
});
