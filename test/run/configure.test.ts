import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { parseConfig, type RouterConfig } from '../../src/config/index.ts';
import { addInterface } from '../../src/run/configure.ts';
import { AddressFlag } from '../../src/state/addresses.ts';
import { createNode, type Node } from '../../src/state/node.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { formatLinkLayer } from '../../src/wire/ethernet.ts';

type Shape = Partial<RouterConfig['interfaces'][string]>;

const added = (shape: Shape, options = {}, random = seededRandom(1)) => {
  const { interfaces } = parseConfig({ interfaces: { uma: { addresses: ['fd00:a::1/64'], ...shape } } });
  const node: Node = createNode({ random, scheduler: new VirtualTimeScheduler() });
  const { index, linkLayerAddress, pointToPoint } = addInterface(node, interfaces[0]!, options);
  return {
    addresses: node.addresses.list(index).map(({ address }) => formatAddress(address)),
    linkLayer: linkLayerAddress && formatLinkLayer(linkLayerAddress.high, linkLayerAddress.low),
    pointToPoint,
  };
};

describe('an interface on a TAP device', () => {
  it('has the link-layer address that is configured, and a link-local address made from it', () => {
    expect(added({ device: 'tap', linkLayerAddress: '02:00:00:00:00:22' })).toEqual({
      addresses: ['fd00:a::1', 'fe80::ff:fe00:22'],
      linkLayer: '02:00:00:00:00:22',
      pointToPoint: false,
    });
  });

  it('keeps the link-local address that is configured', () => {
    const { addresses } = added({ device: 'tap', addresses: ['fe80::1/64', 'fd00:a::1/64'] });
    expect(addresses).toEqual(['fe80::1', 'fd00:a::1']);
  });

  it('has a random link-layer address otherwise: of a single node, locally administered', () => {
    const drawn = [1, 2, 3, 4, 5].map((seed) => added({ device: 'tap' }, {}, seededRandom(seed)).linkLayer as string);
    expect(new Set(drawn).size).toBe(5);
    for (const address of drawn) expect(address).toMatch(/^[0-9a-f][26ae]:/);
  });

  it('carries bare packets where frames are not wanted', () => {
    expect(added({ device: 'tap' }, { frames: false })).toEqual({
      addresses: ['fd00:a::1'],
      linkLayer: undefined,
      pointToPoint: false,
    });
  });
});

it('an interface on a TUN device has no link-layer address', () => {
  expect(added({ device: 'tun' })).toEqual({ addresses: ['fd00:a::1'], linkLayer: undefined, pointToPoint: true });
});

describe('Duplicate Address Detection (RFC 4862 §5.4)', () => {
  /** `address` or `address tentative`, and the probes that are sent for each. */
  const states = (shape: object, options = {}): string[] => {
    const { interfaces } = parseConfig({
      interfaces: { uma: { addresses: ['fd00:a::1/64', 'fe80::1/64', '10.0.1.1/24'], ...shape } },
    });
    const node: Node = createNode({ random: seededRandom(1), scheduler: new VirtualTimeScheduler() });
    const { index } = addInterface(node, interfaces[0]!, options);
    const words = node.addresses
      .list(index)
      .map(({ address, flags }) => `${formatAddress(address)}${flags === AddressFlag.tentative ? ' tentative' : ''}`);
    return [...words, `${node.detections.transmits(index)} probes`];
  };

  it('is for the IPv6 addresses of Ethernet interfaces, those that are configured too', () => {
    const tentative = ['fd00:a::1 tentative', 'fe80::1 tentative', '10.0.1.1'];
    expect(states({ device: 'tap' })).toEqual([...tentative, '1 probes']);
    expect(states({ device: 'tap', duplicateAddressDetection: 3 })).toEqual([...tentative, '3 probes']);
  });

  it('is not for those of others, nor where no probe is to be sent', () => {
    const ready = ['fd00:a::1', 'fe80::1', '10.0.1.1'];
    expect(states({ device: 'tun' }).slice(0, 3)).toEqual(ready);
    expect(states({ device: 'tap' }, { frames: false }).slice(0, 3)).toEqual(ready);
    expect(states({ device: 'tap', duplicateAddressDetection: 0 })).toEqual([...ready, '0 probes']);
  });
});
