import { expect, test } from 'vitest';
import { logLoops } from '../../src/cli/loops.ts';
import { advance, prefixFrom, testbed } from '../support/testbed.ts';
import { addTunnel } from '../support/tunnels.ts';

test('the router prints loops that there are, and at most one line a second about what happens', () => {
  const { node, clock } = testbed();
  const { index } = addTunnel(node, 'I', { local: '10.0.1.1', remote: '192.0.2.9', routes: ['192.0.2.9/32'] });
  const lines: string[] = [];
  logLoops(node, (line) => lines.push(line));
  const loop = 'umigame: I -> I: a loop of tunnels, by configuration and routes;';
  expect(lines).toEqual([`${loop} no packet has met it`]);
  const meet = (): boolean => node.loops.meet(node.tunnels.table.loop[index] as number);
  for (let i = 0; i < 1_000; i += 1) {
    meet();
    advance(clock, 1);
  }
  expect(lines.splice(1)).toEqual([`${loop} 1 packet refused`, `${loop} 1000 packets refused`]);
  node.routes.delete(prefixFrom('192.0.2.9/32'));
  advance(clock, 1_000);
  expect(lines.splice(1)).toEqual(['umigame: I -> I: a loop of tunnels; 1000 packets refused']);
  node.close();
});
