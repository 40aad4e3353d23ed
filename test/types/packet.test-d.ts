import { type MonoTypeOperatorFunction, map, type Observable, type OperatorFunction, of, pipe } from 'rxjs';
import { describe, expectTypeOf, test } from 'vitest';
import {
  branch,
  Drop,
  type DropName,
  type DropReason,
  dropReasons,
  Fate,
  type Lane,
  Packet,
  PacketPool,
  pass,
  Status,
  type Step,
  stage,
} from '../../src/packet/index.ts';

describe('a lane', () => {
  test('is an RxJS operator from packets to packets, no more', () => {
    expectTypeOf<Lane>().toEqualTypeOf<MonoTypeOperatorFunction<Packet>>();
    expectTypeOf<Lane>().toExtend<OperatorFunction<Packet, Packet>>();
    expectTypeOf(pass).toEqualTypeOf<Lane>();
  });

  test('is joined by pipe, to lanes and to operators of RxJS', () => {
    expectTypeOf(
      pipe(
        pass,
        stage(() => {}),
      ),
    ).toExtend<Lane>();
    expectTypeOf(of<Packet>().pipe(pass)).toEqualTypeOf<Observable<Packet>>();
    const lengths: OperatorFunction<Packet, number> = pipe(
      pass,
      map((packet) => packet.length),
    );
    // @ts-expect-error packets go in, numbers come out: not a lane
    const lane: Lane = lengths;
    expectTypeOf(lane).not.toBeAny();
  });
});

describe('a stage', () => {
  test('lifts a step', () => {
    expectTypeOf(stage).toEqualTypeOf<(step: Step) => Lane>();
    expectTypeOf<Step>().toEqualTypeOf<(packet: Packet) => void>();
  });

  test('takes no step for something else than packets', () => {
    // @ts-expect-error a step is given a packet
    stage((word: string) => word.length);
  });
});

describe('branch', () => {
  const parity = (packet: Packet): 'odd' | 'even' => (packet.length % 2 === 0 ? 'even' : 'odd');

  test('wants a lane for every name that the key returns', () => {
    expectTypeOf(branch(parity, { odd: pass, even: pass })).toEqualTypeOf<Lane>();
    // @ts-expect-error the lane `even` is missing
    branch(parity, { odd: pass });
  });

  test('wants no lane that the key never names', () => {
    // @ts-expect-error the key never returns `neither`
    branch(parity, { odd: pass, even: pass, neither: pass });
  });

  test('wants lanes', () => {
    // @ts-expect-error this one makes numbers of packets
    branch(parity, { odd: pass, even: map((packet: Packet) => packet.length) });
  });

  test('wants names as keys', () => {
    // @ts-expect-error a number is no name
    branch((packet: Packet) => packet.length, {});
  });
});

describe('a refusal', () => {
  test('has a name that is known, and a number', () => {
    expectTypeOf(Drop.hopLimitExceeded).toEqualTypeOf<number>();
    expectTypeOf<'hopLimitExceeded' | 'noRoute' | 'packetTooBig'>().toExtend<DropName>();
    expectTypeOf<DropName>().not.toEqualTypeOf<string>();
    // @ts-expect-error no such reason
    Drop.ttlExceeded;
  });

  test('is data that nobody changes', () => {
    expectTypeOf(dropReasons[Drop.noRoute]).toEqualTypeOf<DropReason | undefined>();
    // @ts-expect-error codes are constants
    Drop.noRoute = 3;
    // @ts-expect-error reasons are a constant table
    dropReasons[1] = undefined;
  });

  test('takes a code and, where the reason has one, a parameter', () => {
    expectTypeOf<Packet['refuse']>().toEqualTypeOf<(drop: number, parameter?: number) => void>();
  });
});

describe('a packet', () => {
  test('has one of four statuses and one of three fates', () => {
    expectTypeOf<Packet['status']>().toEqualTypeOf<0 | 1 | 2 | 3>();
    expectTypeOf<Packet['fate']>().toEqualTypeOf<0 | 1 | 2>();
    expectTypeOf(Status.refused).toEqualTypeOf<3>();
    expectTypeOf(Fate.forward).toEqualTypeOf<2>();
  });

  test('keeps its slab for life', () => {
    const packet = new Packet(64);
    // @ts-expect-error the slab is the packet's own
    packet.bytes = new Uint8Array(64);
  });

  test('may be denied by a pool', () => {
    expectTypeOf(new PacketPool().acquire(64)).toEqualTypeOf<Packet | undefined>();
  });
});
