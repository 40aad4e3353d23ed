import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { type Device, DeviceRead } from '../../src/packet/device.ts';
import { Drop, dropNames } from '../../src/packet/drop.ts';
import { Packet } from '../../src/packet/packet.ts';
import { PacketPool } from '../../src/packet/pool.ts';
import {
  inNamespace,
  openPacketSocket,
  type PacketSocket,
  PlatformError,
  RouteSocket,
} from '../../src/platform/index.ts';
import { libc } from '../../src/platform/libc.ts';
import { bindSocket, findLink, openSocket, prepareSocket } from '../../src/platform/packet-options.ts';
import { fromDevice } from '../../src/sources/device.ts';
import { bytesOf, ipv6, payload, tcp, udp } from '../../src/testing/index.ts';
import * as ethernet from '../../src/wire/ethernet.ts';
import * as wireTcp from '../../src/wire/tcp.ts';
import { Segmentation } from '../../src/wire/virtio-net.ts';
import { describeLive, testDevice, testNamespace, uniqueName, until } from '../support/live.ts';
import { mustRun } from '../support/program.ts';

const linkLayer = (text: string) => ethernet.parseLinkLayer(text)!;
const ours = '02:00:00:00:00:22';
const theirs = '02:00:00:00:00:33';

/** Both ends of a cable in a namespace of its own, where Linux keeps silent. */
const cable = async () => {
  const netns = testNamespace();
  inNamespace(netns, () => writeFileSync('/proc/sys/net/ipv6/conf/default/disable_ipv6', '1'));
  await mustRun('ip', '-n', netns, 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far');
  const kernel = <T>(fn: (socket: RouteSocket) => T): T =>
    inNamespace(netns, () => {
      const socket = new RouteSocket();
      try {
        return fn(socket);
      } finally {
        socket.close();
      }
    });
  kernel((socket) => {
    for (const name of ['near', 'far']) socket.set(name, { up: true });
  });
  const open = (name: 'near' | 'far', linkLayerAddress?: string): PacketSocket => {
    const address = linkLayerAddress === undefined ? {} : { linkLayerAddress: linkLayer(linkLayerAddress) };
    const device = openPacketSocket({ interface: name, netns, ...address });
    onTestFinished(() => device.close());
    return device;
  };
  return { netns, kernel, open };
};

/** Writes frames into `far` as they are, behind a header of virtio: what another kernel leaves undone. */
const rawWriter = (netns: string) => {
  const descriptor = inNamespace(netns, () => openSocket('far'));
  prepareSocket(descriptor);
  bindSocket(descriptor, findLink(descriptor, 'far', netns));
  onTestFinished(() => {
    libc().close(descriptor);
  });
  return (frame: ArrayLike<number>, virtio: ArrayLike<number> = new Uint8Array(10)): void => {
    const bytes = Uint8Array.from([...Array.from(virtio), ...Array.from(frame)]);
    expect(libc().write(descriptor, libc().addressOf(bytes), bytes.length), 'what Linux took').toBe(bytes.length);
  };
};

const addresses = { source: 'fd00::1', destination: 'fd00::2' };
const octets = (text: string): number[] => text.split(':').map((pair) => Number.parseInt(pair, 16));
const frameTo = (destination: string, ip: Uint8Array, type = [0x86, 0xdd]): Uint8Array =>
  Uint8Array.from([...octets(destination), ...octets(theirs), ...type, ...ip]);
const numbered = (number: number, length = 20): Uint8Array =>
  bytesOf(ipv6({ ...addresses, flowLabel: number }), udp(), payload(length));

const fresh = (): Packet => new Packet(66_000).reset(256, 0);
const packetWith = (frame: Uint8Array): Packet => {
  const packet = fresh();
  packet.bytes.set(frame, packet.link);
  packet.end = packet.link + frame.length;
  packet.start = packet.link + ethernet.minimumHeaderLength;
  return packet;
};
const write = (device: Device, frame: Uint8Array) => dropNames[device.write(packetWith(frame))];
const frameOf = ({ bytes, link, end }: Packet): Uint8Array => bytes.slice(link, end);

/** Everything that can be read until nothing has come for a while. */
const readAll = async (device: Device, quiet = 20): Promise<Packet[]> => {
  const packets: Packet[] = [];
  let last = performance.now();
  while (performance.now() - last < quiet) {
    const packet = fresh();
    if (device.read(packet) === DeviceRead.packet) {
      packets.push(packet);
      last = performance.now();
    } else await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return packets;
};

const sentence = (name: string, netns?: string): string => {
  try {
    openPacketSocket({ interface: name, netns }).close();
  } catch (error) {
    expect(error).toBeInstanceOf(PlatformError);
    if (error instanceof Error) return error.message;
  }
  return 'it opened';
};

describeLive('openPacketSocket', () => {
  test('says what the interface is called and what it carries', async () => {
    const { kernel, open } = await cable();
    kernel((socket) => socket.set('near', { mtu: 1_400 }));
    expect(open('near')).toMatchObject({ name: 'near', kind: 'packet', mtu: 1_400 });
  });

  test('says when there is no such interface, here or in a namespace', async () => {
    const { netns } = await cable();
    const name = uniqueName();
    expect(sentence(name)).toBe(`umigame: there is no interface ${name}: make it first, or choose another`);
    expect(sentence('uma', netns)).toBe(
      `umigame: there is no interface uma in the network namespace ${netns}: make it first, or choose another`,
    );
    expect(sentence('near', netns)).toBe('it opened');
    expect(sentence('x'.repeat(16))).toContain('16 bytes long');
    expect(sentence('near', name)).toContain(`there is no network namespace ${name}`);
  });

  test('says when it carries no frames', () => {
    const { name } = testDevice('tun');
    expect(sentence(name)).toBe(`umigame: the interface ${name} is no Ethernet: choose one that carries frames`);
    expect(sentence('lo')).toContain('is no Ethernet');
  });

  test('says when it is down, and leaves it so', async () => {
    const { netns, kernel } = await cable();
    kernel((socket) => socket.set('near', { up: false }));
    expect(sentence('near', netns)).toBe(
      `umigame: the interface near in the network namespace ${netns} is down: bring it up first (ip -n ${netns} link set near up)`,
    );
    expect(kernel((socket) => socket.get('near').up)).toBe(false);
  });

  test('close takes nothing away but the device', async () => {
    const { kernel, open } = await cable();
    const device = open('near');
    device.close();
    device.close();
    expect(device.read(fresh())).toBe(DeviceRead.lost);
    expect(write(device, frameTo(ours, numbered(1)))).toBe('deviceLost');
    expect(kernel((socket) => socket.get('near').up)).toBe(true);
  });
});

describeLive('a packet socket', () => {
  test('carries frames both ways, in order, none lost, as fast as they are written', async () => {
    const { open } = await cable();
    const [near, far] = [open('near'), open('far')];
    const seen: number[] = [];
    const pool = new PacketPool();
    const subscription = fromDevice(far, { pool, interfaceIndex: 1 }).subscribe((packet) => {
      seen.push(packet.view.getUint32(packet.start) & 0xfffff);
      packet.release();
    });
    onTestFinished(() => subscription.unsubscribe());
    const count = 20_000;
    const packet = packetWith(frameTo(ours, numbered(0, 1_000)));
    const refused: number[] = [];
    for (let i = 0; i < count; ) {
      // As a router would write: what came in one turn of the loop.
      for (let j = 0; j < 100; j += 1, i += 1) {
        packet.view.setUint32(packet.start, 0x6000_0000 | i);
        packet.end = packet.start + 48 + (i % 1_000);
        if (near.write(packet) !== Drop.none) refused.push(i);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(refused).toEqual([]);
    await until(() => seen.length === count, `the last of ${count} frames`);
    expect(seen).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(pool.outstanding).toBe(0);
    write(far, frameTo(theirs, numbered(7)));
    const [back, ...more] = await readAll(near);
    expect([frameOf(back!), more]).toEqual([frameTo(theirs, numbered(7)), []]);
  });

  test('finds the IP packet behind the link-layer header', async () => {
    const { open } = await cable();
    const [near, far] = [open('near'), open('far')];
    write(near, frameTo(ours, numbered(1)));
    write(near, frameTo(ours, new Uint8Array(28), [8, 6]));
    const [packet, arp] = await readAll(far);
    const { link, start, upper, end } = packet!;
    expect([link, start, upper, end]).toEqual([256, 270, 270, 270 + 68]);
    expect([arp!.start, arp!.end]).toEqual([256 + 42, 256 + 42]);
  });

  test('wakes whoever waits as long as there is something left', async () => {
    const { open } = await cable();
    const [near, far] = [open('near'), open('far')];
    let reads = 0;
    // One frame a call, though they were received together.
    const watch = far.onReadable(() => {
      if (far.read(fresh()) === DeviceRead.packet) reads += 1;
    });
    for (let i = 0; i < 50; i += 1) write(near, frameTo(ours, numbered(i)));
    await until(() => reads === 50, 'the fiftieth frame');
    for (let i = 0; i < 50; i += 1) write(near, frameTo(ours, numbered(i)));
    await until(() => reads > 60, 'some frames');
    watch.close();
    const before = reads;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(reads).toBe(before);
    // Who comes later is told of what is left.
    const later = far.onReadable(() => {
      if (far.read(fresh()) === DeviceRead.packet) reads += 1;
    });
    await until(() => reads === 100, 'the hundredth frame');
    later.close();
  });

  test("does not hear what goes out, ours or the kernel's", async () => {
    const { netns, open } = await cable();
    const near = open('near');
    write(near, frameTo(ours, numbered(1)));
    await mustRun('ip', '-n', netns, 'addr', 'add', '10.77.0.1/24', 'dev', 'near');
    await mustRun('ip', 'netns', 'exec', netns, 'sh', '-c', 'ping -c 1 -W 0.1 10.77.0.9 || true');
    const types = (await readAll(near)).map(({ view, link }) => ethernet.etherType(view, link));
    expect(types).toEqual([]);
  });

  test('refuses what it can not carry', async () => {
    const { open } = await cable();
    const near = open('near');
    expect(write(near, frameTo(ours, numbered(1, 1_500 - 48)))).toBe('none');
    expect(write(near, frameTo(ours, numbered(1, 1_501 - 48)))).toBe('deviceRefused');
    const bare = packetWith(numbered(1));
    bare.start = bare.link;
    expect(near.write(bare)).toBe(Drop.deviceRefused);
  });

  test('allocates nothing per packet', async () => {
    const { open } = await cable();
    const [near, far] = [open('near'), open('far')];
    const out = packetWith(frameTo(ours, numbered(1, 1_400)));
    const into = fresh();
    const exchange = (count: number) => {
      let arrived = 0;
      for (let i = 0; i < count; i += 64) {
        for (let j = 0; j < 64; j += 1) near.write(out); // the last one sends them all
        while (far.read(into) === DeviceRead.packet) arrived += 1;
      }
      return arrived;
    };
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    exchange(64_000);
    collect();
    const before = process.memoryUsage().heapUsed;
    const count = 128_000;
    expect(exchange(count)).toBe(count);
    const perPacket = (process.memoryUsage().heapUsed - before) / (2 * count);
    // An address above 2 GiB is no small integer, and so costs 16 bytes a call.
    expect(perPacket).toBeLessThan(20);
  });
});

describeLive('whose frames come in', () => {
  const another = '02:00:00:00:00:44';
  const group = '33:33:00:00:00:01';
  const everyone = 'ff:ff:ff:ff:ff:ff';
  const all = [ours, another, group, everyone, '02:00:01:00:00:22', '02:01:00:00:00:22'];

  const heardBy = async (device: Device, writeFrame: (frame: Uint8Array) => void): Promise<string[]> => {
    for (const destination of all) writeFrame(frameTo(destination, numbered(1)));
    const packets = await readAll(device);
    return packets.map(({ view, link }) =>
      ethernet.formatLinkLayer(ethernet.destinationHigh(view, link), ethernet.destinationLow(view, link)),
    );
  };
  const promiscuity = async (netns: string): Promise<string> => {
    const link = await mustRun('ip', '-n', netns, '-d', 'link', 'show', 'near');
    return [/ promiscuity \d+/, / allmulti \d+/].map((part) => part.exec(link)?.[0] ?? '').join('');
  };

  test('without an address of ours: all', async () => {
    const { netns, open } = await cable();
    expect(await heardBy(open('near'), rawWriter(netns))).toEqual(all);
    expect(await promiscuity(netns)).toContain('promiscuity 1');
  });

  test('with one: ours and those for groups, on an interface that hears all', async () => {
    const { netns, open } = await cable();
    const near = open('near', ours);
    expect(await heardBy(near, rawWriter(netns))).toEqual([ours, group, everyone]);
    expect(await promiscuity(netns)).toContain('promiscuity 1');
    near.close();
    expect(await promiscuity(netns)).toContain('promiscuity 0');
  });

  test('with that of the kernel the interface need not hear all, until it changes', async () => {
    const { netns, open } = await cable();
    await mustRun('ip', '-n', netns, 'link', 'set', 'near', 'address', ours);
    const near = open('near', ours);
    expect(await promiscuity(netns)).toContain('promiscuity 0');
    expect(await promiscuity(netns)).toContain('allmulti 1');
    const writeFrame = rawWriter(netns);
    expect(await heardBy(near, writeFrame)).toEqual([ours, group, everyone]);
    near.changeLinkLayerAddress(linkLayer(another));
    expect(await heardBy(near, writeFrame)).toEqual([another, group, everyone]);
    expect(await promiscuity(netns)).toContain('promiscuity 1');
  });
});

describeLive('what a sender leaves to a network card', () => {
  const virtio = (kind: number, size: number, start: number, offset: number): Uint8Array => {
    const view = new DataView(new ArrayBuffer(10));
    view.setUint8(0, 1);
    view.setUint8(1, kind);
    view.setUint16(2, start + 20, true);
    view.setUint16(4, size, true);
    view.setUint16(6, start, true);
    view.setUint16(8, offset, true);
    return new Uint8Array(view.buffer);
  };
  /** The frame with the pseudo-header's sum in place of the checksum. */
  const partial = (frame: Uint8Array, upper: number, field: number): Uint8Array => {
    const left = frame.slice();
    const view = new DataView(left.buffer);
    let sum = frame.length - upper + (view.getUint8(20) as number);
    for (let at = 22; at < 54; at += 2) sum += view.getUint16(at);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    view.setUint16(field, sum);
    return left;
  };

  test('segmentation of TCP: segments of the size that it asked for', async () => {
    const { netns, open } = await cable();
    const near = open('near');
    const whole = frameTo(ours, bytesOf(ipv6(addresses), tcp(), payload(64_000)));
    rawWriter(netns)(partial(whole, 54, 70), virtio(Segmentation.tcp6, 1_400, 54, 16));
    const segments = await readAll(near);
    expect(segments.length).toBe(46);
    for (const { view, start, end } of segments) {
      expect(end - start).toBeLessThanOrEqual(1_460);
      expect(wireTcp.verify6(view, start, start + 40, end)).toBe(true);
    }
    const data = segments.flatMap((segment) => [...frameOf(segment).slice(74)]);
    expect(data).toEqual([...whole.slice(74)]);
  });

  test('a checksum: completed', async () => {
    const { netns, open } = await cable();
    const near = open('near');
    const whole = frameTo(ours, numbered(1, 999));
    const left = partial(whole, 54, 60);
    expect(left).not.toEqual(whole);
    rawWriter(netns)(left, virtio(Segmentation.none, 0, 54, 6));
    expect((await readAll(near)).map(frameOf)).toEqual([whole]);
  });

  test.each([
    ['a tag', [0x81, 0, 0x60, 5]],
    ['two tags', [0x88, 0xa8, 0, 7, 0x81, 0, 0, 5]],
  ])('%s of a VLAN stays in the frame, though Linux takes it off', async (_, tags) => {
    const { netns, open } = await cable();
    const near = open('near');
    const tagged = frameTo(ours, numbered(1), [...tags, 0x86, 0xdd]);
    rawWriter(netns)(tagged);
    const [packet, ...more] = await readAll(near);
    expect(frameOf(packet!)).toEqual(tagged);
    expect(packet!.start - packet!.link).toBe(14 + tags.length);
    expect(more).toEqual([]);
  });
});

describeLive('an interface that goes', () => {
  const watch = (device: Device) => {
    const pool = new PacketPool();
    const errors: string[] = [];
    const read = { packets: 0 };
    const subscription = fromDevice(device, { pool, interfaceIndex: 1 }).subscribe({
      next: (packet) => {
        read.packets += 1;
        packet.release();
      },
      error: (error: Error) => errors.push(error.message),
    });
    onTestFinished(() => subscription.unsubscribe());
    return { pool, errors, read };
  };
  const gone = (name: string) =>
    `umigame: the device ${name} is gone: it was deleted or closed; make it again and start anew`;

  test('for good: its source ends with a sentence, another goes on', async () => {
    const [one, other] = [await cable(), await cable()];
    const [near, alive, far] = [one.open('near'), other.open('near'), other.open('far')];
    const [first, second] = [watch(near), watch(alive)];
    one.kernel((socket) => socket.delete('far'));
    await until(() => first.errors.length > 0, 'the error');
    expect(first.errors).toEqual([gone('near')]);
    expect(write(near, frameTo(ours, numbered(1)))).toBe('deviceLost');
    write(far, frameTo(ours, numbered(1)));
    await until(() => second.read.packets === 1, 'a frame on the other one');
    expect([first.pool.outstanding, second.errors]).toEqual([0, []]);
  });

  test('for good, when it was down before', async () => {
    const { kernel, open } = await cable();
    const near = open('near');
    const { errors } = watch(near);
    kernel((socket) => socket.set('near', { up: false }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(errors).toEqual([]);
    kernel((socket) => socket.delete('near'));
    await until(() => errors.length > 0, 'the error');
    expect(errors).toEqual([gone('near')]);
  });

  test('to another namespace', async () => {
    const { netns, open } = await cable();
    const near = open('near');
    const { errors } = watch(near);
    await mustRun('ip', '-n', netns, 'link', 'set', 'near', 'netns', testNamespace());
    await until(() => errors.length > 0, 'the error');
  });

  test('down, and comes up again: senders hear of it, and it goes on', async () => {
    const { kernel, open } = await cable();
    const [near, far] = [open('near'), open('far')];
    const { errors, read } = watch(near);
    kernel((socket) => socket.set('near', { up: false }));
    write(near, frameTo(theirs, numbered(1)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(write(near, frameTo(theirs, numbered(2)))).toBe('noInterface');
    kernel((socket) => socket.set('near', { up: true }));
    await readAll(far);
    expect(write(near, frameTo(theirs, numbered(3)))).toBe('none');
    expect((await readAll(far)).length).toBe(1);
    write(far, frameTo(ours, numbered(4)));
    await until(() => read.packets === 1, 'a frame');
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(errors).toEqual([]);
  });
});
