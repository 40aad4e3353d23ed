import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configureKernelSide, inNamespace, RouteSocket, readInterface } from '../../src/platform/index.ts';
import { addressOf } from '../../src/testing/index.ts';
import { parseInterfaceAddress, parsePrefix } from '../../src/wire/address.ts';
import { describeLive, testDevice, testNamespace, uniqueName } from '../support/live.ts';

const addresses = (...texts: string[]) => texts.map((text) => parseInterfaceAddress(text)!);

const withSocket = <T>(netns: string, fn: (socket: RouteSocket) => T): T =>
  inNamespace(netns, () => {
    const socket = new RouteSocket();
    try {
      return fn(socket);
    } finally {
      socket.close();
    }
  });

describeLive('configureKernelSide', () => {
  test('moves the device to its namespace and sets it up', () => {
    const netns = testNamespace();
    const device = testDevice();
    const made = configureKernelSide({
      device,
      netns,
      mtu: 1400,
      addresses: addresses('fd00:a::2/64', '10.0.1.2/24'),
      defaultRoute: true,
    });
    expect(made).toMatchObject({ name: device.name, mtu: 1400, up: true });
    expect(readInterface(device.name, netns)).toEqual(made);
    expect(() => readInterface(device.name)).toThrow(
      `umigame: the interface ${device.name} can't be looked up: ENODEV, no such device`,
    );
    const local = ['fd00:a::2', '10.0.1.2', 'fd00:a::3', '2001:db8::1', '192.0.2.1'].map((text) =>
      withSocket(netns, (socket) => socket.isLocal(addressOf(text))),
    );
    expect(local).toEqual([true, true, false, false, false]);
  });

  test('takes an IPv6 address at once, without duplicate address detection', () => {
    const netns = testNamespace();
    configureKernelSide({ device: testDevice('tap'), netns, addresses: addresses('fd00:a::2/64') });
    const lines = inNamespace(netns, () => readFileSync('/proc/thread-self/net/if_inet6', 'latin1'));
    const flags = /^fd00000a0*2 \S+ \S+ \S+ (\S+)/m.exec(lines)?.[1];
    expect(Number.parseInt(flags ?? '', 16) & 0x40).toBe(0); // IFA_F_TENTATIVE
  });

  test('brings the device up where it is when nothing else is asked', () => {
    const device = testDevice();
    expect(readInterface(device.name)).toMatchObject({ mtu: 1500, up: false });
    expect(configureKernelSide({ device })).toMatchObject({ mtu: 1500, up: true });
  });

  test('adds default routes for the families of the addresses only', () => {
    const netns = testNamespace();
    configureKernelSide({ device: testDevice(), netns, addresses: addresses('10.0.1.2/24'), defaultRoute: true });
    const routes = (file: string) => inNamespace(netns, () => readFileSync(`/proc/thread-self/net/${file}`, 'latin1'));
    expect(routes('route')).toMatch(/^\S+\t00000000\t00000000\t/m);
    expect(routes('ipv6_route')).not.toMatch(/^0{32} 00 \S+ \S+ \S+ \S+ \S+ \S+ \S+ +um-/m);
  });

  test('turns IPv6 on where it is off', () => {
    const netns = testNamespace();
    inNamespace(netns, () => writeFileSync('/proc/sys/net/ipv6/conf/default/disable_ipv6', '1'));
    inNamespace(netns, () => writeFileSync('/proc/sys/net/ipv6/conf/all/disable_ipv6', '1'));
    configureKernelSide({ device: testDevice(), netns, addresses: addresses('fd00:a::2/64') });
    expect(withSocket(netns, (socket) => socket.isLocal(addressOf('fd00:a::2')))).toBe(true);
  });

  test('leaves nothing behind when the device is closed', () => {
    const netns = testNamespace();
    const device = testDevice();
    configureKernelSide({ device, netns, addresses: addresses('fd00:a::2/64'), defaultRoute: true });
    device.close();
    expect(withSocket(netns, (socket) => socket.has(device.name))).toBe(false);
  });

  test.each([
    ['an MTU that is too small', { mtu: 20 }, /the interface \S+ can't be set up: EINVAL, invalid argument/],
    [
      'an address twice',
      { addresses: addresses('10.0.1.2/24', '10.0.1.2/24') },
      /the address 10\.0\.1\.2\/24 can't be added to \S+: EEXIST, file already exists/,
    ],
    [
      'an IPv6 address on an MTU that IPv6 does not allow',
      { mtu: 1000, addresses: addresses('fd00:a::2/64') },
      /the address fd00:a::2\/64 can't be added to \S+: EINVAL/,
    ],
    ['a namespace that is not there', { netns: 'um-none' }, /there is no network namespace um-none: make it first/],
  ])('says what is the matter with %s', (_, options, expected) => {
    expect(() => configureKernelSide({ device: testDevice(), netns: testNamespace(), ...options })).toThrow(expected);
  });

  test('says what is the matter with a name that the namespace has already', () => {
    const netns = testNamespace();
    const device = testDevice();
    configureKernelSide({ device, netns });
    expect(() => configureKernelSide({ device: { name: 'lo' }, netns })).toThrow(
      "umigame: the interface lo can't be moved to the network namespace",
    );
  });
});

describeLive('RouteSocket', () => {
  test('adds routes by gateway and by device', () => {
    const netns = testNamespace();
    const device = testDevice();
    configureKernelSide({ device, netns, addresses: addresses('fd00:a::2/64', '10.0.1.2/24') });
    withSocket(netns, (socket) => {
      socket.addRoute({ to: parsePrefix('2001:db8::/32')!, via: addressOf('fd00:a::1') });
      socket.addRoute({ to: parsePrefix('192.0.2.0/24')!, via: addressOf('10.0.1.1'), device: device.name });
      socket.addRoute({ to: parsePrefix('198.51.100.0/24')!, device: device.name });
      expect(() => socket.addRoute({ to: parsePrefix('192.0.2.0/24')!, device: device.name })).toThrow(
        `umigame: the route 192.0.2.0/24 dev ${device.name} can't be added: EEXIST`,
      );
      expect(() => socket.addRoute({ to: parsePrefix('2001:db8::/32')!, device: 'um-none' })).toThrow(
        "umigame: the interface um-none can't be looked up: ENODEV, no such device",
      );
    });
    const routes = inNamespace(netns, () => readFileSync('/proc/thread-self/net/route', 'latin1'));
    expect(routes).toContain(`${device.name}\t000200C0\t0101000A\t`);
    expect(routes).toContain(`${device.name}\t006433C6\t00000000\t`);
  });

  test('deletes a link', () => {
    const netns = testNamespace();
    const device = testDevice();
    configureKernelSide({ device, netns });
    withSocket(netns, (socket) => {
      expect(socket.has(device.name)).toBe(true);
      socket.delete(device.name);
      expect(socket.has(device.name)).toBe(false);
    });
  });

  test('can be closed twice, and says so when it is used after that', () => {
    const socket = new RouteSocket();
    socket.close();
    socket.close();
    expect(() => socket.get('lo')).toThrow("umigame: the interface lo can't be looked up: EBADF");
  });

  test('speaks of the namespace in which it was made', () => {
    const device = testDevice();
    const there = inNamespace(testNamespace(), () => new RouteSocket());
    expect(there.has(device.name)).toBe(false);
    expect(there.has(uniqueName())).toBe(false);
    there.close();
  });
});
