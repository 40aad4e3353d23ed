import { Status } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';

/**
 * Copies the bytes of packets in flight, `start` to `end`, to the end of an array, and marks them as sent. For tests
 * and examples: the array grows with each packet.
 *
 * @example
 * const sent: Uint8Array[] = [];
 * fromMemory([ping], { pool, interfaceIndex: 1 }).pipe(toMemory(sent), release()).subscribe();
 * sent.length; // 1
 */
export const toMemory = (array: Uint8Array[]): Lane =>
  stage((packet) => {
    array.push(packet.bytes.slice(packet.start, packet.end));
    packet.status = Status.sent;
  });
