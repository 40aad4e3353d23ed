import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { type Device, DeviceRead } from '../../src/packet/device.ts';
import { Drop, dropNames } from '../../src/packet/drop.ts';
import { Packet } from '../../src/packet/packet.ts';
import { PacketPool } from '../../src/packet/pool.ts';
import { configureKernelSide, inNamespace, openDevice, PlatformError, RouteSocket } from '../../src/platform/index.ts';
import { fromDevice } from '../../src/sources/device.ts';
import { bytesOf, echoRequest4, echoRequest6, ipv4, ipv6, packetOf, payload } from '../../src/testing/index.ts';
import { parseInterfaceAddress } from '../../src/wire/address.ts';
import * as wireEthernet from '../../src/wire/ethernet.ts';
import * as wire4 from '../../src/wire/icmp4.ts';
import * as wire6 from '../../src/wire/icmp6.ts';
import { describeLive, live, testDevice, testNamespace, uniqueName, until } from '../support/live.ts';

const fresh = (): Packet => new Packet(66_000).reset(256, 0);

/** A device whose other end is Linux in a namespace of its own: fd00:77::2 and 10.77.0.2. */
const connected = (kind: 'tun' | 'tap' = 'tun') => {
  const netns = testNamespace();
  const device = testDevice(kind);
  const addresses = ['fd00:77::2/64', '10.77.0.2/24'].map((text) => parseInterfaceAddress(text)!);
  configureKernelSide({ device, netns, addresses });
  const kernel = <T>(fn: (socket: RouteSocket) => T): T =>
    inNamespace(netns, () => {
      const socket = new RouteSocket();
      try {
        return fn(socket);
      } finally {
        socket.close();
      }
    });
  return { device, kernel };
};

/** Reads until a packet is as asked; others, such as multicast reports, are passed over. */
const readUntil = async (device: Device, wanted: (packet: Packet) => boolean): Promise<Packet> => {
  const packet = fresh();
  await until(() => {
    for (;;) {
      const found = device.read(packet.reset(256, 0));
      if (found !== DeviceRead.packet) return false;
      if (wanted(packet)) return true;
    }
  }, 'the packet');
  return packet;
};

const ping6 = bytesOf(
  ipv6({ source: 'fd00:77::1', destination: 'fd00:77::2' }),
  echoRequest6({ identifier: 77, sequenceNumber: 5 }),
  payload(56),
);
const ping4 = bytesOf(
  ipv4({ source: '10.77.0.1', destination: '10.77.0.2' }),
  echoRequest4({ identifier: 77, sequenceNumber: 5 }),
  payload(56),
);

const refusal = (device: Device, packet: Packet) => dropNames[device.write(packet)];

const sentence = (name: string): string => {
  try {
    openDevice({ name, kind: 'tun' }).close();
  } catch (error) {
    expect(error).toBeInstanceOf(PlatformError);
    if (error instanceof Error) return error.message;
  }
  return 'it opened';
};

describeLive('openDevice', () => {
  test('opens a device of the name and kind that was asked for', () => {
    const name = uniqueName();
    const device = openDevice({ name, kind: 'tap' });
    onTestFinished(() => device.close());
    expect(device).toMatchObject({ name, kind: 'tap' });
  });

  test('lets Linux number the device', () => {
    const name = uniqueName();
    const [first, second] = [1, 2].map(() => openDevice({ name: `${name}%d`, kind: 'tun' }));
    expect([first?.name, second?.name]).toEqual([`${name}0`, `${name}1`]);
    first?.close();
    second?.close();
  });

  test('says when the name is in use by a device', () => {
    const { name } = testDevice();
    expect(sentence(name)).toBe(
      `umigame: the device name ${name} is in use, another program has it open: stop that program, or choose another name`,
    );
  });

  test('says when the name is in use by another interface', () => {
    expect(sentence('lo')).toBe(
      'umigame: the name lo is in use by an interface that is no tun device: choose another name',
    );
  });

  test('says when the name is illegal', () => {
    expect(sentence('x'.repeat(16))).toContain('16 bytes long');
    expect(sentence('a/b')).toContain("can't name a device");
  });

  test('close takes the device away, once and for all', () => {
    const { name } = testDevice();
    const device = openDevice({ name: `${name}b`, kind: 'tun' });
    device.close();
    device.close();
    expect(device.read(fresh())).toBe(DeviceRead.lost);
    expect(refusal(device, packetOf(ping6))).toBe('deviceLost');
    expect(sentence(`${name}b`)).toBe('it opened');
  });
});

describeLive('a TUN device', () => {
  test('carries an ICMPv6 echo request to Linux and the reply back', async () => {
    const { device } = connected();
    expect(refusal(device, packetOf(ping6))).toBe('none');
    const reply = await readUntil(device, ({ view, start }) => wire6.type(view, start + 40) === wire6.Type.echoReply);
    const { view, start, end, link, upper } = reply;
    expect([start, link, upper, end]).toEqual([256, 256, 256, 256 + ping6.length]);
    expect(wire6.verify(view, start, start + 40, end)).toBe(true);
    expect([wire6.identifier(view, start + 40), wire6.sequenceNumber(view, start + 40)]).toEqual([77, 5]);
  });

  test('carries an ICMP echo message and the reply', async () => {
    const { device } = connected();
    expect(refusal(device, packetOf(ping4))).toBe('none');
    const { view, start } = await readUntil(device, (packet) => packet.view.getUint8(packet.start) === 0x45);
    expect(wire4.type(view, start + 20)).toBe(wire4.Type.echoReply);
  });

  test('leaves a link-layer header of another link out', async () => {
    const { device } = connected();
    const packet = packetOf(ping6);
    packet.link = packet.start - 14;
    expect(refusal(device, packet)).toBe('none');
    await readUntil(device, ({ view, start }) => wire6.type(view, start + 40) === wire6.Type.echoReply);
  });

  test('is empty when there is nothing to read', () => {
    expect(testDevice().read(fresh())).toBe(DeviceRead.empty);
  });

  test.each([
    ['a bad version', Uint8Array.of(0x10, 0, 0, 0)],
    ['no bytes', new Uint8Array(0)],
  ])('refuses %s', (_, bytes) => {
    expect(refusal(connected().device, packetOf(bytes))).toBe('deviceRefused');
  });

  test('refuses while the link is down, and goes on when it is up again', async () => {
    const { device, kernel } = connected();
    kernel((socket) => socket.set(device.name, { up: false }));
    expect(refusal(device, packetOf(ping4))).toBe('noInterface');
    expect(device.read(fresh())).not.toBe(DeviceRead.lost);
    kernel((socket) => socket.set(device.name, { up: true }));
    expect(refusal(device, packetOf(ping4))).toBe('none');
    await readUntil(device, (packet) => packet.view.getUint8(packet.start) === 0x45);
  });

  test('allocates nothing per packet', () => {
    const { device } = connected();
    const request = packetOf(ping4);
    const reply = fresh();
    const exchange = (count: number) => {
      let replies = 0;
      for (let i = 0; i < count; i += 1) {
        device.write(request);
        while (device.read(reply) === DeviceRead.packet) replies += 1;
      }
      return replies;
    };
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    exchange(20_000);
    collect();
    const before = process.memoryUsage().heapUsed;
    const count = 100_000;
    expect(exchange(count)).toBeGreaterThan(count * 0.9);
    const perPacket = (process.memoryUsage().heapUsed - before) / (2 * count);
    // An address above 2 GiB is no small integer, and so costs 16 bytes a call.
    expect(perPacket).toBeLessThan(20);
  });
});

describeLive('a TAP device', () => {
  const ours = [2, 0, 0x5e, 0, 0x53, 1];
  // Who has 10.77.0.2? Tell 10.77.0.1 (RFC 826).
  const arpRequest = Uint8Array.from([
    ...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ...ours, 0x08, 0x06],
    ...[0, 1, 8, 0, 6, 4, 0, 1, ...ours, 10, 77, 0, 1, 0, 0, 0, 0, 0, 0, 10, 77, 0, 2],
  ]);

  test('carries frames: an ARP request to Linux and the reply, which holds no IP packet', async () => {
    const { device } = connected('tap');
    const frame = packetOf(arpRequest);
    frame.start = frame.end;
    expect(refusal(device, frame)).toBe('none');
    const isArp = ({ view, link }: Packet) => wireEthernet.etherType(view, link) === wireEthernet.EtherType.arp;
    const { view, link, start, end } = await readUntil(device, isArp);
    expect(start).toBe(end);
    expect(link).toBe(256);
    expect(wireEthernet.destinationHigh(view, link)).toBe(0x0200);
    expect(view.getUint16(link + 14 + 6)).toBe(2); // a reply
  });

  test('finds the IP packet behind the link-layer header', async () => {
    const { device } = connected('tap');
    const { view, link, start, upper } = await readUntil(device, (packet) => packet.start < packet.end);
    expect([start, upper]).toEqual([link + 14, link + 14]);
    expect(view.getUint8(start) >> 4).toBe(6);
  });

  test('refuses a packet without a link-layer header', () => {
    expect(refusal(connected('tap').device, packetOf(ping6))).toBe('deviceRefused');
  });
});

describeLive('fromDevice on a TUN device', () => {
  const watch = (device: Device) => {
    const pool = new PacketPool();
    const versions: number[] = [];
    const errors: string[] = [];
    const subscription = fromDevice(device, { pool, interfaceIndex: 1 }).subscribe({
      next: (packet) => {
        versions.push(packet.view.getUint8(packet.start) >> 4);
        packet.release();
      },
      error: (error: Error) => errors.push(error.message),
    });
    onTestFinished(() => subscription.unsubscribe());
    return { pool, versions, errors };
  };

  test('is woken by what Linux sends', async () => {
    const { device } = connected();
    const { pool, versions } = watch(device);
    for (let i = 0; i < 100; i += 1) expect(device.write(packetOf(ping4))).toBe(Drop.none);
    await until(() => versions.filter((version) => version === 4).length === 100, 'the hundredth reply');
    expect(pool.outstanding).toBe(0);
  });

  test('ends with a sentence when its device is deleted, while another goes on', async () => {
    const gone = connected();
    const other = connected();
    const [goneWatch, otherWatch] = [watch(gone.device), watch(other.device)];
    gone.kernel((socket) => socket.delete(gone.device.name));
    await until(() => goneWatch.errors.length > 0, 'the error');
    expect(goneWatch.errors).toEqual([
      `umigame: the device ${gone.device.name} is gone: it was deleted or closed; make it again and start anew`,
    ]);
    expect(refusal(gone.device, packetOf(ping6))).toBe('deviceLost');
    expect(goneWatch.pool.outstanding).toBe(0);
    other.device.write(packetOf(ping4));
    await until(() => otherWatch.versions.includes(4), 'a reply on the other device');
    expect(otherWatch.errors).toEqual([]);
  });

  test('goes on when the link goes down and up', async () => {
    const { device, kernel } = connected();
    const { versions, errors } = watch(device);
    kernel((socket) => {
      socket.set(device.name, { up: false });
      socket.set(device.name, { up: true });
    });
    device.write(packetOf(ping4));
    await until(() => versions.includes(4), 'a reply');
    expect(errors).toEqual([]);
  });
});

test('says why when live tests are skipped', () => {
  expect(live.reason === '').toBe(live.ok);
});
