import { of } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { trace, traceStep } from '../../src/operators/trace.ts';
import { Drop } from '../../src/packet/drop.ts';
import { Packet, Status } from '../../src/packet/packet.ts';

const packetOf = (inInterface: number, outInterface: number, status: Status = Status.inFlight): Packet => {
  const packet = new Packet(20).reset(0, 20);
  packet.inInterface = inInterface;
  packet.outInterface = outInterface;
  packet.status = status;
  if (status === Status.refused) packet.drop = Drop.unknownVersion;
  return packet;
};

const what = 'not IP (version 0), length 20';

describe('traceStep', () => {
  const interfaces = (index: number): string => ['lo0', 'uma', 'umb'][index - 1] ?? '?';

  it.each([
    ['forwarded', packetOf(2, 3), `uma > umb | ${what}`],
    ['sent', packetOf(2, 3, Status.sent), `uma > umb | ${what}`],
    ['not decided', packetOf(2, 0), `uma > ? | ${what}`],
    ['delivered', packetOf(2, 1, Status.delivered), `uma > self | ${what}`],
    ['refused', packetOf(2, 3, Status.refused), `uma > - | ${what}, refused: unknownVersion`],
    ['originated', packetOf(0, 3), `self > umb | ${what}`],
  ])('prints a line for a packet: %s', (_name, packet, expected) => {
    const lines: string[] = [];
    traceStep((line) => lines.push(line), { interfaces })(packet);
    expect(lines).toEqual([expected]);
  });

  it('names interfaces by their index by default', () => {
    const lines: string[] = [];
    traceStep((line) => lines.push(line))(packetOf(2, 3));
    expect(lines).toEqual([`2 > 3 | ${what}`]);
  });

  it('prints only what it is asked to', () => {
    const lines: string[] = [];
    const step = traceStep((line) => lines.push(line), { only: (packet) => packet.status === Status.refused });
    for (const status of Object.values(Status)) step(packetOf(2, 3, status));
    expect(lines).toEqual([`2 > - | ${what}, refused: unknownVersion`]);
  });

  it('leaves the packet as it was', () => {
    const packet = packetOf(2, 3);
    const before = { ...packet };
    traceStep(() => undefined)(packet);
    expect({ ...packet }).toEqual(before);
  });
});

describe('trace', () => {
  afterEach(() => vi.restoreAllMocks());

  it('prints to the console by default', () => {
    const log = vi.spyOn(console, 'log').mockReturnValue();
    of(packetOf(2, 3)).pipe(trace()).subscribe();
    expect(log.mock.calls).toEqual([[`2 > 3 | ${what}`]]);
  });
});
