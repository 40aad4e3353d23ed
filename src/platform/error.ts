import { getSystemErrorMap } from 'node:util';

/** Linux error numbers that this room tells apart. The same on every architecture that Node runs on. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  EBADFD: 77,
  ENOPROTOOPT: 92,
  ENETDOWN: 100,
  ENOBUFS: 105,
} as const;

const names = getSystemErrorMap();

/** The name of an error number: `EPERM`. */
export const errnoName = (errno: number): string =>
  names.get(-errno)?.[0] ?? Object.entries(Errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;

/** An error number for people: `EPERM, operation not permitted`. */
export const errnoText = (errno: number): string => {
  const known = names.get(-errno);
  return known === undefined ? errnoName(errno) : `${known[0]}, ${known[1]}`;
};

/**
 * Linux said no, or can't be asked. The message is one sentence: what was attempted, what is wrong, what to do.
 *
 * @example
 * try {
 *   openDevice({ name: 'uma', kind: 'tun' });
 * } catch (error) {
 *   if (error instanceof PlatformError && error.code === 'EPERM') console.error('Try again as root.');
 * }
 */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  /** Name of the error number, `EPERM`; empty when no system call failed. */
  readonly code: string;

  /**
   * @param sentence what people read; `umigame: ` is put before it
   * @param errno the error number of the call that failed, 0 if none did
   */
  constructor(sentence: string, errno = 0, options?: ErrorOptions) {
    super(`umigame: ${sentence}`, options);
    this.code = errno === 0 ? '' : errnoName(errno);
  }
}
