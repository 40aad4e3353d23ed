import * as extension from '../wire/extension.ts';
import * as fragment from '../wire/fragment.ts';
import * as options from '../wire/options.ts';
import { Protocol } from '../wire/protocols.ts';
import { joinBytes, type Layer, putBefore } from './build.ts';

/** An option of a hop-by-hop or destination options header (RFC 8200 §4.2); `length` may lie. */
export const option = (type: number, data: Uint8Array = new Uint8Array(0), length = data.length): Uint8Array =>
  joinBytes(Uint8Array.of(type, length), data);

/** A Pad1 option. */
export const pad1 = (): Uint8Array => Uint8Array.of(options.Option.pad1);

/** A PadN option of `length` bytes in all, at least two. */
export const padN = (length: number): Uint8Array => option(options.Option.padN, new Uint8Array(length - 2));

/** A Router Alert option (RFC 2711). */
export const routerAlert = (value = 0): Uint8Array =>
  option(options.Option.routerAlert, Uint8Array.of(value >> 8, value & 0xff));

const optionsHeader =
  (protocol: number) =>
  (...list: readonly Uint8Array[]): Layer =>
  (body) => {
    const header = joinBytes(new Uint8Array(options.first), ...list);
    const missing = -header.length & 7;
    const padded = joinBytes(header, new Uint8Array(missing));
    const view = new DataView(padded.buffer);
    extension.setNextHeader(view, 0, body.protocol);
    extension.setHeaderLength(view, 0, padded.length);
    options.writePadding(view, header.length, missing);
    return putBefore(padded, body, protocol);
  };

/** A Hop-by-Hop Options header with these options, padded to a multiple of eight bytes (RFC 8200 §4.3). */
export const hopByHop = optionsHeader(Protocol.hopByHop);

/** A Destination Options header (RFC 8200 §4.6). */
export const destinationOptions = optionsHeader(Protocol.destinationOptions);

export interface RoutingFields {
  readonly routingType: number;
  readonly segmentsLeft: number;
  /** Bytes behind the first eight, a multiple of eight. */
  readonly data?: Uint8Array;
}

/** A Routing header (RFC 8200 §4.4). */
export const routing =
  ({ routingType, segmentsLeft, data = new Uint8Array(0) }: RoutingFields): Layer =>
  (body) => {
    const first = Uint8Array.of(body.protocol, data.length / 8, routingType, segmentsLeft, 0, 0, 0, 0);
    return putBefore(joinBytes(first, data), body, Protocol.routing);
  };

export interface FragmentFields {
  /** In bytes, a multiple of eight. Default 0. */
  readonly offset?: number;
  /** Default false. */
  readonly more?: boolean;
  /** Default 0. */
  readonly identification?: number;
}

/** A Fragment header (RFC 8200 §4.5). */
export const fragmentHeader =
  ({ offset = 0, more = false, identification = 0 }: FragmentFields = {}): Layer =>
  (body) => {
    const header = new Uint8Array(fragment.headerLength);
    fragment.write(new DataView(header.buffer), 0, body.protocol, offset, more, identification);
    return putBefore(header, body, Protocol.fragment);
  };

/** Any other extension header of `length` bytes, a multiple of eight, with zeros in it. */
export const extensionHeader =
  (protocol: number, length = 8): Layer =>
  (body) => {
    const header = new Uint8Array(length);
    header[0] = body.protocol;
    header[1] = length / 8 - 1;
    return putBefore(header, body, protocol);
  };
