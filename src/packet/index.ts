export { LinkCast } from '../wire/ethernet.ts';
export { branch } from './branch.ts';
export {
  Drop,
  type DropName,
  type DropReason,
  dropCount,
  dropNames,
  dropReasons,
  type IcmpConsequence,
  type RefusalCounter,
} from './drop.ts';
export { inTurn } from './in-turn.ts';
export { Fate, Packet, type Recycler, Status } from './packet.ts';
export { PacketPool, type PoolOptions, poolDefaults } from './pool.ts';
export { always, atEnd, type Lane, pass, type Step, stage, whenRefused } from './stage.ts';
