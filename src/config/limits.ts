/**
 * The limits of a configuration: what hostile traffic may cost, for a test bench to lower or to lift.
 *
 * Each group goes as it is to the store or operator that keeps it; what is not said there is that one's default. To add
 * a limit, add it here under its own name; a test makes sure that names and defaults agree.
 *
 * @module
 */
import type { z } from 'zod';
import { flag, integer, strict } from './elements.ts';

const count = (least = 0) => integer(least, 1_000_000).exactOptional();
const bytes = () => integer(0, 0x1_0000_0000).exactOptional();
/** Events a second, or at once. */
const rate = () => integer(0, 1_000_000_000).exactOptional();
/** Milliseconds; timers count no further. */
const time = () => integer(1, 0x7fff_ffff).exactOptional();

const optionShape = {
  headerBytes: integer(8, 2_048).exactOptional(),
  options: integer(0, 2_048).exactOptional(),
  optionBytes: integer(0, 255).exactOptional(),
  padding: integer(0, 2_048).exactOptional(),
  zeroPadding: flag().exactOptional(),
  unknownOptions: flag().exactOptional(),
};

export const limitsShape = {
  /** Extension headers of packets for this node: `headerLimitDefaults`. */
  extensionHeaders: strict({
    headers: integer(0, 255).exactOptional(),
    chainBytes: integer(0, 65_535).exactOptional(),
    ...optionShape,
  }).exactOptional(),
  /** How much of a Hop-by-Hop Options header is read on the way: `optionLimitDefaults`. */
  hopByHopOptions: strict(optionShape).exactOptional(),
  /** Fragments that wait for others: `reassemblyDefaults`. */
  reassembly: strict({
    datagrams: count(),
    bytes: bytes(),
    datagramsPerSource: count(),
    bytesPerSource: bytes(),
    fragmentsPerDatagram: integer(1, 8_192).exactOptional(),
    refusedDatagrams: count(),
    timeout: time(),
  }).exactOptional(),
  /** How fast ICMP errors are sent: `errorLimitDefaults`. */
  icmpErrors: strict({
    rate: rate(),
    burst: rate(),
    tooBigRate: rate(),
    tooBigBurst: rate(),
    destinationRate: rate(),
    destinationBurst: rate(),
    destinations: count(1),
  }).exactOptional(),
  /** What is remembered of paths: `pathMtuDefaults`. */
  pathMtu: strict({
    destinations: count(1),
    lifetime: time(),
    minimum4: integer(68, 65_535).exactOptional(),
  }).exactOptional(),
  /** What is remembered of large packets of ours, to tell true errors from forged ones: `sentPacketDefaults`. */
  sentPackets: strict({ packets: count(1), lifetime: time() }).exactOptional(),
  /** Destinations whose fragments have numbers of their own: `identificationDefaults`. */
  identifications: strict({ destinations: count(1) }).exactOptional(),
  /** IPsec's databases: `sadbDefaults` and `spdDefaults`. */
  ipsec: strict({
    associations: integer(1, 131_071).exactOptional(),
    policies: count(1),
    flows: integer(1, 1_048_576).exactOptional(),
    acquires: integer(1, 65_535).exactOptional(),
    acquireQuiet: integer(0, 65_535).exactOptional(),
    acquireLifetime: time(),
    larvalLifetime: time(),
  }).exactOptional(),
  /** What clients of the control socket may cost: `controlDefaults`. */
  control: strict({
    clients: integer(1, 1_024).exactOptional(),
    lineBytes: integer(256, 1_048_576).exactOptional(),
    backlogBytes: bytes(),
    watches: integer(0, 1_024).exactOptional(),
    patience: time(),
  }).exactOptional(),
};

const limits = strict(limitsShape);

export const limitsSchema = () => limits.optional();

/** The limits that the file names. */
export type Limits = z.output<typeof limits>;
