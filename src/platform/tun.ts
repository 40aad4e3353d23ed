import type { Closeable, Device } from '../packet/device.ts';
import { DeviceRead } from '../packet/device.ts';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import * as ethernet from '../wire/ethernet.ts';
import { Errno, errnoText, PlatformError } from './error.ts';
import { checkInterfaceName } from './interface-name.ts';
import { type Libc, libc } from './libc.ts';
import { onReadable } from './poll.ts';
import { addressOf, networkStart, whyNot } from './slabs.ts';

const O_RDWR = 2;
const O_NONBLOCK = 0x800;
const O_CLOEXEC = 0x80000;
const TUNSETIFF = 0x400454ca;
const IFF_TUN = 1;
const IFF_TAP = 2;
/** Packets come bare, without four bytes of flags and protocol before each. */
const IFF_NO_PI = 0x1000;
/** struct ifreq: the name at 0, the flags at 16. */
const ifreqLength = 40;

export interface OpenDeviceOptions {
  /** Up to 15 bytes. With `%d` in it Linux puts the first free number there; `device.name` says which. */
  readonly name: string;
  /** `tun` carries IP packets, `tap` Ethernet frames. */
  readonly kind: 'tun' | 'tap';
}

/**
 * One packet is one system call, by address: a write of 112 bytes costs 545 ns, 570 by Buffer and 731 through
 * `node:fs`; a read that finds nothing 195, and 5,327 through `node:fs`, which throws.
 *
 * Nothing is allocated per packet (0.02 bytes over 200,000 of them), unless the C library has placed the slab above
 * 2 GiB, as it does in worker threads: then its address is no small integer and costs 16 bytes a call.
 */
class TunTapDevice implements Device {
  readonly name: string;
  readonly kind: 'tun' | 'tap';
  readonly #libc: Libc;
  /** -1 once closed: calls then fail with EBADF, which is what a lost device says. */
  #descriptor: number;
  readonly #watches = new Set<Closeable>();

  constructor(name: string, kind: 'tun' | 'tap', descriptor: number) {
    this.name = name;
    this.kind = kind;
    this.#libc = libc();
    this.#descriptor = descriptor;
  }

  read(packet: Packet): DeviceRead {
    const { link } = packet;
    const length = this.#libc.read(this.#descriptor, addressOf(packet) + link, packet.bytes.length - link);
    if (length < 0) return this.#libc.errno() === Errno.EAGAIN ? DeviceRead.empty : DeviceRead.lost;
    packet.end = link + length;
    packet.start = this.kind === 'tun' ? link : networkStart(packet);
    packet.upper = packet.start;
    return DeviceRead.packet;
  }

  write(packet: Packet): number {
    const at = this.kind === 'tun' ? packet.start : packet.link;
    // Without a link-layer header, Linux would take the IP header for one.
    if (this.kind === 'tap' && packet.start - at < ethernet.minimumHeaderLength) return Drop.deviceRefused;
    if (this.#libc.write(this.#descriptor, addressOf(packet) + at, packet.end - at) >= 0) return Drop.none;
    return whyNot(this.#libc.errno());
  }

  onReadable(callback: () => void): Closeable {
    const watch = onReadable(this.#descriptor, callback);
    this.#watches.add(watch);
    return {
      close: () => {
        this.#watches.delete(watch);
        watch.close();
      },
    };
  }

  close(): void {
    if (this.#descriptor < 0) return;
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
    this.#libc.close(this.#descriptor);
    this.#descriptor = -1;
  }
}

/**
 * Opens a TUN or TAP device, and makes it if there is none of that name. It goes away when it is closed, or when the
 * process ends. It is down and has no addresses: see `configureKernelSide`. The descriptor stays valid when the
 * device is moved to another network namespace.
 *
 * Needs CAP_NET_ADMIN.
 *
 * @throws PlatformError no /dev/net/tun, no privilege, an illegal name, a name in use, not Linux
 *
 * @example
 * const device = openDevice({ name: 'uma', kind: 'tun' });
 * device.name; // 'uma'
 * device.close();
 */
export const openDevice = ({ name, kind }: OpenDeviceOptions): Device => {
  checkInterfaceName(name);
  const { open, ioctl, close, errno } = libc();
  const descriptor = open('/dev/net/tun', O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) throw openFailed(name, errno());
  const request = Buffer.alloc(ifreqLength);
  request.write(name, 0, 'latin1');
  request.writeUInt16LE((kind === 'tun' ? IFF_TUN : IFF_TAP) | IFF_NO_PI, 16);
  if (ioctl(descriptor, TUNSETIFF, request) < 0) {
    const reason = errno();
    close(descriptor);
    throw attachFailed(name, kind, reason);
  }
  return new TunTapDevice(request.toString('latin1', 0, request.indexOf(0)), kind, descriptor);
};

const openFailed = (name: string, errno: number): PlatformError => {
  switch (errno) {
    case Errno.ENOENT:
    case Errno.ENODEV:
    case Errno.ENXIO:
      return new PlatformError(
        `the device ${name} can't be opened because there is no /dev/net/tun: load the tun module (modprobe tun), or run the container with --device /dev/net/tun`,
        errno,
      );
    case Errno.EPERM:
    case Errno.EACCES:
      return new PlatformError(
        `the device ${name} can't be opened because /dev/net/tun may not be: run as root (sudo), or run the container with --device /dev/net/tun --cap-add NET_ADMIN`,
        errno,
      );
    default:
      return new PlatformError(`/dev/net/tun can't be opened for the device ${name}: ${errnoText(errno)}`, errno);
  }
};

const attachFailed = (name: string, kind: string, errno: number): PlatformError => {
  switch (errno) {
    case Errno.EPERM:
    case Errno.EACCES:
      return new PlatformError(
        `the ${kind} device ${name} can't be made without the capability CAP_NET_ADMIN: run as root (sudo), or run the container with --cap-add NET_ADMIN`,
        errno,
      );
    case Errno.EBUSY:
      return new PlatformError(
        `the device name ${name} is in use, another program has it open: stop that program, or choose another name`,
        errno,
      );
    case Errno.EINVAL:
    case Errno.EEXIST:
      return new PlatformError(
        `the name ${name} is in use by an interface that is no ${kind} device: choose another name`,
        errno,
      );
    default:
      return new PlatformError(`the ${kind} device ${name} can't be made: ${errnoText(errno)}`, errno);
  }
};
