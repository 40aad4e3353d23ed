import { type Packet, Status } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';

const nullStep = (packet: Packet): void => {
  packet.status = Status.sent;
};

/** Marks packets in flight as sent, and sends them nowhere: to measure what comes before. */
export const toNull = (): Lane => stage(nullStep);
