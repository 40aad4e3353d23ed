import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyStep } from '../../../src/operators/classify.ts';
import { alertsListenerRouter } from '../../../src/operators/headers/router-alert.ts';
import {
  bytesOf,
  destinationOptions,
  fragmentHeader,
  hopByHop,
  icmp6,
  ipv6,
  type Layer,
  option,
  packetOf,
  padN,
  payload,
  routerAlert,
  udp,
} from '../../../src/testing/index.ts';
import { allRouters } from '../../../src/wire/address.ts';
import { a, outcomeOf, received, testbed } from '../../support/testbed.ts';

/** A group that no one here has joined. */
const group = 'ff02::1:3';
const from = (destination: string): Layer => ipv6({ source: 'fe80::2', destination, hopLimit: 1 });
const report = icmp6({ type: 131 });

const outcome = (layers: readonly Layer[], options = {}, leave = false): string => {
  const { node } = testbed();
  if (leave) node.memberships.leave(a, allRouters);
  const packet = received(bytesOf(...layers, payload(16)));
  classifyStep(node, options)(packet);
  return outcomeOf(packet);
};

describe('Multicast Listener Discovery with a Router Alert, to a group of others, is ours', () => {
  it.each([130, 131, 132, 143])('message type %i', (type) => {
    expect(outcome([from(group), hopByHop(routerAlert()), icmp6({ type })])).toBe('local');
  });

  it('wherever in the header the option stands', () => {
    expect(outcome([from(group), hopByHop(padN(2), option(0x1e), routerAlert()), report])).toBe('local');
  });

  it.each<readonly [string, readonly Layer[]]>([
    ['without the option', [from(group), hopByHop(), report]],
    ['without the header', [from(group), report]],
    ['with an alert for others (RFC 2711 §2.1: RSVP)', [from(group), hopByHop(routerAlert(1)), report]],
    ['with an alert of the wrong length', [from(group), hopByHop(option(5, payload(1))), report]],
    ['with the option in the wrong header', [from(group), destinationOptions(routerAlert()), report]],
    ['behind an option that runs past its header', [from(group), hopByHop(option(0x1e, payload(1), 99)), report]],
    ['if the message is not one of listeners', [from(group), hopByHop(routerAlert()), icmp6({ type: 135 })]],
    ['if it is not ICMPv6', [from(group), hopByHop(routerAlert()), udp()]],
    ['if it is a fragment', [from(group), hopByHop(routerAlert()), fragmentHeader({ more: true }), report]],
  ])('but not %s', (_name, layers) => {
    expect(outcome(layers)).toBe('notMember');
  });

  it('but not from a group that never leaves a node', () => {
    expect(outcome([from('ff01::3'), hopByHop(routerAlert()), report])).toBe('interfaceLocalGroup');
  });

  it('but not where we are no router', () => {
    expect(outcome([from(group), hopByHop(routerAlert()), report], {}, true)).toBe('notMember');
  });

  it('but not if Router Alert is to be ignored (RFC 6398 §5)', () => {
    expect(outcome([from(group), hopByHop(routerAlert()), report], { routerAlert: 'ignore' })).toBe('notMember');
  });
});

describe('a Router Alert', () => {
  it('sends no packet to us that is for others', () => {
    expect(outcome([from('2001:db8:1::1'), hopByHop(routerAlert()), report])).toBe('forward');
  });

  it('takes nothing away from packets that are for us', () => {
    expect(outcome([from('ff02::1'), hopByHop(routerAlert(7)), udp()])).toBe('local');
  });

  it('is sought inside the packet, whatever its bytes and wherever it is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80, size: 'max' }), fc.nat(80), (bytes, cut) => {
        const packet = packetOf(bytesOf(from(group), hopByHop(), bytes));
        packet.bytes.set(bytes, packet.start + 41);
        packet.end = packet.start + 40 + Math.min(cut, bytes.length);
        alertsListenerRouter(packet);
      }),
    );
  });
});
