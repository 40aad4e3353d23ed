import { describe, expect, test } from 'vitest';
import { ConfigError, type Limits, parseConfig } from '../../src/config/index.ts';
import { limitsShape } from '../../src/config/limits.ts';
import { headerLimitDefaults, optionLimitDefaults } from '../../src/operators/headers/limits.ts';
import { hostDiscoveryDefaults } from '../../src/operators/host-discovery.ts';
import { sentRedirectDefaults } from '../../src/operators/redirect.ts';
import { controlDefaults } from '../../src/run/control/protocol.ts';
import { errorLimitDefaults } from '../../src/state/error-limits.ts';
import { identificationDefaults } from '../../src/state/identifications.ts';
import { learnedDefaults } from '../../src/state/learned.ts';
import { pathMtuDefaults } from '../../src/state/path-mtu.ts';
import { prefixDefaults } from '../../src/state/prefixes.ts';
import { reassemblyDefaults } from '../../src/state/reassembly-limits.ts';
import { redirectDefaults } from '../../src/state/redirects.ts';
import { routerDefaults } from '../../src/state/routers.ts';
import { sentPacketDefaults } from '../../src/state/sent-packets.ts';
import { tunnelLimitDefaults } from '../../src/state/tunnels.ts';

const limitsOf = (limits?: unknown): Limits =>
  parseConfig({ interfaces: { uma: { device: 'tun', addresses: [] } }, ...(limits === undefined ? {} : { limits }) })
    .limits;

const problemOf = (limits: unknown): string => {
  try {
    limitsOf(limits);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replace('umigame: configuration: ', '');
    throw error;
  }
  throw new Error('no problem was found');
};

/** What holds where the file says nothing. */
const defaults = {
  extensionHeaders: headerLimitDefaults,
  hopByHopOptions: optionLimitDefaults,
  reassembly: reassemblyDefaults,
  icmpErrors: errorLimitDefaults,
  sentRedirects: sentRedirectDefaults,
  pathMtu: pathMtuDefaults,
  sentPackets: sentPacketDefaults,
  identifications: identificationDefaults,
  routers: routerDefaults,
  prefixes: prefixDefaults,
  learned: learnedDefaults,
  redirects: redirectDefaults,
  hostDiscovery: hostDiscoveryDefaults,
  tunnels: tunnelLimitDefaults,
  control: controlDefaults,
};

const keysOf = (group: object): string[] => Object.keys(group).sort();

test('every limit that has a default can be set, and no other', () => {
  expect(keysOf(limitsShape)).toEqual(keysOf(defaults));
  for (const [name, group] of Object.entries(defaults)) {
    expect(limitsOf({ [name]: group })).toEqual({ [name]: group });
    expect(problemOf({ [name]: { nothing: 1 } })).toBe(
      `limits.${name}: unknown key "nothing"; allowed: ${Object.keys(
        limitsShape[name as keyof typeof limitsShape].unwrap().shape,
      ).join(', ')}`,
    );
    expect(keysOf(limitsShape[name as keyof typeof limitsShape].unwrap().shape)).toEqual(keysOf(group));
  }
});

test('what the file does not say is not there, so that each keeps its own default', () => {
  expect(limitsOf()).toEqual({});
  expect(limitsOf({})).toEqual({});
  expect(limitsOf({ reassembly: { timeout: 1 } })).toEqual({ reassembly: { timeout: 1 } });
});

describe('what is wrong', () => {
  test.each([
    [7, 'limits: 7 is not allowed here; allowed: an object with the keys extensionHeaders, '],
    [{ reasembly: {} }, 'limits: unknown key "reasembly" (did you mean "reassembly"?); allowed: '],
    [{ reassembly: { timeout: 0 } }, 'limits.reassembly.timeout: 0 is too small; allowed: 1 to 2147483647'],
    [{ reassembly: { timeout: 2 ** 31 } }, 'limits.reassembly.timeout: 2147483648 is too large; allowed: 1 to '],
    [
      { reassembly: { bytes: '8M' } },
      'limits.reassembly.bytes: "8M" is not allowed here; allowed: a whole number, 0 to ',
    ],
    [{ reassembly: { datagrams: undefined } }, 'limits.reassembly.datagrams: missing; allowed: a whole number'],
    [{ extensionHeaders: { headers: -1 } }, 'limits.extensionHeaders.headers: -1 is too small; allowed: 0 to 255'],
    [
      { extensionHeaders: { headerBytes: 7 } },
      'limits.extensionHeaders.headerBytes: 7 is too small; allowed: 8 to 2048',
    ],
    [
      { extensionHeaders: { zeroPadding: 1 } },
      'limits.extensionHeaders.zeroPadding: 1 is not allowed here; allowed: true or false',
    ],
    [{ hopByHopOptions: { headers: 1 } }, 'limits.hopByHopOptions: unknown key "headers"'],
    [{ icmpErrors: { rate: 1.5 } }, 'limits.icmpErrors.rate: 1.5 is not allowed here; allowed: a whole number'],
    [{ pathMtu: { minimum4: 67 } }, 'limits.pathMtu.minimum4: 67 is too small; allowed: 68 to 65535'],
    [{ control: { clients: 0 } }, 'limits.control.clients: 0 is too small; allowed: 1 to 1024'],
  ])('%j', (limits, sentence) => {
    expect(problemOf(limits)).toContain(sentence);
  });
});
