import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { decode, extensionHeaders, fragmentOriginated, reassemble } from '../../src/operators/index.ts';
import { type Packet, PacketPool } from '../../src/packet/index.ts';
import { createNode, type Node } from '../../src/state/node.ts';
import { bytesOf, fragmentsOf, ipv6, packetOf, payload, seededRandom, udp } from '../../src/testing/index.ts';
import { marbles } from '../../test/support/marbles.ts';
import { outcomeOf } from '../../test/support/testbed.ts';

const pool = new PacketPool();

/** Fragments by letter: `abc` are one datagram, `xyz` another, `p` is a packet that was never cut. */
const fragments = (): Record<string, Packet> => {
  const datagram = (identification: number): Uint8Array[] => {
    const whole = bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1' }), udp(), payload(600));
    return fragmentsOf(whole, { size: 256, identification });
  };
  const plain = bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1' }), udp());
  const all = [...datagram(1), ...datagram(2), plain];
  return Object.fromEntries(all.map((bytes, index) => ['abcxyzp'[index], packetOf(bytes, { pool, inInterface: 2 })]));
};

/** What comes out: a packet's fate and length, and its slab goes back. */
const look = map((packet: Packet): string => {
  const seen = `${outcomeOf(packet)} ${packet.length}`;
  packet.release();
  return seen;
});

const whole = 'inFlight 648';
const first = 'reassemblyTimeout 304';
const other = 'reassemblyTimeoutSilent 304';

/** Marbles for a node that gives up after 60 ms. */
const play = (test: (helpers: Parameters<Parameters<typeof marbles>[0]>[0], node: Node) => void): void => {
  marbles((helpers) => {
    const node = createNode({ random: seededRandom(1), pool, reassembly: { timeout: 60 } });
    test(helpers, node);
  });
};
const lane = (node: Node) => (source: ReturnType<typeof hotPackets>) =>
  source.pipe(decode(), extensionHeaders(), reassemble(node), look);
type Helpers = Parameters<Parameters<typeof marbles>[0]>[0];
const hotPackets = ({ hot }: Helpers, diagram: string) => hot(diagram, fragments());

describe('reassemble', () => {
  it('emits the whole in the frame of the fragment that completes it; other packets pass meanwhile', () => {
    play((helpers, node) => {
      const source$ = hotPackets(helpers, ' -a-p-c-b--|');
      helpers.expectObservable(lane(node)(source$)).toBe('---p---w--|', { p: 'inFlight 48', w: whole });
      helpers.expectSubscriptions(source$.subscriptions).toBe('^---------!');
    });
  });

  it('puts datagrams together that come mixed', () => {
    play((helpers, node) => {
      const source$ = hotPackets(helpers, ' -zax(bc)y-|');
      helpers.expectObservable(lane(node)(source$)).toBe('----w---w-|', { w: whole });
    });
  });

  it('gives up what is not complete when its time is over, counted from the fragment that came first', () => {
    play((helpers, node) => {
      const source$ = hotPackets(helpers, ' -b 49ms a 20ms -');
      helpers.expectObservable(lane(node)(source$)).toBe('- 60ms (fo)', { f: first, o: other });
    });
  });

  it('lets go of each datagram in its own time, with one timer', () => {
    play((helpers, node) => {
      const source$ = hotPackets(helpers, ' -a 19ms y 19ms b-');
      helpers.expectObservable(lane(node)(source$)).toBe('- 60ms (fo) 16ms o', { f: first, o: other });
    });
  });

  it('refuses what is held when the source completes, and does not wait', () => {
    play((helpers, node) => {
      const source$ = hotPackets(helpers, ' -a-y-|');
      helpers.expectObservable(lane(node)(source$)).toBe('-----(as|)', {
        a: 'reassemblyStopped 304',
        s: 'reassemblyStopped 304',
      });
    });
  });

  it('passes an error on at once; what was held goes back', () => {
    play((helpers, node) => {
      const source$ = hotPackets(helpers, ' -a-y-#');
      helpers.expectObservable(lane(node)(source$)).toBe('-----#');
      helpers.flush();
      expect(node.reassembly.held).toBe(0);
    });
  });

  it('gives back what it holds, and its timer, when it is let go', () => {
    play((helpers, node) => {
      const source$ = hotPackets(helpers, '      -a-b-y 90ms c');
      const subscription = '             ^ 20ms !';
      helpers.expectObservable(lane(node)(source$), subscription).toBe('-');
      helpers.expectSubscriptions(source$.subscriptions).toBe(subscription);
      helpers.flush();
      expect([node.reassembly.held, node.reassembly.size, node.reassembly.bytes]).toEqual([0, 0, 0]);
    });
  });
});

it('fragmentOriginated emits all fragments in the frame of the packet', () => {
  marbles(({ hot, expectObservable }) => {
    const node = createNode({ random: seededRandom(1), pool });
    node.interfaces.add({ name: 'a', kind: 'memory', mtu: 1_280, pointToPoint: true });
    const own = (length: number): Packet => {
      const packet = packetOf(bytesOf(ipv6({ source: 'fd00::1', destination: 'fd00::2' }), udp(), payload(length)), {
        pool,
      });
      packet.outInterface = 2;
      return packet;
    };
    const source$ = hot('-a-----b--|', { a: own(3_000), b: own(8) });
    expectObservable(source$.pipe(decode(), fragmentOriginated(node), look)).toBe('-(abc)-d--|', {
      a: 'inFlight 1280',
      b: 'inFlight 1280',
      c: 'inFlight 592',
      d: 'inFlight 56',
    });
  });
});
