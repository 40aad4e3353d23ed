import { describe, expect, it } from 'vitest';
import { Drop, Fate, Packet, Status } from '../../src/packet/index.ts';

const fields = (packet: Packet): Record<string, unknown> => {
  const { bytes: _bytes, view: _view, trail: _trail, ...rest } = packet; // of the trail `depth` says what counts
  return rest;
};

describe('Packet', () => {
  it('measures its room', () => {
    const packet = new Packet(2_000).reset(256, 100);
    expect([packet.start, packet.end, packet.link, packet.upper]).toEqual([256, 356, 256, 256]);
    expect([packet.length, packet.headroom, packet.tailroom]).toEqual([100, 256, 1_644]);
    packet.link -= 14;
    expect(packet.headroom).toBe(242);
  });

  it('has one slab under bytes and view', () => {
    const packet = new Packet(64);
    packet.bytes[3] = 7;
    expect(packet.view.getUint8(3)).toBe(7);
    expect(packet.view.byteLength).toBe(64);
  });

  it('sets every field in its constructor, and reset makes all of them fresh', () => {
    const used = new Packet(64);
    const fresh = fields(new Packet(64).reset(8, 40));
    const names = Object.keys(fields(used));
    for (const name of names) if (name !== 'pooled') Reflect.set(used, name, 77);
    expect(fields(used.reset(8, 40))).toEqual(fresh);
    expect(Object.keys(fields(used))).toEqual(names);
  });
});

describe('refuse', () => {
  it('marks the packet with reason and parameter', () => {
    const packet = new Packet(64);
    packet.refuse(Drop.packetTooBig, 1_280);
    expect([packet.status, packet.drop, packet.dropParameter]).toEqual([Status.refused, Drop.packetTooBig, 1_280]);
  });

  it('keeps the first reason', () => {
    const packet = new Packet(64);
    packet.refuse(Drop.unknownOption, 42);
    packet.refuse(Drop.packetTooBig, 1_280);
    expect([packet.drop, packet.dropParameter]).toEqual([Drop.unknownOption, 42]);
  });

  it.each([
    ['delivered', Status.delivered],
    ['sent', Status.sent],
  ])('leaves a packet alone that was %s', (_name, status) => {
    const packet = new Packet(64);
    packet.status = status;
    packet.refuse(Drop.noRoute);
    expect([packet.status, packet.drop]).toEqual([status, Drop.none]);
  });
});

describe('release', () => {
  it('gives the packet to its recycler', () => {
    const taken: Packet[] = [];
    const packet = new Packet(64, { recycle: (back) => taken.push(back) });
    packet.release();
    expect(taken).toEqual([packet]);
  });

  it('leaves a packet without a recycler to the garbage collector', () => {
    const packet = new Packet(64);
    packet.release();
    expect(packet.status).toBe(Status.inFlight);
  });
});

describe('Fate and Status', () => {
  it('start at what a fresh packet is', () => {
    expect([Fate.undecided, Status.inFlight]).toEqual([0, 0]);
    expect(new Set(Object.values(Status)).size).toBe(4);
  });
});
