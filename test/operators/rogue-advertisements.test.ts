import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { advertisementPacket } from '../../src/operators/advertise/message.ts';
import {
  type RogueAdvertisement,
  type RogueAdvertisementOptions,
  rogueAdvertisementsStep,
} from '../../src/operators/rogue-advertisements.ts';
import { dropNames, type Packet } from '../../src/packet/index.ts';
import { addressOf, bytesIn, bytesOf, icmp6, ipv6, packetOf } from '../../src/testing/index.ts';
import { equalAddress, formatAddress, readAddress6 } from '../../src/wire/address.ts';
import { messageSize, type RouterAdvertisement, read, write } from '../../src/wire/router-advertisement.ts';
import { a, advance, prefixFrom, received, testbed } from '../support/testbed.ts';

const said: RouterAdvertisement = {
  currentHopLimit: 64,
  managed: false,
  otherConfiguration: false,
  homeAgent: false,
  preference: 1,
  routerLifetime: 1_800,
  reachableTime: 0,
  retransTimer: 0,
  options: [
    {
      kind: 'prefix',
      prefix: prefixFrom('2001:db8:bad::/64'),
      onLink: true,
      autonomous: true,
      validLifetime: 2_592_000,
      preferredLifetime: 604_800,
    },
    { kind: 'dnsServers', servers: [addressOf('2001:db8:bad::53')], lifetime: 600 },
  ],
};

const watching = (options: Partial<RogueAdvertisementOptions> = {}) => {
  const bed = testbed();
  const rogues: RogueAdvertisement[] = [];
  const counters = new Subject<Packet>();
  const step = rogueAdvertisementsStep(bed.node, counters, {
    isAllowed: (router) => equalAddress(router, addressOf('fe80::900d')),
    report: (rogue) => rogues.push(rogue),
    ...options,
  });
  const hear = (source: string, message: RouterAdvertisement = said): string => {
    const envelope = { interfaceIndex: a, source: addressOf(source), destination: addressOf('ff02::1') };
    const made = advertisementPacket(bed, message, envelope) as Packet;
    const packet = received(bytesIn(made));
    step(packet);
    made.release();
    return dropNames[packet.drop] as string;
  };
  return { ...bed, counters, rogues, step, hear };
};

describe('rogueAdvertisements', () => {
  it('reports who is on no list; not us, nor what is no valid advertisement', () => {
    const { hear, step, rogues } = watching();
    expect(hear('fe80::900d')).toBe('none');
    expect(hear('fe80::a1')).toBe('none'); // ours
    const bytes = new Uint8Array(messageSize(said));
    write(new DataView(bytes.buffer), 0, said);
    step(
      received(bytesOf(ipv6({ source: 'fe80::bad', destination: 'ff02::1', hopLimit: 255, nextHeader: 58 }), bytes)),
    ); // checksum
    step(received(bytesOf(ipv6({ source: 'fe80::bad', destination: 'ff02::1' }), icmp6({ type: 134 })))); // hop limit
    step(packetOf(new Uint8Array(3), { inInterface: a }));
    expect(rogues).toEqual([]);
    expect(hear('fe80::bad')).toBe('rogueAdvertisement');
    expect(rogues.map(({ router, countered }) => [formatAddress(router), countered])).toEqual([['fe80::bad', false]]);
    expect(rogues[0]?.said).toEqual(said);
  });

  it('counters only where it is told to: in the name of the rogue, all lifetimes zero, once a second', () => {
    const sent: { source: string; message: RouterAdvertisement | undefined; out: number }[] = [];
    const { hear, rogues, clock, pool, counters } = watching({ isCountered: (index) => index === a });
    counters.subscribe((packet) => {
      const { view, start, upper, end, outInterface } = packet;
      const source = formatAddress(readAddress6(view, start + 8));
      sent.push({ source, message: read(view, upper, end), out: outInterface });
      packet.release();
    });
    hear('fe80::bad');
    hear('fe80::bad');
    expect(rogues.map(({ countered }) => countered)).toEqual([true, false]);
    expect(sent).toEqual([
      {
        source: 'fe80::bad',
        out: a,
        message: {
          ...said,
          preference: 0,
          routerLifetime: 0,
          options: [
            { ...said.options[0], validLifetime: 0, preferredLifetime: 0 },
            { ...said.options[1], lifetime: 0 },
          ],
        },
      },
    ]);
    advance(clock, 1_000);
    hear('fe80::bad', sent[0]?.message as RouterAdvertisement); // our own counter, come back
    expect(sent).toHaveLength(1);
    hear('fe80::bad');
    expect(sent).toHaveLength(2);
    expect(pool.outstanding).toBe(0);
  });
});
