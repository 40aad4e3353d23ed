import { type Closeable, type Device, DeviceRead } from '../packet/device.ts';
import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import * as ethernet from '../wire/ethernet.ts';
import { Errno } from './error.ts';
import { checkInterfaceName } from './interface-name.ts';
import { type Libc, libc } from './libc.ts';
import { inPlace } from './netns.ts';
import {
  attachFilter,
  bindSocket,
  findLink,
  isBound,
  join,
  openSocket,
  type PacketLink,
  prepareSocket,
} from './packet-options.ts';
import { onReadable } from './poll.ts';
import { ReceiveRing } from './receive-ring.ts';
import { SendRing } from './send-ring.ts';

/** Milliseconds between looks at an interface that is down: nothing tells when it is deleted then. */
const lookAgain = 100;

export interface OpenPacketSocketOptions {
  /** Name of an interface that there is: Ethernet, and up. */
  readonly interface: string;
  /** Existing network namespace that it is in, and stays in. Default: this thread's. */
  readonly netns?: string | undefined;
  /** Ours on the link: frames for it and for groups come in. Default: all frames come in, whomever they are for. */
  readonly linkLayerAddress?: ethernet.LinkLayerAddress | undefined;
}

/** A device that is a socket on an interface of Linux's. */
export interface PacketSocket extends Device {
  readonly kind: 'packet';
  /** Bytes of the largest packet that the interface carried when it was opened. */
  readonly mtu: number;
  /** Lets frames for another address in; see {@link OpenPacketSocketOptions.linkLayerAddress}. */
  changeLinkLayerAddress(linkLayerAddress: ethernet.LinkLayerAddress): void;
}

const isSame = (a: ethernet.LinkLayerAddress, b: ethernet.LinkLayerAddress): boolean =>
  a.high === b.high && a.low === b.low;

/** Who waits for frames: called by the loop when some come in, and again while some are here that came with others. */
class Watch implements Closeable {
  readonly #device: { readonly hasFrames: boolean };
  readonly #callback: () => void;
  readonly #readiness: Closeable;
  #again: NodeJS.Immediate | undefined;
  #open = true;

  constructor(device: { readonly hasFrames: boolean }, descriptor: number, callback: () => void) {
    this.#device = device;
    this.#callback = callback;
    this.#readiness = onReadable(descriptor, () => this.wake());
    this.#remind();
  }

  readonly wake = (): void => {
    this.#again = undefined;
    if (this.#open) this.#callback();
    this.#remind();
  };

  #remind(): void {
    if (this.#open && this.#device.hasFrames) this.#again ??= setImmediate(this.wake);
  }

  close(): void {
    this.#open = false;
    clearImmediate(this.#again);
    this.#readiness.close();
  }
}

class LinuxPacketSocket implements PacketSocket {
  readonly name: string;
  readonly kind = 'packet';
  readonly mtu: number;
  readonly #libc: Libc;
  readonly #link: PacketLink;
  /** -1 once closed. */
  #descriptor: number;
  readonly #received: ReceiveRing;
  readonly #sent: SendRing;
  readonly #watches = new Set<Watch>();
  #isPromiscuous: boolean;
  #isLost = false;
  #looking: NodeJS.Timeout | undefined;

  constructor(name: string, link: PacketLink, descriptor: number, isPromiscuous: boolean) {
    this.name = name;
    this.mtu = link.mtu;
    this.#libc = libc();
    this.#link = link;
    this.#descriptor = descriptor;
    this.#isPromiscuous = isPromiscuous;
    this.#received = new ReceiveRing(this.#libc);
    this.#sent = new SendRing(this.#libc, descriptor, link.mtu + ethernet.minimumHeaderLength + ethernet.tagLength);
  }

  get hasFrames(): boolean {
    return this.#received.hasFrames;
  }

  read(packet: Packet): DeviceRead {
    if (this.#isLost) return DeviceRead.lost;
    if (!this.#received.hasFrames) {
      const found = this.#receive();
      if (found !== DeviceRead.packet) return found;
    }
    this.#received.take(packet);
    return DeviceRead.packet;
  }

  #receive(): DeviceRead {
    let errno = this.#received.receive(this.#descriptor);
    // Said once, when the interface goes down, which it does before it goes for good. Frames may have come before.
    if (errno === Errno.ENETDOWN) {
      this.#looking ??= setInterval(this.#look, lookAgain);
      errno = isBound(this.#descriptor) ? this.#received.receive(this.#descriptor) : Errno.ENODEV;
    }
    if (errno === Errno.EAGAIN) return DeviceRead.empty;
    if (errno !== 0) {
      this.#lose();
      return DeviceRead.lost;
    }
    if (this.#looking !== undefined) this.#stopLooking();
    return DeviceRead.packet;
  }

  /** Is the interface that went down still there? */
  readonly #look = (): void => {
    if (isBound(this.#descriptor)) return;
    this.#lose();
    for (const watch of [...this.#watches]) watch.wake();
  };

  #stopLooking(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #lose(): void {
    this.#isLost = true;
    this.#stopLooking();
  }

  write(packet: Packet): number {
    // Without a link-layer header, Linux would take the IP header for one.
    if (packet.start - packet.link < ethernet.minimumHeaderLength) return Drop.deviceRefused;
    // Linux would refuse it when it is sent, and no one would hear of it.
    if (packet.end - packet.start > this.mtu) return Drop.deviceRefused;
    return this.#isLost ? Drop.deviceLost : this.#sent.put(packet);
  }

  onReadable(callback: () => void): Closeable {
    const watch = new Watch(this, this.#descriptor, callback);
    this.#watches.add(watch);
    return {
      close: () => {
        this.#watches.delete(watch);
        watch.close();
      },
    };
  }

  changeLinkLayerAddress(linkLayerAddress: ethernet.LinkLayerAddress): void {
    if (this.#isLost || !isBound(this.#descriptor)) return;
    if (!this.#isPromiscuous && !isSame(linkLayerAddress, this.#link.linkLayerAddress)) {
      join(this.#descriptor, this.#link, true);
      this.#isPromiscuous = true;
    }
    attachFilter(this.#descriptor, linkLayerAddress);
  }

  close(): void {
    if (this.#descriptor < 0) return;
    this.#sent.close();
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
    this.#lose();
    this.#libc.close(this.#descriptor);
    this.#descriptor = -1;
  }
}

/**
 * Opens a packet socket (AF_PACKET) on an Ethernet interface that there is, such as a veth or a network card: its frames
 * come in, ours go out. The interface is left as it is and where it is; it should have no IP addresses of its own that we
 * are to have, for the kernel goes on using it, as another node on the same link. With an address that is not the
 * kernel's the interface becomes promiscuous until the device is closed.
 *
 * Frames are received and sent up to 64 at a time. `write` takes a frame and returns; it leaves at the end of the turn
 * of the event loop at the latest, or as soon as the interface has room: up to 256 wait, then `write` says `deviceFull`.
 * What another kernel leaves to a network card is done here: super-frames are cut into segments, partial checksums
 * completed. A frame for a VLAN comes in with its tag.
 *
 * Needs CAP_NET_RAW.
 *
 * @throws PlatformError no such interface, no Ethernet, down, no privilege, not Linux
 *
 * @example
 * const device = openPacketSocket({ interface: 'eth0' });
 * fromDevice(device, { pool: new PacketPool(), interfaceIndex: 1 }).pipe(trace(), release()).subscribe();
 */
export const openPacketSocket = (options: OpenPacketSocketOptions): PacketSocket => {
  const { interface: name, netns, linkLayerAddress } = options;
  checkInterfaceName(name);
  const descriptor = inPlace(netns, () => openSocket(name));
  try {
    const link = findLink(descriptor, name, netns);
    prepareSocket(descriptor);
    const isPromiscuous = linkLayerAddress === undefined || !isSame(linkLayerAddress, link.linkLayerAddress);
    join(descriptor, link, isPromiscuous);
    if (linkLayerAddress !== undefined) attachFilter(descriptor, linkLayerAddress);
    bindSocket(descriptor, link);
    return new LinuxPacketSocket(name, link, descriptor, isPromiscuous);
  } catch (error) {
    libc().close(descriptor);
    throw error;
  }
};
