import { expect, it } from 'vitest';
import { fate } from '../../src/operators/fate.ts';
import { Drop, Fate, Packet, Status } from '../../src/packet/index.ts';

it.each([
  ['for this node', Status.inFlight, Fate.local, 2, 'local'],
  ['for this node, from this node', Status.inFlight, Fate.local, 0, 'local'],
  ['for others', Status.inFlight, Fate.forward, 2, 'forward'],
  ['for others, from this node', Status.inFlight, Fate.forward, 0, 'originate'],
  ['refused', Status.refused, Fate.undecided, 2, 'refused'],
  ['refused after it was classified', Status.refused, Fate.local, 2, 'refused'],
  ['delivered by a lane that was put in', Status.delivered, Fate.local, 2, 'refused'],
  ['sent by a lane that was put in', Status.sent, Fate.forward, 2, 'refused'],
])('%s', (_name, status, decided, inInterface, lane) => {
  const packet = new Packet(64);
  packet.fate = decided;
  packet.inInterface = inInterface;
  if (status === Status.refused) packet.refuse(Drop.noRoute);
  else packet.status = status;
  expect(fate(packet)).toBe(lane);
});
