/**
 * What RFC 8200 §4 (fragments and options aside), RFC 5095, and RFC 7112 for whole packets ask of a router, on the way
 * and at its own addresses: one test for each requirement, named by its clause.
 */
import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  destinationOptions,
  echoRequest6,
  extensionHeader,
  fragmentHeader,
  hopByHop,
  ipv6,
  option,
  padN,
  payload,
  routing,
  tcp,
  udp,
} from '../../src/testing/index.ts';
import { Protocol } from '../../src/wire/protocols.ts';
import { a } from '../support/testbed.ts';
import { answerTo, listening, table } from './ask.ts';
import { cut, others, ourGroup, ours, route, times, unknown } from './packets.ts';

describe('RFC 8200 §4: extension headers', () => {
  const strange = [destinationOptions(unknown(2)), route(0, 1), extensionHeader(253)];
  table([
    ['§4', 'on the way no header but hop-by-hop is processed', bytesOf(others, ...strange, udp()), 'forwarded'],
    ['§4', 'on the way an unknown header is no fault', bytesOf(others, extensionHeader(253), udp()), 'forwarded'],
    ['§4', 'on the way a chain may end anywhere', cut(bytesOf(others, destinationOptions(), udp()), 44), 'forwarded'],
    [
      '§4',
      'on the way hop-by-hop options are neither inserted nor removed',
      bytesOf(others, hopByHop(), udp()),
      'forwarded',
    ],
    [
      '§4',
      'headers are processed in order: of two faults the first is told',
      bytesOf(ours, destinationOptions(unknown(2)), route(0, 1), udp()),
      'unknownOption, 4/2 at 42',
    ],
    [
      '§4',
      'headers are processed in order: none is sought behind one that is refused',
      bytesOf(ours, route(0, 1), destinationOptions(unknown(2)), udp()),
      'badRoutingHeader, 4/0 at 42',
    ],
    [
      '§4',
      'an unknown next header in the IPv6 header is refused, code 1, pointing at it',
      bytesOf(ours, extensionHeader(253)),
      'unknownProtocol, 4/1 at 6',
    ],
    [
      '§4',
      'an unknown next header in an extension header is refused, code 1, pointing at it',
      bytesOf(ours, hopByHop(), destinationOptions(padN(5), padN(2), unknown(0)), extensionHeader(253)),
      'unknownProtocol, 4/1 at 48',
    ],
    [
      '§4',
      'an unknown next header behind a Fragment header is refused, code 1, pointing at it',
      bytesOf(ours, fragmentHeader(), extensionHeader(253)),
      'unknownProtocol, 4/1 at 40',
    ],
    [
      '§4',
      'next header 0 in any other than the IPv6 header is refused likewise',
      bytesOf(ours, destinationOptions(), hopByHop(), udp()),
      'misplacedHopByHop, 4/1 at 40',
    ],
    [
      '§4',
      'and so is a second hop-by-hop header',
      bytesOf(ours, hopByHop(), hopByHop(), udp()),
      'misplacedHopByHop, 4/1 at 40',
    ],
    ['§4', 'on the way it is not looked for', bytesOf(others, destinationOptions(), hopByHop(), udp()), 'forwarded'],
    [
      '§4',
      'headers are as long as their length says, in units of eight bytes',
      bytesOf(ours, destinationOptions(option(0x1e, payload(20))), route(0, 0), udp()),
      'delivered',
    ],
  ]);

  it.each([
    ['hop-by-hop options', [hopByHop(unknown(0))]],
    ['destination options', [destinationOptions(unknown(0))]],
    ['routing', [route(0, 0)]],
    ['fragment', [fragmentHeader()]],
  ])('§4: a full implementation has %s', (_name, layers) => {
    expect(answerTo(bytesOf(ours, ...layers, udp()))).toBe('delivered');
  });

  it.each([
    ['authentication', Protocol.ah],
    ['encapsulating security payload', Protocol.esp],
    ['IPComp', Protocol.ipcomp],
    ['mobility', Protocol.mobility],
    ['an unknown protocol', 253],
  ])('§4: %s is for the module that speaks it, and refused without one', (_name, protocol) => {
    const bytes = bytesOf(ours, destinationOptions(), extensionHeader(protocol, 16));
    expect(answerTo(bytes)).toBe('unknownProtocol, 4/1 at 40');
    const bed = listening();
    const seen: number[] = [];
    bed.node.ports.listen(protocol, 0, ({ upper, start, protocolPointer }) =>
      seen.push(upper - start, protocolPointer),
    );
    expect([answerTo(bytes, { bed }), seen]).toEqual(['delivered', [48, 40]]);
  });
});

describe('RFC 8200 §4.1: the order of extension headers', () => {
  const layers = {
    destination: destinationOptions(unknown(0)),
    routing: route(4, 0),
    fragment: fragmentHeader(),
  };
  const kinds = Object.keys(layers) as (keyof typeof layers)[];
  const orders = kinds.flatMap((one) => kinds.flatMap((two) => kinds.map((three) => [one, two, three] as const)));

  it.each(orders)('§4.1: any order and number is accepted: %s, %s, %s', (...order) => {
    const chain = order.map((kind) => layers[kind]);
    expect(answerTo(bytesOf(ours, hopByHop(), ...chain, udp()))).toBe('delivered');
  });

  table([
    [
      '§4.1',
      'the recommended order is accepted',
      bytesOf(ours, hopByHop(), destinationOptions(), route(2, 0), fragmentHeader(), destinationOptions(), udp()),
      'delivered',
    ],
    [
      '§4.1',
      'only the hop-by-hop header has a place of its own',
      bytesOf(ours, route(4, 0), hopByHop(), udp()),
      'misplacedHopByHop, 4/1 at 40',
    ],
  ]);
});

describe('RFC 8200 §4.4, RFC 5095: the Routing header', () => {
  const types = [0, 1, 2, 3, 4, 5, 253, 255];

  it.each(types)('§4.4: type %i without segments left is ignored, and what follows is processed', (type) => {
    expect(answerTo(bytesOf(ours, route(type, 0), udp()))).toBe('delivered');
    expect(answerTo(bytesOf(ours, route(type, 0), destinationOptions(unknown(2)), udp()))).toBe(
      'unknownOption, 4/2 at 66',
    );
  });

  it.each(types)('§4.4: type %i with segments left is refused, code 0, pointing at the type', (type) => {
    expect(answerTo(bytesOf(ours, route(type, 1), udp()))).toBe('badRoutingHeader, 4/0 at 42');
    expect(answerTo(bytesOf(ours, hopByHop(), route(type, 255), udp()))).toBe('badRoutingHeader, 4/0 at 50');
  });

  table([
    [
      'RFC 5095 §3',
      'type 0 is as unknown as any: refused with segments left',
      bytesOf(ours, routing({ routingType: 0, segmentsLeft: 2, data: payload(32) }), udp()),
      'badRoutingHeader, 4/0 at 42',
    ],
    [
      'RFC 5095 §3',
      'type 0 is passed over without',
      bytesOf(ours, routing({ routingType: 0, segmentsLeft: 0, data: payload(32) }), udp()),
      'delivered',
    ],
    [
      'RFC 5095 §3',
      'a router that type 0 does not call by its address forwards it',
      bytesOf(others, routing({ routingType: 0, segmentsLeft: 2, data: payload(32) }), udp()),
      'forwarded',
    ],
    [
      'RFC 5095 §3',
      'to a group it is refused silently (RFC 4443 §2.4 e.3)',
      bytesOf(ourGroup, route(0, 1), udp()),
      'badRoutingHeader',
    ],
    [
      'RFC 4443 §3.4',
      'one that runs past the packet is refused, pointing at its length',
      cut(bytesOf(ours, route(0, 0), udp()), 60),
      'truncatedHeader, 4/0 at 41',
    ],
  ]);
});

describe('RFC 8200 §4.6: destination options', () => {
  table([
    [
      '§4.6',
      'they are read before a Routing header',
      bytesOf(ours, destinationOptions(unknown(2)), route(0, 0), udp()),
      'unknownOption, 4/2 at 42',
    ],
    [
      '§4.6',
      'they are read before the upper layer',
      bytesOf(ours, route(0, 0), destinationOptions(unknown(2)), udp()),
      'unknownOption, 4/2 at 66',
    ],
    ['§4.6', 'they are not read on the way', bytesOf(others, destinationOptions(unknown(2)), udp()), 'forwarded'],
    [
      'RFC 6275 §9.3.1',
      'a home address that is not understood is reported',
      bytesOf(ours, destinationOptions(option(0xc9, payload(16))), udp()),
      'unknownOption, 4/2 at 42',
    ],
    [
      'RFC 2473 §4.1.1',
      "a tunnel encapsulation limit is none of the destination's business",
      bytesOf(ours, destinationOptions(option(4, Uint8Array.of(1))), udp()),
      'delivered',
    ],
  ]);
});

describe('RFC 8200 §4.7: no next header', () => {
  const nothing = ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1', nextHeader: 59 });
  const nothingThrough = ipv6({ source: 'fd00:a::2', destination: '2001:db8:1::1', nextHeader: 59 });
  table([
    ['§4.7', 'nothing behind the IPv6 header is accepted silently', bytesOf(nothing), 'delivered'],
    [
      '§4.7',
      'nothing behind an extension header is accepted silently',
      bytesOf(ours, destinationOptions()),
      'delivered',
    ],
    ['§4.7', 'bytes that follow are ignored', bytesOf(nothing, payload(40)), 'delivered'],
    ['§4.7', 'bytes that follow are forwarded unchanged', bytesOf(nothingThrough, payload(40)), 'forwarded'],
  ]);
});

describe('RFC 8200 §4.8: headers yet to be defined', () => {
  table([
    [
      '§4.8, RFC 6564 §4',
      'a header that no one knows is not stepped over for looking like one',
      bytesOf(ours, extensionHeader(140), udp()),
      'unknownProtocol, 4/1 at 6',
    ],
    ['§4.8', 'on the way it is', bytesOf(others, extensionHeader(140), udp()), 'forwarded'],
  ]);
});

describe('RFC 7112: header chains of whole packets', () => {
  table([
    [
      '§3',
      'a chain may be as long as the packet',
      bytesOf(ours, ...times(7, destinationOptions(option(0x1e, payload(250)))), udp()),
      'delivered',
    ],
    [
      '§5, RFC 4443 §3.4',
      'one that runs past the packet is refused',
      cut(bytesOf(ours, hopByHop(), destinationOptions(padN(6)), udp()), 52),
      'truncatedHeader, 4/0 at 49',
    ],
    [
      '§5, RFC 4443 §3.4',
      'one that ends before the header it names is refused',
      cut(bytesOf(ours, hopByHop(), destinationOptions(), udp()), 48),
      'truncatedHeader, 4/0 at 40',
    ],
    [
      '§5, RFC 6946 §4',
      'in an atomic fragment too',
      cut(bytesOf(ours, fragmentHeader(), destinationOptions(), udp()), 52),
      'truncatedHeader, 4/0 at 49',
    ],
    ['§5', 'a router does not look: it forwards', cut(bytesOf(others, destinationOptions(), udp()), 44), 'forwarded'],
    ['§5', 'an upper-layer header that is cut off is refused silently', cut(bytesOf(ours, udp()), 44), 'badUpperLayer'],
    ['§5', 'TCP likewise', cut(bytesOf(ours, destinationOptions(), tcp()), 60), 'badUpperLayer'],
  ]);
});

describe('what is behind the headers', () => {
  it('an echo request is answered, however it is wrapped, and the answer has none of the wrapping', () => {
    const wrapped = bytesOf(
      ours,
      hopByHop(unknown(0)),
      destinationOptions(),
      route(0, 0),
      fragmentHeader(),
      echoRequest6(),
      payload(8),
    );
    expect(answerTo(wrapped)).toBe('delivered, 129/0');
  });

  it('errors go back over the link that the packet came from, to its sender alone', () => {
    const linkLocal = ipv6({ source: 'fe80::2', destination: 'fe80::a1' });
    expect(answerTo(bytesOf(linkLocal, destinationOptions(unknown(2)), udp()), { inInterface: a })).toBe(
      'unknownOption, 4/2 at 42',
    );
  });

  it('bytes that are no header chain at all are refused or delivered, never more', () => {
    for (let protocol = 0; protocol < 256; protocol += 1) {
      const bytes = bytesOf(ipv6({ source: 'fd00:a::2', destination: 'fd00:a::1', nextHeader: protocol }));
      expect(answerTo(bytes)).toMatch(
        /^(delivered|badUpperLayer|unknownProtocol, 4\/1 at 6|(zeroPayloadLength, 4\/0 at 4|truncatedHeader, 4\/0 at 6))$/,
      );
    }
  });
});
