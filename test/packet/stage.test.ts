import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { always, atEnd, Drop, type Lane, Packet, pass, Status, stage, whenRefused } from '../../src/packet/index.ts';

/** One packet of every status. */
const packets = (): Packet[] =>
  Object.values(Status).map((status) => {
    const packet = new Packet(64);
    if (status === Status.refused) packet.refuse(Drop.noRoute);
    else packet.status = status;
    return packet;
  });

const seenBy = async (make: (step: (packet: Packet) => void) => Lane): Promise<Status[]> => {
  const seen: Status[] = [];
  const given = packets();
  const lane = make((packet) => seen.push(packet.status));
  const out = await lastValueFrom(from(given).pipe(lane, toArray()));
  expect(out).toEqual(given);
  return seen;
};

describe('lifting a step', () => {
  it.each([
    ['stage', stage, [Status.inFlight]],
    ['whenRefused', whenRefused, [Status.refused]],
    ['always', always, [Status.inFlight, Status.delivered, Status.sent, Status.refused]],
  ])('%s gives it the packets that are its business and hands all on, in order', async (_name, lift, expected) => {
    expect(await seenBy(lift)).toEqual(expected);
  });

  it('passes a packet by that the stage before refused', async () => {
    const seen: string[] = [];
    const refuse = stage((packet) => packet.refuse(Drop.noRoute));
    const lanes = [refuse, stage(() => seen.push('stage')), whenRefused(() => seen.push('whenRefused'))] as const;
    await lastValueFrom(from([new Packet(64)]).pipe(...lanes));
    expect(seen).toEqual(['whenRefused']);
  });

  it('runs the steps of adjacent stages packet by packet', async () => {
    const seen: string[] = [];
    const mark = (name: string): Lane => stage((packet) => seen.push(`${name}${packet.end}`));
    const given = [new Packet(64).reset(0, 1), new Packet(64).reset(0, 2)];
    await lastValueFrom(
      from(given).pipe(
        mark('x'),
        atEnd(() => seen.push('end')),
        mark('y'),
      ),
    );
    expect(seen).toEqual(['x1', 'y1', 'x2', 'y2', 'end']);
  });

  it('leaves a lane that was extended as it was', async () => {
    const seen: string[] = [];
    const source = from(packets()).pipe(stage(() => seen.push('shared')));
    await lastValueFrom(source.pipe(stage(() => seen.push('one'))));
    await lastValueFrom(source.pipe(stage(() => seen.push('other'))));
    expect(seen).toEqual(['shared', 'one', 'shared', 'other']);
  });
});

describe('pass', () => {
  it('is its source', () => {
    const source = from(packets());
    expect(pass(source)).toBe(source);
  });
});
