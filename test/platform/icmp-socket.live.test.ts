import { expect, test } from 'vitest';
import { IcmpSocket, type IcmpSocketOptions } from '../../src/platform/icmp-socket.ts';
import { formatAddress, parseAddress } from '../../src/wire/address.ts';
import * as icmp4 from '../../src/wire/icmp4.ts';
import * as icmp6 from '../../src/wire/icmp6.ts';
import { describeLive } from '../support/live.ts';

interface Heard {
  readonly from: string;
  readonly hopLimit: number;
  readonly type: number;
  readonly sequence: number;
  readonly octets: number;
}

const echo = (family: 4 | 6, identifier: number, octets = 64): Uint8Array<ArrayBuffer> => {
  const message = new Uint8Array(octets);
  const view = new DataView(message.buffer);
  view.setUint8(0, family === 6 ? icmp6.Type.echoRequest : icmp4.Type.echoRequest);
  view.setUint16(4, identifier);
  view.setUint16(6, 7);
  return message;
};

/** Sends an echo request to ourselves and waits for the answer to it. */
const ask = (to: string, octets: number, options: IcmpSocketOptions = {}): Promise<Heard> => {
  const address = parseAddress(to);
  if (address === undefined) throw new Error(`no address: ${to}`);
  const { family } = address;
  const socket = new IcmpSocket(family, options);
  const identifier = 0x7000 + (octets % 0x1000);
  return new Promise<Heard>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer within 2 s')), 2_000);
    socket.onMessage(({ from, hopLimit, view, at, end }) => {
      if (view.getUint16(at + 4) !== identifier) return;
      clearTimeout(timer);
      resolve({
        from: formatAddress(from),
        hopLimit,
        type: view.getUint8(at),
        sequence: view.getUint16(at + 6),
        octets: end - at,
      });
    });
    const problem = socket.send(address, echo(family, identifier, octets));
    if (problem !== undefined) reject(new Error(problem));
  }).finally(() => socket.close());
};

describeLive('raw ICMP sockets', () => {
  test.each([
    ['::1', 64, icmp6.Type.echoReply],
    ['::1', 8, icmp6.Type.echoReply],
    ['::1', 60_000, icmp6.Type.echoReply],
    ['127.0.0.1', 64, icmp4.Type.echoReply],
    ['127.0.0.1', 60_000, icmp4.Type.echoReply],
  ])('%s answers %d bytes', async (to, octets, type) => {
    expect(await ask(to, octets)).toEqual({ from: to, hopLimit: 64, type, sequence: 7, octets });
  });

  test('sends with the hop limit that it was given', async () => {
    // A host answers with a hop limit of its own, so all that shows here is that the kernel took the option.
    expect((await ask('::1', 64, { hopLimit: 1 })).hopLimit).toBe(64);
    expect((await ask('127.0.0.1', 64, { hopLimit: 1 })).hopLimit).toBe(64);
  });

  test('refuses in words what is too large to be sent whole', async () => {
    await expect(ask('::1', 65_535, { dontFragment: true })).rejects.toThrow('EMSGSIZE, message too long');
  });

  test('refuses an address of the other family', () => {
    const socket = new IcmpSocket(6);
    expect(socket.send(parseAddress('127.0.0.1') ?? { family: 4, w0: 0, w1: 0, w2: 0, w3: 0 }, echo(4, 1))).toBe(
      '127.0.0.1 is no IPv6 address',
    );
    socket.close();
  });

  test('has nothing to say when nothing came, and after it was closed', () => {
    const socket = new IcmpSocket(6);
    expect(socket.receive()).toBeUndefined();
    socket.close();
    socket.close();
    expect(socket.receive()).toBeUndefined();
  });
});
