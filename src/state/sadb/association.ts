import type { AlgorithmName, Integrity, Protection } from '../../crypto/index.ts';
import { type IpAddress, isUnspecified, writeAddress } from '../../wire/address.ts';
import { type Lifetime, Usage } from './lifetime.ts';
import { ReplayWindow } from './replay-window.ts';
import {
  type AssociationKey,
  type AssociationMode,
  type AssociationSpec,
  type SecurityProtocol,
  securityProtocols,
  type UdpEncapsulation,
} from './spec.ts';
import { AssociationState, type AssociationStateName, associationStates } from './transition.ts';

/** An association as it is now, without its keys. */
export interface SecurityAssociation extends AssociationKey {
  readonly source: IpAddress;
  readonly mode: AssociationMode;
  readonly reqid: number;
  readonly state: AssociationStateName;
  readonly encryption: AlgorithmName | undefined;
  readonly authentication: AlgorithmName | undefined;
  readonly replayWindow: number;
  readonly extendedSequenceNumbers: boolean;
  readonly cyclic: boolean;
  readonly encapsulation: UdpEncapsulation | undefined;
  /** Seconds between keepalives, 0 for none. */
  readonly keepalive: number;
  readonly soft: Lifetime;
  readonly hard: Lifetime;
  /** Milliseconds on the node's clock. */
  readonly added: number;
  /** Milliseconds on the node's clock; undefined if it never was. */
  readonly firstUsed: number | undefined;
  readonly bytes: number;
  readonly packets: number;
  /** Packets that were refused: by the window, and for their ICV. */
  readonly replayed: number;
  readonly badIcv: number;
  /** The last number sent. */
  readonly sequence: bigint;
  /** The highest number received. */
  readonly received: bigint;
}

/** Where an association's destination lies in its `endpoints`, behind its source. */
export const destinationAt = 16;

/** What tunnel headers say, as numbers. */
export const DontFragment = { copy: 0, set: 1, clear: 2 } as const;

/** Modes as numbers. */
export const Mode = { any: 0, transport: 1, tunnel: 2 } as const;

const wide = (halves: Uint32Array): bigint => (BigInt(halves[0] as number) << 32n) | BigInt(halves[1] as number);

/**
 * A security association at work: what steps read and write for each packet, in fields that hold small integers and in
 * typed arrays, so that nothing is allocated. Made by {@link Sadb}, which alone changes its state.
 */
export class Association {
  /** What packets call it; never 0, and not soon given to another. */
  readonly id: number;
  /** 50, 51 or 108. */
  readonly protocol: number;
  readonly spi: number;
  readonly family: 4 | 6;
  readonly mode: number;
  readonly reqid: number;
  /** Source at 0, destination at {@link destinationAt}, as they lie in a header. */
  readonly endpoints = new DataView(new ArrayBuffer(32));
  /** 1 when packets must come from `source`. */
  readonly hasSource: number;
  /** UDP ports, 0 for none. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly padTo: number;
  readonly dontFragment: number;
  /** -1: the inner one's. */
  readonly codePoint: number;
  readonly extended: boolean;
  readonly cyclic: boolean;
  readonly replay: ReplayWindow;
  state: AssociationState = AssociationState.larval;
  protection: Protection | undefined = undefined;
  integrity: Integrity | undefined = undefined;
  /** Upper and lower half of the last sequence number sent. */
  readonly sequence = new Uint32Array(2);
  /** By {@link Usage}. */
  readonly usage = new Float64Array(4);
  /** Bytes and packets at which the next lifetime ends. */
  readonly limits = new Float64Array(2).fill(Number.POSITIVE_INFINITY);
  readonly added: number;
  firstUsed: number | undefined = undefined;
  /** The next older one between the same ends. */
  older: Association | undefined = undefined;
  readonly spec: Omit<AssociationSpec, 'encryption' | 'authentication'>;
  readonly encryption: AlgorithmName | undefined;
  readonly authentication: AlgorithmName | undefined;

  constructor(id: number, spec: AssociationSpec, now: number) {
    const { encryption, authentication, ...rest } = spec;
    const { protocol, source, destination, encapsulation, codePoint = -1, extendedSequenceNumbers = false } = spec;
    this.id = id;
    this.protocol = securityProtocols[protocol];
    this.spi = spec.spi;
    this.family = destination.family;
    this.mode = Mode[spec.mode ?? 'any'];
    this.reqid = spec.reqid ?? 0;
    writeAddress(this.endpoints, 0, source);
    writeAddress(this.endpoints, destinationAt, destination);
    this.hasSource = isUnspecified(source) || encapsulation !== undefined ? 0 : 1;
    this.sourcePort = encapsulation?.sourcePort ?? 0;
    this.destinationPort = encapsulation?.destinationPort ?? 0;
    this.padTo = spec.padTo ?? 0;
    this.dontFragment = DontFragment[spec.dontFragment ?? 'copy'];
    this.codePoint = codePoint;
    this.extended = extendedSequenceNumbers;
    this.cyclic = spec.cyclic ?? false;
    this.replay = new ReplayWindow(protocol === 'ipcomp' ? 0 : (spec.replayWindow ?? 64), extendedSequenceNumbers);
    this.added = now;
    this.spec = rest;
    this.encryption = encryption?.algorithm;
    this.authentication = authentication?.algorithm;
  }

  /** Takes the next sequence number, into `sequence`; false when there is none left (RFC 4303 §3.3.3). */
  advance(): boolean {
    const { sequence } = this;
    const low = sequence[1] as number;
    if (low < 0xffffffff) {
      sequence[1] = low + 1;
      return true;
    }
    const high = sequence[0] as number;
    if ((!this.extended && !this.cyclic) || high === 0xffffffff) return false;
    // Rounds of a cyclic association are counted, too: no IV comes twice.
    sequence[0] = high + 1;
    sequence[1] = 0;
    return true;
  }

  describe(): SecurityAssociation {
    const { spec, usage, replay } = this;
    return {
      protocol: spec.protocol,
      spi: spec.spi,
      source: spec.source,
      destination: spec.destination,
      mode: spec.mode ?? 'any',
      reqid: this.reqid,
      state: associationStates[this.state] as AssociationStateName,
      encryption: this.encryption,
      authentication: this.authentication,
      replayWindow: replay.size,
      extendedSequenceNumbers: this.extended,
      cyclic: this.cyclic,
      encapsulation: spec.encapsulation,
      keepalive: spec.keepalive ?? 0,
      soft: spec.soft ?? {},
      hard: spec.hard ?? {},
      added: this.added,
      firstUsed: this.firstUsed,
      bytes: usage[Usage.bytes] as number,
      packets: usage[Usage.packets] as number,
      replayed: usage[Usage.replayed] as number,
      badIcv: usage[Usage.badIcv] as number,
      sequence: wide(this.sequence),
      received: wide(Uint32Array.of(replay.topHigh, replay.topLow)),
    };
  }
}

/** A protocol's name by its number. */
export const securityProtocolName = (protocol: number): SecurityProtocol =>
  protocol === securityProtocols.esp ? 'esp' : protocol === securityProtocols.ah ? 'ah' : 'ipcomp';
