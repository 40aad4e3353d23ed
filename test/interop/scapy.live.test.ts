/**
 * Packets of every kind, built with scapy, against `umigame router`; what comes back is compared byte by byte. The
 * packets are in `scapy/cases.py`, by name; the answers are here.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, type Ipv4Fields, type Ipv6Fields, icmp4, icmp6, ipv4, ipv6 } from '../../src/testing/index.ts';
import { expectBalanced } from '../support/command.ts';
import { type LabOptions, suiteLab } from '../support/lab.ts';
import { describeLive } from '../support/live.ts';
import { mustRun } from '../support/program.ts';
import { faultsIn, tshark } from '../support/tshark.ts';

/** Python with scapy is that of the system, not one that comes first on the path. */
const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('scapy/exchange.py', import.meta.url));
const missing = spawnSync(python, ['-c', 'import scapy']).status === 0 ? '' : 'python3-scapy is not installed';

/** What was sent and what came back. */
interface Exchange {
  /** Place of the case, from 1 on: the identifier of its echoes and of its IPv4 packets. */
  readonly number: number;
  readonly sent: readonly Uint8Array[];
  readonly answers: readonly Uint8Array[];
}

/** The answer that a case has to get; the one that it got tells what is random. */
type Answer = (exchange: Exchange, answer: Uint8Array) => Uint8Array;

const host = 'fd00:a::2';
const host4 = '10.0.1.2';
const ours: Ipv6Fields = { source: 'fd00:a::1', destination: host };
const oursOnLink: Ipv6Fields = { source: 'fe80::a1', destination: 'fe80::2' };
const ours4: Ipv4Fields = { source: '10.0.1.1', destination: host4 };

/** An ICMPv6 error about the first packet that was sent; the quote ends with the error's 1,280 bytes. */
const error6 =
  (type: number, code: number, parameter = 0, fields = ours): Answer =>
  ({ sent }) =>
    bytesOf(ipv6(fields), icmp6({ type, code, parameter }), (sent[0] as Uint8Array).subarray(0, 1_232));

const problem = (code: number, pointer: number): Answer => error6(4, code, pointer);

/** The identification of an IPv4 packet, which is random in errors. */
const identificationOf = (answer: Uint8Array): number => ((answer[4] ?? 0) << 8) | (answer[5] ?? 0);

/** An ICMP error; the quote ends with the error's 576 bytes (RFC 1812 §4.3.2.3). */
const error4 =
  (type: number, code: number, parameter = 0): Answer =>
  ({ sent }, answer) =>
    bytesOf(
      ipv4({ ...ours4, typeOfService: 0xc0, identification: identificationOf(answer) }),
      icmp4({ type, code, parameter }),
      (sent[0] as Uint8Array).subarray(0, 548),
    );

/** What the data of echoes are. */
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index);
const identifierAndSequence = (number: number): number => number * 0x10000 + 7;

const reply6 =
  (length = 16, fields = ours): Answer =>
  ({ number }) =>
    bytesOf(ipv6(fields), icmp6({ type: 129, parameter: identifierAndSequence(number) }), counting(length));

/** Type of service and identification come back (RFC 1122 §3.2.2.6); options do not. */
const reply4 =
  (length = 16, fields: Partial<Ipv4Fields> = {}): Answer =>
  ({ number }) =>
    bytesOf(
      ipv4({ ...ours4, identification: number, ...fields }),
      icmp4({ type: 0, parameter: identifierAndSequence(number) }),
      counting(length),
    );

/** The router's link-layer address, where it has one. */
const routerOnLink = '02:00:00:00:00:a1';

const silence = undefined;

type Table = Readonly<Record<string, Answer | undefined>>;

const errors: Table = {
  'hop limit 1': error6(3, 0),
  'hop limit 0': error6(3, 0),
  'hop limit 1 and 1,500 bytes': error6(3, 0),
  'no route': error6(1, 0),
  'no route, traffic class and flow label': error6(1, 0),
  'reject route': error6(1, 6),
  'too big for the next link': error6(2, 0, 1_400),
  'too big by a byte': error6(2, 0, 1_400),
  'just not too big': silence,
  'port unreachable, UDP': error6(1, 4),
  'port unreachable, TCP': error6(1, 4),
  'beyond the scope of its source': error6(1, 2, 0, oursOnLink),
  'another link-local address': error6(1, 3),
};

const problems: Table = {
  'unknown next header': problem(1, 6),
  'unknown next header behind options': problem(1, 40),
  'hop-by-hop options behind destination options': problem(1, 40),
  'hop-by-hop options twice': problem(1, 40),
  'header past the end': problem(0, 41),
  'fragment header past the end': problem(0, 6),
  'option past its header': problem(0, 43),
  'router alert of a wrong length': problem(0, 43),
  'routing type 0 with a segment left': problem(0, 42),
  'unknown routing type with a segment left': problem(0, 50),
  'padding that is not zero': problem(0, 48),
  jumbogram: problem(2, 42),
  'payload length 0 before hop-by-hop options': problem(0, 4),
  'unknown hop-by-hop option, action 0': reply6(),
  'unknown hop-by-hop option, action 0, to a group': silence,
  'unknown hop-by-hop option, action 1': silence,
  'unknown hop-by-hop option, action 1, to a group': silence,
  'unknown hop-by-hop option, action 2': problem(2, 42),
  'unknown hop-by-hop option, action 2, to a group': problem(2, 42),
  'unknown hop-by-hop option, action 3': problem(2, 42),
  'unknown hop-by-hop option, action 3, to a group': silence,
  'unknown destination option, action 0': reply6(),
  'unknown destination option, action 0, to a group': silence,
  'unknown destination option, action 1': silence,
  'unknown destination option, action 1, to a group': silence,
  'unknown destination option, action 2': problem(2, 42),
  'unknown destination option, action 2, to a group': problem(2, 42),
  'unknown destination option, action 3': problem(2, 42),
  'unknown destination option, action 3, to a group': silence,
  'unknown hop-by-hop option, action 0, on the way': silence,
  'unknown hop-by-hop option, action 1, on the way': silence,
  'unknown hop-by-hop option, action 2, on the way': problem(2, 42),
  'unknown hop-by-hop option, action 3, on the way': problem(2, 42),
  'unknown destination option on the way': silence,
  '16 headers': problem(8, 160),
  '9 options': problem(9, 90),
  '8 bytes of padding': problem(10, 44),
  'chain of more than 2,048 bytes': problem(7, 2_088),
};

const chains: Table = {
  echo: reply6(),
  'echo, hop limit 1': reply6(),
  'echo, traffic class and flow label': reply6(),
  'echo of no data': reply6(0),
  'echo to the link-local address': reply6(16, oursOnLink),
  'echo to the address on another link': reply6(16, { ...ours, source: 'fd00:b::1' }),
  'echo to all nodes': reply6(),
  'echo behind hop-by-hop options': reply6(),
  'echo behind a router alert': reply6(),
  'echo behind destination options': reply6(),
  'echo behind routing type 0, no segments left': reply6(),
  'echo behind an unknown routing type, no segments left': reply6(),
  'echo behind a header of each kind': reply6(),
  'echo behind destination options thrice': reply6(),
  'echo behind 15 headers': reply6(),
  'echo behind 8 options': reply6(),
  'echo behind 7 bytes of padding': reply6(),
  'echo behind 2,048 bytes of options': reply6(),
};

const fragments: Table = {
  'fragments in order': reply6(600),
  'fragments in reverse': reply6(600),
  'fragments doubled': reply6(600),
  'fragments of 8 bytes': reply6(200),
  'fragments with destination options': reply6(100),
  'atomic fragment': reply6(),
  'fragments that overlap': silence,
  'fragments that overlap by less than they are': silence,
  'fragment beyond the end': silence,
  'first fragment without its upper layer': problem(3, 0),
  'first fragment that ends inside its options': problem(3, 0),
  'fragment of 20 bytes that is not the last': problem(0, 4),
  'fragment beyond 65,535 bytes': problem(0, 42),
  'fragment without data': silence,
  'fragment of a fragment': silence,
  'hop-by-hop options in a fragment': problem(1, 40),
  'neighbor solicitation in fragments': silence,
  'neighbor solicitation in an atomic fragment': silence,
  'fragments to others': silence,
};

const silences: Table = {
  'an error without a route': silence,
  'an error whose hop limit ran out': silence,
  'from nobody, on the way': silence,
  'from a group': silence,
  'from the loopback address': silence,
  'from a mapped address': silence,
  'to the loopback address': silence,
  'to nobody': silence,
  'to a group of others': silence,
  'to a group of a node': silence,
  'to a group, without a listener': silence,
  'echo with a wrong checksum': silence,
  'message of an unknown type': silence,
  'version 5': silence,
  'shorter than it says': silence,
  'shorter than an IPv6 header': silence,
};

const version4: Table = {
  'IPv4: time to live 1': error4(11, 0),
  'IPv4: time to live 1 and 1,500 bytes': error4(11, 0),
  'IPv4: no route': error4(3, 0),
  'IPv4: no route, type of service': error4(3, 0),
  'IPv4: reject route': error4(3, 1),
  'IPv4: too big and may not be cut': error4(3, 4, 1_400),
  'IPv4: too big and may be cut': silence,
  'IPv4: port unreachable, UDP': error4(3, 3),
  'IPv4: port unreachable, TCP': error4(3, 3),
  'IPv4: protocol unreachable': error4(3, 2),
  'IPv4: option past the header': error4(12, 0, 20 * 0x1000000),
  'IPv4: echo': reply4(),
  'IPv4: echo, time to live 1': reply4(),
  'IPv4: echo, type of service': reply4(16, { typeOfService: 0x2e }),
  'IPv4: echo to the address on another link': reply4(16, { source: '10.0.2.1' }),
  'IPv4: echo with options': reply4(),
  'IPv4: fragments in order': reply4(600),
  'IPv4: fragments in reverse': reply4(600),
  'IPv4: fragments doubled': reply4(600),
  'IPv4: fragments of 8 bytes': reply4(200),
  'IPv4: fragments that overlap': silence,
  'IPv4: fragment of 20 bytes that is not the last': silence,
  'IPv4: fragment beyond 65,535 bytes': silence,
  'IPv4: fragment that splits the TCP header': silence,
  'IPv4: a later fragment without a route': silence,
  'IPv4: source route': silence,
  'IPv4: an error without a route': silence,
  'IPv4: a wrong header checksum': silence,
  'IPv4: a wrong ICMP checksum': silence,
  'IPv4: from nobody, on the way': silence,
  'IPv4: from a group': silence,
  'IPv4: from everyone': silence,
  'IPv4: from the loopback address': silence,
  'IPv4: from a reserved address': silence,
  'IPv4: to the loopback address': silence,
  'IPv4: to a reserved address': silence,
  'IPv4: to the broadcast address of another link': silence,
  'IPv4: to everyone, without a listener': silence,
  'IPv4: from a link-local address, on the way': silence,
  'IPv4: a header of 16 bytes': silence,
  'IPv4: shorter than it says': silence,
};

/** Alike on both devices: on a link without neighbors the packet would go back, on Ethernet nobody answers for it. */
const lateAnswers: Table = {
  'fragments without the last': error6(3, 1),
  'fragments without the first': silence,
  'a neighbor who is not there': error6(1, 3),
  'IPv4: fragments without the last': error4(11, 1),
  'IPv4: fragments without the first': silence,
  'IPv4: a neighbor who is not there': error4(3, 1),
};

const tables: Readonly<Record<string, Table>> = {
  'errors of the way': errors,
  'headers and options': problems,
  'echoes behind extension headers': chains,
  fragments,
  'what nobody answers': silences,
  IPv4: version4,
  'what is answered late': lateAnswers,
};

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What the script prints. */
type Printed = Readonly<Record<string, { readonly sent: readonly string[]; readonly answers: readonly string[] }>>;

/** What the interface that is asked says, by device. On Ethernet, its host has to answer for its link-local address. */
const interfaces: Readonly<Record<'tun' | 'tap', NonNullable<LabOptions['a']>>> = {
  tun: {},
  tap: {
    device: 'tap',
    linkLayerAddress: routerOnLink,
    kernel: { addresses: [`${host}/64`, 'fe80::2/64', `${host4}/24`], defaultRoute: true },
  },
};

for (const device of ['tun', 'tap'] as const) {
  describeLive(`scapy asks umigame router on a ${device.toUpperCase()} device`, () => {
    if (missing !== '') return test('needs scapy', ({ skip }) => skip(missing));
    const lab = suiteLab({
      listen: true,
      mtu: 4_000,
      a: interfaces[device],
      b: { mtu: 1_400 },
      limits: { reassembly: { timeout: 2_000 } },
    });
    const exchanges = new Map<string, Exchange>();

    beforeAll(async () => {
      const printed = JSON.parse(
        await mustRun(
          ...lab.a.command(python, '-B', script, lab.a.device, ...(device === 'tap' ? [routerOnLink] : [])),
        ),
      ) as Printed;
      for (const [index, [name, { sent, answers }]] of Object.entries(printed).entries()) {
        exchanges.set(name, { number: index + 1, sent: sent.map(fromHex), answers: answers.map(fromHex) });
      }
    });

    for (const [title, table] of Object.entries(tables)) {
      describe(title, () => {
        test.each(Object.entries(table))('%s', (name, answer) => {
          const exchange = exchanges.get(name) as Exchange;
          const [got = new Uint8Array(0)] = exchange.answers;
          const expected = answer === undefined ? [] : [answer(exchange, got)];
          expect(exchange.answers.map(toHex)).toEqual(expected.map(toHex));
        });
      });
    }

    test('no case is without its answer', () => {
      expect([...exchanges.keys()]).toEqual(Object.values(tables).flatMap((table) => Object.keys(table)));
    });

    test('Wireshark finds nothing malformed and no wrong checksum in what the router sent', async () => {
      for (const each of lab.hosts) {
        const heard = await each.stopListening();
        expect((await tshark(heard)).length).toBeGreaterThan(0);
        expect(await faultsIn(heard)).toEqual([]);
      }
    });

    test('and every packet is accounted for', async () => {
      const { code, stdout, stderr } = await lab.stop();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expectBalanced(stdout);
    });
  }, ['ip', 'tcpdump', 'tshark']);
}
