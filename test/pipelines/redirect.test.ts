/** The whole line on Ethernet tells its neighbors of better first hops. */
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  bytesOf,
  ethernet,
  ipv6,
  linkLayerOption,
  neighborAdvertisement,
  udp,
} from '../../src/testing/index.ts';
import * as ndp from '../../src/wire/ndp.ts';
import * as ndpOptions from '../../src/wire/ndp-options.ts';
import { e, ethernetBed, ours } from '../support/ethernet-bed.ts';
import { prefixFrom } from '../support/testbed.ts';

const host = '02:00:00:00:01:05';
const other = '02:00:00:00:01:09';

/** A frame of the host `fd00:e::5`, and one that another node says its link-layer address with. */
const fromHost = (destination: string) =>
  bytesOf(ethernet({ source: host, destination: ours }), ipv6({ source: 'fd00:e::5', destination }), udp());
const told = (flags: string, target: string, from: string) =>
  bytesOf(
    ethernet({ source: from, destination: ours }),
    ipv6({ source: target, destination: 'fe80::22', hopLimit: 255 }),
    neighborAdvertisement(flags, target, linkLayerOption('target', from)),
  );

/** Of a frame with a redirect, where the option with the target's link-layer address is; 0 if it has none. */
const targetOption = (frame: Uint8Array): number => {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  expect(ndp.check(view, 14, 54, frame.length)).toBe('ok');
  return ndpOptions.find(view, ndp.optionsAt(view, 54), frame.length, ndpOptions.Option.targetLinkLayerAddress);
};

const redirects = (frames: Uint8Array[]): Uint8Array[] => frames.filter((frame) => frame[54] === 137);

describe('a packet that goes back to the link it came by', () => {
  it('goes on, and its sender is told of the router there, with its link-layer address once that is known', () => {
    const { frames, give, node, refused, said, stop } = ethernetBed();
    node.routes.add({ to: prefixFrom('3fff::/20'), via: addressOf('fe80::9'), interfaceIndex: e });
    give(told('O', 'fd00:e::5', host));
    node.neighbors.hearInformation(e, addressOf('fd00:e::5'), { high: 0x0200, low: 0x0105 });
    give(fromHost('3fff::1'));
    expect(redirects(frames).map(targetOption)).toEqual([0]);
    expect(said().at(0)).toBe(
      `${host} IP6 fe80::22 > fd00:e::5: ICMP6 redirect of 3fff::1 to fe80::9, hop limit 255, length 96`,
    );
    give(told('RSO', 'fe80::9', other));
    expect(said().at(-1)).toMatch(/^02:00:00:00:01:09 IP6 fd00:e::5\.\d+ > 3fff::1\.\d+: UDP, hop limit 63/);
    give(fromHost('3fff::1'));
    const [, second] = redirects(frames) as [Uint8Array, Uint8Array];
    expect(Buffer.from(second).toString('hex', targetOption(second) + 2, targetOption(second) + 8)).toBe(
      other.replaceAll(':', ''),
    );
    expect(refused()).toEqual([]);
    stop();
  });

  it('tells that the destination is a neighbor', () => {
    const { give, node, said, stop } = ethernetBed();
    for (const [name, low] of [
      ['fd00:e::5', 0x0105],
      ['fd00:e::6', 0x0109],
    ] as const) {
      node.neighbors.hearInformation(e, addressOf(name), { high: 0x0200, low });
    }
    give(fromHost('fd00:e::6'));
    expect(said().filter((line) => line.includes('redirect'))).toEqual([
      `${host} IP6 fe80::22 > fd00:e::5: ICMP6 redirect of fd00:e::6 to fd00:e::6, hop limit 255, length 104`,
    ]);
    stop();
  });
});
