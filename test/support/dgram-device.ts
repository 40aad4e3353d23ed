import { createSocket, type Socket } from 'node:dgram';
import { type Closeable, type Device, DeviceRead } from '../../src/packet/device.ts';
import { Drop } from '../../src/packet/drop.ts';
import type { Packet } from '../../src/packet/packet.ts';

/** Frames that wait to be read. */
const limit = 1_024;

/** An Ethernet device that is a UDP socket: one datagram is one frame. The other end is a user-mode Linux guest. */
export class DgramDevice implements Device {
  readonly name: string;
  readonly kind = 'tap';
  readonly #socket: Socket = createSocket('udp4');
  readonly #peer: number;
  readonly #waiting: Buffer[] = [];
  readonly #callbacks = new Set<() => void>();
  #lost = false;

  private constructor(name: string, peer: number) {
    this.name = name;
    this.#peer = peer;
    this.#socket.on('message', (frame) => {
      if (this.#waiting.length < limit) this.#waiting.push(frame);
      for (const callback of [...this.#callbacks]) callback();
    });
    this.#socket.on('error', () => undefined); // the guest is not there, or not yet
  }

  /** @param port where we listen on 127.0.0.1; `peer` is where the guest does */
  static open(name: string, port: number, peer: number): Promise<DgramDevice> {
    const device = new DgramDevice(name, peer);
    return new Promise((resolve, reject) => {
      device.#socket.once('error', reject);
      device.#socket.bind(port, '127.0.0.1', () => resolve(device));
    });
  }

  read(packet: Packet): DeviceRead {
    if (this.#lost) return DeviceRead.lost;
    const frame = this.#waiting.shift();
    if (frame === undefined) return DeviceRead.empty;
    packet.bytes.set(frame, packet.link);
    packet.end = packet.link + frame.length;
    return DeviceRead.packet;
  }

  write(packet: Packet): number {
    this.#socket.send(packet.bytes.slice(packet.link, packet.end), this.#peer, '127.0.0.1');
    return Drop.none;
  }

  onReadable(callback: () => void): Closeable {
    const own = (): void => callback();
    this.#callbacks.add(own);
    return { close: () => this.#callbacks.delete(own) };
  }

  close(): void {
    this.#callbacks.clear();
    this.#lost = true;
    this.#socket.close();
  }
}
