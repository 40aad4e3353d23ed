import { describe, expect, it } from 'vitest';
import { RouterMessages } from '../../src/operators/router-messages.ts';
import { dropNames } from '../../src/packet/index.ts';
import {
  addressOf,
  bytesOf,
  type Ipv6Fields,
  ipv6,
  type Layer,
  linkLayerOf,
  linkLayerOption,
  routerAdvertisement,
  routerSolicitation,
} from '../../src/testing/index.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { addAddress, received, testbed } from '../support/testbed.ts';

const e = 5;
const own = linkLayerOption('source', '02:00:00:00:00:07');
const group = linkLayerOption('source', '03:00:00:00:00:07');

const listening = () => {
  const bed = testbed();
  const linkLayerAddress = linkLayerOf('02:00:00:00:00:22');
  bed.node.interfaces.add({ name: 'e', kind: 'memory', mtu: 1_500, pointToPoint: false, linkLayerAddress });
  addAddress(bed.node, e, 'fe80::22/64');
  const messages = new RouterMessages(bed.node);
  const heard: string[] = [];
  messages.solicitation$.subscribe(({ by }) =>
    heard.push(`asked by ${by === undefined ? 'nobody' : formatAddress(by)}`),
  );
  messages.advertisement$.subscribe(({ router, toMany }) => {
    heard.push(`${formatAddress(router)} to ${toMany ? 'many' : 'us'}`);
  });
  const give = (layer: Layer, fields: Partial<Ipv6Fields> = {}): string => {
    const header = ipv6({ source: 'fe80::7', destination: 'ff02::2', hopLimit: 255, ...fields });
    const packet = received(bytesOf(header, layer), { inInterface: e });
    packet.upper = packet.start + 40;
    bed.node.ports.receiver(58, packet.view.getUint8(packet.upper))?.(packet);
    return dropNames[packet.drop] as string;
  };
  return { ...bed, messages, heard, give };
};

describe('RouterMessages', () => {
  it('tells of who asks, and remembers it as no router (RFC 4861 §6.2.6)', () => {
    const { node, give, heard } = listening();
    node.neighbors.hearInformation(e, addressOf('fe80::7'), linkLayerOf('02:00:00:00:00:01'), true);
    expect(give(routerSolicitation(own))).toBe('none');
    expect(node.neighbors.get(e, addressOf('fe80::7'))).toMatchObject({
      isRouter: false,
      state: 'stale',
      linkLayerAddress: linkLayerOf('02:00:00:00:00:07'),
    });
    give(routerSolicitation(), { source: '::' });
    expect(heard).toEqual(['asked by fe80::7', 'asked by nobody']);
  });

  it('tells of routers, and to whom they speak', () => {
    const { give, heard } = listening();
    give(routerAdvertisement(), { destination: 'ff02::1' });
    give(routerAdvertisement(), { destination: 'fe80::22' });
    expect(heard).toEqual(['fe80::7 to many', 'fe80::7 to us']);
  });

  it.each([
    ['a solicitation from another link', routerSolicitation(own), { hopLimit: 64 }, 'foreignDiscovery'],
    ['one from an address of ours', routerSolicitation(own), { source: 'fe80::22' }, 'addressConflict'],
    ['one from who is no neighbor', routerSolicitation(own), { source: '2001:db8::1' }, 'notNeighbor'],
    ['one with a group for a link-layer address', routerSolicitation(group), {}, 'badDiscovery'],
    ['an advertisement with such', routerAdvertisement({}, group), {}, 'badDiscovery'],
    ['one from an address of ours', routerAdvertisement(), { source: 'fe80::22' }, 'addressConflict'],
  ])('refuses %s', (_, layer, fields, reason) => {
    const { give, heard, node } = listening();
    expect([give(layer, fields), heard, node.neighbors.list()]).toEqual([reason, [], []]);
  });

  it('is deaf when it is closed, twice even', () => {
    const { messages, node } = listening();
    messages.close();
    messages.close();
    expect([node.ports.receiver(58, 133), node.ports.receiver(58, 134)]).toEqual([undefined, undefined]);
  });
});
