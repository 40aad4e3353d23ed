/**
 * The control protocol: lines of JSON over a Unix socket, requests one way, answers and events the other.
 * docs/CONTROL.md describes it for those who write a client.
 *
 * @module
 */
import { z } from 'zod';

/** Rises when a client of the version before would no longer understand. */
export const protocolVersion = 1;

/** What a client calls a request, to know its answer by. */
export type RequestId = number | string;

/** Bounds of what clients may cost. */
export interface ControlLimits {
  /** Most clients at once. Default 16. */
  readonly clients?: number;
  /** Most bytes of a request. Default 65,536. */
  readonly lineBytes?: number;
  /** Most bytes that wait for a client that watches; a slower one is let go. Default 1 MiB. */
  readonly backlogBytes?: number;
  /** Most things that one client watches at once. Default 16. */
  readonly watches?: number;
  /** Milliseconds that a client that is let go has to read what waits for it. Default 5,000. */
  readonly patience?: number;
}

export const controlDefaults: Required<ControlLimits> = {
  clients: 16,
  lineBytes: 65_536,
  backlogBytes: 1_048_576,
  watches: 16,
  patience: 5_000,
};

/** Why a request was not answered. */
export const errorCodes = {
  badRequest: 'The line is not JSON, or not a request.',
  unknownRequest: 'There is no request of that name.',
  badParameters: 'The parameters are not what the request takes.',
  notWatchable: 'What the request asks for can be asked, not watched.',
  idInUse: 'The client watches something under that id already.',
  tooManyWatches: 'The client watches as many things as it may.',
  notFound: 'What the request names does not exist.',
  refused: 'The router does not do what the request asks for; the message says why.',
  internal: 'The request met a bug of the router; the router goes on.',
} as const;
export type ErrorCode = keyof typeof errorCodes;

/** Why the router let go of a client. */
export const closingCodes = {
  lineTooLong: 'a request was longer than the limit',
  tooSlow: 'more was to be told than the client read',
  tooManyClients: 'as many clients as allowed are connected already',
  stopping: 'the router stops',
} as const;
export type ClosingCode = keyof typeof closingCodes;

/** A reason, for programs and for people. */
export interface Reason<Code extends string> {
  readonly code: Code;
  readonly message: string;
}

/** What the router says: a line each. */
export type ControlLine =
  /** The answer to a request. */
  | { readonly id: RequestId; readonly result: object }
  /** A request was not answered; the id is null when none could be read. */
  | { readonly id: RequestId | null; readonly error: Reason<ErrorCode> }
  /** From here on the client is told what happens. */
  | { readonly id: RequestId; readonly watching: true }
  | { readonly id: RequestId; readonly event: object }
  /** Nothing more is told under this id. */
  | { readonly id: RequestId; readonly end: true }
  /** The last line before the router lets go of the client. */
  | { readonly closed: Reason<ClosingCode> };

/** Longest id, when it is text, and longest name of a request. */
const nameLength = 64;

/** What a client says. */
export const requestLine = z.strictObject({
  id: z.union([z.int(), z.string().min(1).max(nameLength)]),
  request: z.string().max(nameLength),
  parameters: z.unknown().optional(),
  watch: z.boolean().optional(),
});

export const requestExample = '{"id":1,"request":"show stats"}';
