import { expect, it } from 'vitest';
import { LinkGroups, linkGroupOf } from '../../src/state/link-groups.ts';
import { Memberships } from '../../src/state/memberships.ts';
import { addressOf } from '../../src/testing/index.ts';
import { formatLinkLayer } from '../../src/wire/ethernet.ts';

it.each([
  ['ff02::1', '33:33:00:00:00:01'],
  ['ff02::1:ff9a:bcde', '33:33:ff:9a:bc:de'],
  ['ff0e::dead:beef', '33:33:de:ad:be:ef'],
  ['224.0.0.1', '01:00:5e:00:00:01'],
  ['239.255.1.2', '01:00:5e:7f:01:02'],
])('%s goes to %s', (group, linkLayer) => {
  const { high, low } = linkGroupOf(addressOf(group));
  expect(formatLinkLayer(high, low)).toBe(linkLayer);
});

it('follow the memberships: groups that share one keep it until the last is left', () => {
  const memberships = new Memberships({ seed: 1 });
  const groups = new LinkGroups({ limit: 8, seed: 2 });
  const following = groups.follow(memberships);
  const [one, other] = ['ff02::1:ff00:2', 'ff0e::1:ff00:2'].map(addressOf);
  const has = (interfaceIndex: number) => groups.has(interfaceIndex, 0x3333, 0xff000002 | 0);
  memberships.join(2, one!);
  memberships.join(2, one!);
  memberships.join(2, other!);
  expect([has(2), has(3), groups.size]).toEqual([true, false, 1]);
  memberships.leave(2, one!);
  memberships.leave(2, one!);
  expect(has(2)).toBe(true);
  memberships.leave(2, other!);
  expect([has(2), groups.size]).toEqual([false, 0]);
  following.unsubscribe();
  memberships.join(2, one!);
  expect(has(2)).toBe(false);
});
