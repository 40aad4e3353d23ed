/**
 * Why a packet was refused. One reason per check; each is data: the clause that asks for it, the ICMP message the
 * sender gets (if any), the RFC 4293 counter it belongs to, and a sentence for people.
 *
 * The tables stand in `drops/`, one for each room. To add a reason, add a line there, and call
 * `packet.refuse(Drop.yourReason)` where the check is.
 *
 * @module
 */

import { decodeReasons } from './drops/decode.ts';
import { deliveryReasons } from './drops/delivery.ts';
import { deviceReasons } from './drops/devices.ts';
import { ethernetReasons } from './drops/ethernet.ts';
import { headerReasons } from './drops/headers.ts';
import { neighborReasons } from './drops/neighbors.ts';
import type { DropReason } from './drops/reason.ts';
import { reassemblyReasons } from './drops/reassembly.ts';
import { tunnelReasons } from './drops/tunnels.ts';
import { wayReasons } from './drops/way.ts';

export type { DropReason, IcmpConsequence, RefusalCounter } from './drops/reason.ts';

const reasons = {
  ...ethernetReasons,
  ...decodeReasons,
  ...headerReasons,
  ...wayReasons,
  ...deliveryReasons,
  ...reassemblyReasons,
  ...neighborReasons,
  ...tunnelReasons,
  ...deviceReasons,
} as const;

export type DropName = keyof typeof reasons;

/** Names in the order of their codes; index 0 is the name of "not refused". */
export const dropNames: readonly (DropName | 'none')[] = ['none', ...(Object.keys(reasons) as DropName[])];

/** Codes by name: `Drop.hopLimitExceeded`. Code 0, `Drop.none`, means not refused. */
export const Drop = Object.fromEntries(dropNames.map((name, code) => [name, code])) as Readonly<
  Record<DropName | 'none', number>
>;

/** Reasons by code; `dropReasons[0]` is undefined. */
export const dropReasons: readonly (DropReason | undefined)[] = [undefined, ...Object.values(reasons)];

/** Number of codes, `none` included: the size of a table indexed by code. */
export const dropCount = dropNames.length;
