/**
 * Umigame: KAME re-thought as a reactive packet processor. Packets are the data, observables the corridors, operators
 * the rooms, stores the memory of the house.
 *
 * @module
 */
export * from './config/index.ts';
export * from './operators/index.ts';
export * from './packet/index.ts';
export * from './pipelines/index.ts';
export * from './run/index.ts';
export * from './sinks/index.ts';
export * from './sources/index.ts';
export * from './state/index.ts';
export {
  formatAddress,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  parseAddress,
  parseInterfaceAddress,
  parsePrefix,
} from './wire/address.ts';
