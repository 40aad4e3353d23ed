/**
 * What RFC 8201 (for IPv4: RFC 1191) asks of a node that sends packets of its own, and RFC 8200 §5 and RFC 1812 of one
 * that forwards those of others: one test for each requirement, named by its clause.
 *
 * The node's own packets are its echo replies. `far` is a host behind a router of link `a`, whose MTU is 1,500.
 */
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../src/packet/index.ts';
import {
  addressOf,
  bytesIn,
  bytesOf,
  echoRequest6,
  fragmentHeader,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  packetOf,
  payload,
  udp,
} from '../../src/testing/index.ts';
import { line } from '../support/router.ts';
import { a, b, outcomeOf, prefixFrom, type Testbed, testbed } from '../support/testbed.ts';

const far = '3fff::7';
const other = '3fff::8';
const ours = 'fd00:a::1';
const onTheWay = 'fd00:b::99';

interface Conversation extends Testbed {
  /** Asks for an echo of so many bytes; the lengths of the packets that the answer comes in. */
  readonly ping: (length: number, from?: string) => number[];
  /** Sends a packet through the node: what became of it, and the packets that the node said about it. */
  readonly send: (
    bytes: Uint8Array,
    inInterface?: number,
  ) => { readonly fate: string; readonly said: readonly Uint8Array[] };
  /** A Packet Too Big about a packet; what became of it. */
  readonly tooBig: (mtu: number, quote: Uint8Array) => string;
  /** Packets that the node has sent, as they left. */
  readonly sent: Uint8Array[];
}

/** A node that routes to `far`. */
const connected = (): Testbed => {
  const bed = testbed();
  for (const to of ['3fff::/20', '198.18.0.0/15']) {
    const via = addressOf(to.includes(':') ? 'fd00:a::ff' : '10.0.1.254');
    bed.node.routes.add({ to: prefixFrom(to), via, interfaceIndex: a });
  }
  return bed;
};

/** Time stands still unless its clock is moved. */
const conversation = (): Conversation => {
  const bed = connected();
  const wire$ = new Subject<Packet>();
  const sent: Uint8Array[] = [];
  let fate = '';
  const see = (packet: Packet): void => {
    if (packet.inInterface !== 0) fate = outcomeOf(packet);
    else if (outcomeOf(packet) === 'sent') sent.push(bytesIn(packet));
  };
  wire$.pipe(line(bed, { see })).subscribe();
  const send: Conversation['send'] = (bytes, inInterface = a) => {
    const before = sent.length;
    wire$.next(packetOf(bytes, { inInterface }));
    return { fate, said: sent.slice(before) };
  };
  return {
    ...bed,
    sent,
    send,
    ping: (length, from = far) =>
      send(bytesOf(ipv6({ source: from, destination: ours }), echoRequest6(), payload(length - 48))).said.map(
        ({ length: octets }) => octets,
      ),
    tooBig: (mtu, quote) =>
      send(
        bytesOf(
          ipv6({ source: onTheWay, destination: ours }),
          icmp6({ type: 2, parameter: mtu }),
          quote.slice(0, 1_232),
        ),
        b,
      ).fate,
  };
};

/** A conversation in which an echo reply of 1,500 bytes went out, and has not arrived. */
const afterBigReply = (from = far): Conversation & { readonly reply: Uint8Array } => {
  const talk = conversation();
  expect(talk.ping(1_500, from)).toEqual([1_500]);
  return { ...talk, reply: talk.sent[0]! };
};

const minute = 60_000;

describe('RFC 8201 §3: overview', () => {
  it('the first estimate is the MTU of the first link', () => {
    const { ping } = conversation();
    expect([ping(1_500), ping(1_504)]).toEqual([[1_500], [1_496, 64]]);
  });

  it('a Packet Too Big reduces it to the MTU that the message reports', () => {
    const { ping, reply, tooBig } = afterBigReply();
    expect([tooBig(1_400, reply), ping(1_400), ping(1_401)]).toEqual(['delivered', [1_400], [1_400, 57]]);
  });

  it('its code is ignored (RFC 4443 §3.2)', () => {
    const { ping, reply, send } = afterBigReply();
    const message = icmp6({ type: 2, code: 7, parameter: 1_400 });
    send(bytesOf(ipv6({ source: onTheWay, destination: ours }), message, reply.slice(0, 1_232)), b);
    expect(ping(1_401)).toEqual([1_400, 57]);
  });

  it('the process takes as many rounds as there are constricting links', () => {
    const { ping, reply, sent, tooBig } = afterBigReply();
    tooBig(1_400, reply);
    ping(1_400);
    expect([tooBig(1_300, sent.at(-1)!), ping(1_300), ping(1_301)]).toEqual(['delivered', [1_300], [1_296, 61]]);
  });
});

describe('RFC 8201 §4: requirements', () => {
  it.each<readonly [string, string, (reply: Uint8Array) => Uint8Array]>([
    ['from no address of ours', 'quoteNotOurs', (reply) => new Uint8Array(reply).fill(0x77, 8, 24)],
    ['to where none was sent', 'quoteUnowned', (reply) => new Uint8Array(reply).fill(0x77, 24, 40)],
    ['that was another', 'quoteUnowned', (reply) => new Uint8Array(reply).fill(0x77, 44, 48)],
    [
      'of another protocol',
      'quoteUnowned',
      () => bytesOf(ipv6({ source: ours, destination: far }), udp(), payload(1_400)),
    ],
    [
      'that is an error',
      'quoteOfError',
      () => bytesOf(ipv6({ source: ours, destination: far }), icmp6({ type: 1 }), payload(1_400)),
    ],
    ['that is not there', 'badQuote', () => new Uint8Array(0)],
    ['that ends before its upper layer', 'badQuote', (reply) => reply.slice(0, 47)],
  ])('"should validate": a message about a packet %s is refused', (_name, reason, forge) => {
    const { node, ping, reply, tooBig } = afterBigReply();
    expect([tooBig(1_300, forge(reply)), ping(1_500), node.pathMtus.size]).toEqual([reason, [1_500], 0]);
  });

  it('"should validate": a message about a packet that was sent too long ago is refused', () => {
    const { clock, reply, tooBig } = afterBigReply();
    clock.frame += minute;
    expect(tooBig(1_300, reply)).toBe('quoteUnowned');
  });

  it.each([0, 68, 1_279])('"must discard": a message of %i, below the minimum link MTU', (mtu) => {
    const { ping, reply, tooBig } = afterBigReply();
    expect([tooBig(mtu, reply), ping(1_500)]).toEqual(['mtuTooSmall', [1_500]]);
  });

  it('"must not reduce below": 1,280 is the least', () => {
    const { ping, reply, tooBig } = afterBigReply();
    expect([tooBig(1_280, reply), ping(1_280), ping(1_281)]).toEqual(['delivered', [1_280], [1_280, 57]]);
  });

  it('"must reduce the size": no packet larger than the estimate leaves, from the next one on', () => {
    const { ping, reply, tooBig } = afterBigReply();
    tooBig(1_300, reply);
    for (const length of [1_301, 2_000, 9_000, 40_000]) expect(Math.max(...ping(length))).toBeLessThanOrEqual(1_300);
  });

  it('"for the relevant path": other destinations keep theirs', () => {
    const { ping, reply, tooBig } = afterBigReply();
    tooBig(1_300, reply);
    expect([ping(1_500, other), ping(1_500)]).toEqual([[1_500], [1_296, 260]]);
  });

  it('"must not increase": a message never raises the estimate', () => {
    const { node, ping, reply, tooBig } = afterBigReply();
    for (const mtu of [1_300, 1_400, 1_499]) tooBig(mtu, reply);
    expect([ping(1_300), ping(1_301).length, node.pathMtus.list()[0]?.mtu]).toEqual([[1_300], 2, 1_300]);
  });

  it.each([1_500, 1_501, 9_000, 0xffffffff])(
    'a message of %i, which the packet would have fitted, is refused',
    (mtu) => {
      const { reply, tooBig } = afterBigReply();
      expect(tooBig(mtu, reply)).toBe('mtuNotExceeded');
    },
  );

  it('"must not be done less than 5 minutes after": no larger packet leaves before ten have passed', () => {
    const { clock, ping, reply, tooBig } = afterBigReply();
    tooBig(1_300, reply);
    clock.frame += 10 * minute - 1;
    expect(ping(1_500).length).toBe(2);
    clock.frame += 1;
    expect(ping(1_500)).toEqual([1_500]);
  });

  it('"after a Packet Too Big message has been received": also one that lowers nothing', () => {
    const { clock, ping, reply, sent, tooBig } = afterBigReply();
    tooBig(1_300, reply);
    clock.frame += 9 * minute;
    ping(1_300);
    expect(tooBig(1_299, sent.at(-1)!)).toBe('delivered');
    clock.frame += 9 * minute;
    expect(ping(1_500).length).toBe(2);
  });

  it('"a multicast packet": the estimate is the least of the paths', () => {
    const { node, send } = conversation();
    node.ports.listenErrors(17, 4_000, () => true);
    const group = bytesOf(ipv6({ source: ours, destination: 'ff0e::1234' }), udp(), payload(1_452));
    for (const mtu of [1_400, 1_300, 1_450]) {
      send(
        bytesOf(
          ipv6({ source: onTheWay, destination: ours }),
          icmp6({ type: 2, parameter: mtu }),
          group.slice(0, 1_232),
        ),
        b,
      );
    }
    expect(node.pathMtus.list().map(({ mtu }) => mtu)).toEqual([1_300]);
  });
});

describe('RFC 8201 §5: implementation', () => {
  it('§5.1: the message reaches whoever has sent the packet', () => {
    const { node, send } = conversation();
    const heard: number[] = [];
    node.ports.listenErrors(17, 4_000, ({ type, parameter }) => heard.push(type, parameter) > 0);
    const quote = bytesOf(ipv6({ source: ours, destination: far }), udp(), payload(1_452)).slice(0, 1_232);
    send(bytesOf(ipv6({ source: onTheWay, destination: ours }), icmp6({ type: 2, parameter: 1_300 }), quote), b);
    expect(heard).toEqual([2, 1_300]);
  });

  it('§5.2: all others who use the path are told, whoever sent the packet', () => {
    const { node, reply, tooBig } = afterBigReply();
    const told: number[] = [];
    node.pathMtus.changes$.subscribe(({ value }) => told.push(value.mtu));
    tooBig(1_300, reply);
    expect(told).toEqual([1_300]);
  });

  it('§5.2: the path is that of the destination of the original packet, in its zone', () => {
    const { ping, send, sent, tooBig } = conversation();
    expect(ping(1_500, 'fe80::7')).toEqual([1_500]);
    const reply = sent[0]!;
    expect([tooBig(1_300, reply), ping(1_500, 'fe80::7')]).toEqual(['quoteUnowned', [1_500]]); // from another link
    const here = bytesOf(ipv6({ source: 'fe80::9', destination: ours }), icmp6({ type: 2, parameter: 1_300 }), reply);
    expect([send(here).fate, ping(1_300, 'fe80::7'), ping(1_500)]).toEqual(['delivered', [1_300], [1_500]]);
  });

  it('§5.2: the message about a fragment is about its packet', () => {
    const { ping, sent, tooBig } = conversation();
    expect(ping(3_000)).toEqual([1_496, 1_496, 112]);
    expect([tooBig(1_300, sent[0]!), ping(3_000)]).toEqual(['delivered', [1_296, 1_296, 512]]);
  });

  it('§5.3: what has not been lowered for ten minutes is purged, by time alone', () => {
    const { clock, node, reply, tooBig } = afterBigReply();
    tooBig(1_300, reply);
    clock.maxFrames = 10 * minute;
    clock.flush();
    expect(node.pathMtus.size).toBe(0);
  });

  it('§6: strangers can’t fill the store, nor learn from it', () => {
    const { node, tooBig } = conversation();
    for (let i = 0; i < 1_000; i += 1) {
      const quote = bytesOf(
        ipv6({ source: ours, destination: `3fff::${i.toString(16)}` }),
        icmp6({ type: 129, parameter: i }),
        payload(1_300),
      );
      expect(tooBig(1_280, quote)).toBe('quoteUnowned');
    }
    expect(node.pathMtus.size).toBe(0);
  });
});

describe('RFC 8200 §5: packet size issues', () => {
  it('packets of 1,280 bytes and less leave whole, whatever was heard', () => {
    const { ping, reply, tooBig } = afterBigReply();
    tooBig(1_280, reply);
    expect([ping(1_280), ping(48)]).toEqual([[1_280], [48]]);
  });

  it('packets that fit have no Fragment header (RFC 8021)', () => {
    const { ping, reply, sent, tooBig } = afterBigReply();
    tooBig(1_280, reply);
    ping(1_280);
    expect(sent.at(-1)![6]).toBe(58);
  });

  it('a router forwards packets of others as its links carry them: their sources must learn for themselves', () => {
    const { reply, send, tooBig } = afterBigReply();
    tooBig(1_280, reply);
    const theirs = bytesOf(ipv6({ source: 'fd00:b::2', destination: far }), udp(), payload(1_452));
    expect(send(theirs, b).fate).toBe('sent');
  });

  it('a router tells them the MTU of the link, not of the path', () => {
    const { reply, send, tooBig } = afterBigReply();
    tooBig(1_280, reply);
    const { fate, said } = send(bytesOf(ipv6({ source: 'fd00:b::2', destination: far }), udp(), payload(1_453)), b);
    const [error] = said;
    expect([fate, error![40], new DataView(error!.buffer).getUint32(44)]).toEqual(['packetTooBig', 2, 1_500]);
  });

  it('a router does not look into the fragments of others', () => {
    const { send } = conversation();
    const piece = bytesOf(
      ipv6({ source: 'fd00:b::2', destination: far }),
      fragmentHeader({ more: true }),
      payload(1_456),
    );
    expect(piece.length).toBe(1_504);
    expect(send(piece, b).fate).toBe('packetTooBig');
  });
});

describe('RFC 1191: the same for IPv4', () => {
  const quote = (length: number, dontFragment = true, destination = '198.18.0.7'): Uint8Array =>
    bytesOf(ipv4({ source: '10.0.1.1', destination, dontFragment }), udp(), payload(length - 28));
  const needed = (mtu: number, about: Uint8Array): Uint8Array =>
    bytesOf(
      ipv4({ source: '10.0.2.99', destination: '10.0.1.1' }),
      icmp4({ type: 3, code: 4, parameter: mtu }),
      about.slice(0, 28),
    );

  /** What is known after a Fragmentation Needed about a packet of a socket of ours. */
  const learnt = (mtu: number, about: Uint8Array): number[] => {
    const { node, send } = conversation();
    node.ports.listenErrors(17, 4_000, () => true);
    send(needed(mtu, about), b);
    return node.pathMtus.list().map((path) => path.mtu);
  };

  it('§3: a Fragmentation Needed reduces the estimate', () => {
    expect(learnt(1_300, quote(1_500))).toEqual([1_300]);
  });

  it('§3: never below 68, and not below 576 unless told to', () => {
    expect(learnt(67, quote(1_500))).toEqual([576]);
  });

  it('§3: about a packet that may be fragmented there is none', () => {
    expect(learnt(1_300, quote(1_500, false))).toEqual([]);
  });

  it('§5: a router that does not tell means the next common MTU', () => {
    expect(learnt(0, quote(1_500))).toEqual([1_492]);
  });

  it('§3: a message about a packet that no one has sent is refused', () => {
    const { node, send } = conversation();
    expect([send(needed(1_300, quote(1_500)), b).fate, node.pathMtus.size]).toEqual(['quoteUnowned', 0]);
  });

  it('§6.1: a packet of ours with Don’t Fragment that is too large for its path is refused before it leaves', () => {
    const bed = connected();
    const outcomes: string[] = [];
    const about = quote(1_500);
    const view = new DataView(about.buffer);
    bed.node.pathMtus.learn4(view, 16, 1_300);
    const own$ = new Subject<Packet>();
    own$
      .pipe(
        line(bed, {
          see: (packet) => outcomes.push(`${outcomeOf(packet)} ${packet.dropParameter}`),
        }),
      )
      .subscribe();
    own$.next(packetOf(about));
    own$.next(packetOf(quote(1_300)));
    expect(outcomes).toEqual(['packetTooBig 1300', 'sent 0']);
  });
});
