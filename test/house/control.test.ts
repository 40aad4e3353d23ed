/** docs/CONTROL.md and docs/LIMITS.md say what is so. */
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { parseJson } from '../../src/config/json.ts';
import { limitsShape } from '../../src/config/limits.ts';
import { headerLimitDefaults, optionLimitDefaults } from '../../src/operators/headers/limits.ts';
import { addInterface } from '../../src/run/configure.ts';
import { controlRequests } from '../../src/run/control/index.ts';
import { closingCodes, controlDefaults, errorCodes, protocolVersion } from '../../src/run/control/protocol.ts';
import { errorLimitDefaults } from '../../src/state/error-limits.ts';
import { identificationDefaults } from '../../src/state/identifications.ts';
import { pathMtuDefaults } from '../../src/state/path-mtu.ts';
import { reassemblyDefaults } from '../../src/state/reassembly-limits.ts';
import { sadbDefaults } from '../../src/state/sadb.ts';
import { sentPacketDefaults } from '../../src/state/sent-packets.ts';
import { spdDefaults } from '../../src/state/spd.ts';
import { client, opened } from '../run/control/support.ts';
import { blocksOf, readPage } from './markdown.ts';

const page = readPage('docs/CONTROL.md');
const conversations = blocksOf('docs/CONTROL.md').filter(({ info }) => info === 'control');

/** The two links of the README's router. */
const config = parseConfig({
  interfaces: {
    uma: { device: 'tun', addresses: ['fd00:a::1/64', '10.0.1.1/24'] },
    umb: { device: 'tun', addresses: ['fd00:b::1/64', '10.0.2.1/24'] },
  },
});

test.each(conversations)('the conversation in line $line goes as it says', async ({ text }) => {
  const { node, path } = await opened({ empty: true });
  for (const entry of config.interfaces) addInterface(node, entry);
  const peer = await client(path);
  const heard: string[] = [];
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('→ ')) {
      peer.write(`${line.slice(2)}\n`);
      heard.push(line);
    } else heard.push(`← ${JSON.stringify(await peer.next())}`);
  }
  expect(heard.join('\n')).toBe(text.trimEnd());
  expect(peer.unread).toBe(0);
});

describe('the page has a row for', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| '));

  test.each(controlRequests.map(({ name, parameters, watchable }) => ({ name, parameters, watchable })))(
    '$name, with its parameters',
    ({ name, parameters, watchable }) => {
      const row = rows.find((each) => each.startsWith(`| \`${name}\` |`)) ?? '';
      const [, , named = '', , watched = ''] = row.split('|').map((cell) => cell.trim());
      expect([...named.matchAll(/`(\w+)`/g)].map(([, parameter]) => parameter)).toEqual(parameters);
      expect(watched !== '').toBe(watchable);
    },
  );

  test.each([...Object.entries(errorCodes), ...Object.entries(closingCodes)])('%s', (code, sentence) => {
    expect(rows).toContain(`| \`${code}\` | ${sentence} |`);
  });
});

test('the version of the protocol', () => {
  expect(page).toContain(`It is ${protocolVersion}.`);
});

describe('limits', () => {
  const limits = readPage('docs/LIMITS.md');
  const defaults: Record<string, object> = {
    extensionHeaders: headerLimitDefaults,
    hopByHopOptions: optionLimitDefaults,
    reassembly: reassemblyDefaults,
    icmpErrors: errorLimitDefaults,
    pathMtu: pathMtuDefaults,
    sentPackets: sentPacketDefaults,
    identifications: identificationDefaults,
    ipsec: { ...sadbDefaults, ...spdDefaults },
    control: controlDefaults,
  };
  /** Rows of a group's table: name, default, allowed. */
  const rowsOf = (group: string): Record<string, string[]> => {
    const [, section = ''] = limits.split(`\n## \`${group}\`\n`);
    const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
    return Object.fromEntries(
      rows.map((row) => {
        const [, name = '', value = '', allowed = ''] = row.split('|').map((cell) => cell.trim());
        return [name.replaceAll('`', ''), [value, allowed]];
      }),
    );
  };

  test.each(Object.keys(limitsShape))('%s: every limit, its default, what is allowed', (group) => {
    const rows = rowsOf(group);
    const values = Object.entries(defaults[group] ?? {});
    expect(Object.fromEntries(Object.entries(rows).map(([name, [value]]) => [name, value]))).toEqual(
      Object.fromEntries(values.map(([name, value]) => [name, String(value)])),
    );
    for (const [name, [, allowed = '']] of Object.entries(rows)) {
      const [least, most] = allowed.split(' to ').map(Number);
      const accepts = (value: unknown): boolean => {
        try {
          parseConfig({ interfaces: { u: { device: 'tun', addresses: [] } }, limits: { [group]: { [name]: value } } });
          return true;
        } catch {
          return false;
        }
      };
      if (allowed === 'true or false') expect([accepts(true), accepts(false), accepts(0)]).toEqual([true, true, false]);
      else {
        const ends = [Number(least) - 1, least, most, Number(most) + 1].map(accepts);
        expect([name, ...ends]).toEqual([name, false, true, true, false]);
      }
    }
  });

  test('the example is a good one', () => {
    const [example] = blocksOf('docs/LIMITS.md').filter(({ info }) => info === 'json limits');
    const given = parseJson(example?.text ?? '') as object;
    const config = parseConfig({ interfaces: { u: { device: 'tun', addresses: [] } }, ...given });
    expect(config.limits.reassembly).toEqual({ timeout: 2_000, datagrams: 16 });
  });
});
