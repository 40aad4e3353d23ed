import { closeSync, existsSync, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { Errno, errnoText, PlatformError } from './error.ts';
import { libc } from './libc.ts';
import { RouteSocket } from './netlink.ts';

const CLONE_NEWNET = 0x4000_0000;
const O_RDONLY = 0;
const O_CLOEXEC = 0x80000;
const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const MS_SHARED = 0x10_0000;
const MNT_DETACH = 2;

/** Where `ip netns` keeps its namespaces, and so do we. */
const directory = '/run/netns';
/** Of this thread, not of the process: only the thread that calls changes its namespace. */
const ownNamespace = '/proc/thread-self/ns/net';

const pathOf = (name: string): string => {
  if (name === '' || name === '.' || name === '..' || name.length > 255 || /[/\0]/.test(name)) {
    throw new PlatformError(
      `${JSON.stringify(name)} can't name a network namespace: use letters, digits, dots, dashes and underscores`,
    );
  }
  return `${directory}/${name}`;
};

/** Is there a network namespace of that name? */
export const namespaceExists = (name: string): boolean => existsSync(pathOf(name));

const failed = (attempt: string, errno: number): PlatformError => {
  const advice =
    errno === Errno.EPERM || errno === Errno.EACCES ? '; run as root, or with the capability CAP_SYS_ADMIN' : '';
  return new PlatformError(`${attempt}: ${errnoText(errno)}${advice}`, errno);
};

const enter = (namespace: number, attempt: string): void => {
  const { setns, errno } = libc();
  if (setns(namespace, CLONE_NEWNET) === 0) return;
  const reason = errno();
  // What `ip netns` leaves behind when it is stopped halfway: a file with no namespace mounted on it.
  if (reason === Errno.EINVAL)
    throw new PlatformError(`${attempt}: there is only a file left of it, delete that`, reason);
  throw failed(attempt, reason);
};

/** Runs `fn` with the descriptor of a namespace file, and closes it. */
const withDescriptor = <T>(path: string, attempt: string, fn: (descriptor: number) => T): T => {
  const { open, close, errno } = libc();
  const descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw failed(attempt, errno());
  try {
    return fn(descriptor);
  } finally {
    close(descriptor);
  }
};

/**
 * Runs `fn` with the descriptor of a named namespace, to move an interface to it for example.
 *
 * @throws PlatformError when there is no such namespace
 */
export const withNamespace = <T>(name: string, fn: (descriptor: number) => T): T => {
  if (!namespaceExists(name)) {
    throw new PlatformError(
      `there is no network namespace ${name}: make it first (ip netns add ${name}), or choose another`,
      Errno.ENOENT,
    );
  }
  return withDescriptor(pathOf(name), `the network namespace ${name} can't be opened`, fn);
};

/**
 * Runs a synchronous function in a network namespace: sockets that it makes, files under /proc/net that it reads and
 * child processes that it starts are there, and stay there. It can't be left by `await`: an async function would go
 * on outside. Then this thread is back where it was, whatever happened.
 *
 * @throws PlatformError when there is no such namespace, or no privilege (CAP_SYS_ADMIN)
 *
 * @example
 * const host = inNamespace('a', () => spawn('ping', ['-6', 'fd00:b::2']));
 */
export const inNamespace = <T>(name: string, fn: () => T): T =>
  withNamespace(name, (target) =>
    leaving(() => {
      enter(target, `the network namespace ${name} can't be entered`);
      return fn();
    }),
  );

/** Runs a synchronous function in a network namespace, if one is named; else where this thread is. */
export const inPlace = <T>(netns: string | undefined, fn: () => T): T =>
  netns === undefined ? fn() : inNamespace(netns, fn);

/** Runs a function that may change this thread's network namespace, and comes back. */
const leaving = <T>(fn: () => T): T =>
  withDescriptor(ownNamespace, "this thread's network namespace can't be opened", (own) => {
    try {
      return fn();
    } finally {
      enter(own, "this thread can't return to its network namespace");
    }
  });

/** As `ip netns` does: other mount namespaces see what is mounted here, and what is unmounted. */
const shareDirectory = (): void => {
  const { mount, errno } = libc();
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  if (mount('', directory, 'none', MS_SHARED | MS_REC, null) === 0) return;
  const reason = errno();
  // EINVAL: it is no mount point yet.
  if (reason !== Errno.EINVAL) throw failed(`${directory} can't be shared`, reason);
  if (mount(directory, directory, 'none', MS_BIND | MS_REC, null) < 0) {
    throw failed(`${directory} can't be mounted`, errno());
  }
  if (mount('', directory, 'none', MS_SHARED | MS_REC, null) < 0) {
    throw failed(`${directory} can't be shared`, errno());
  }
};

const makeFile = (name: string): string => {
  const path = pathOf(name);
  try {
    closeSync(openSync(path, 'wx', 0o444));
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new PlatformError(
      taken
        ? `there is a network namespace ${name} already: choose another name, or delete it (ip netns delete ${name})`
        : `the network namespace ${name} can't be made at ${path}: ${cause instanceof Error ? cause.message : cause}`,
      taken ? Errno.EEXIST : 0,
      { cause },
    );
  }
  return path;
};

/**
 * Makes a network namespace that `ip netns` knows too, its loopback interface up. It stays until
 * {@link deleteNamespace}, even when this process ends.
 *
 * @throws PlatformError when there is one of that name, or no privilege (CAP_SYS_ADMIN)
 */
export const createNamespace = (name: string): void => {
  pathOf(name);
  shareDirectory();
  const path = makeFile(name);
  try {
    leaving(() => {
      const { unshare, mount, errno } = libc();
      const attempt = `the network namespace ${name} can't be made`;
      if (unshare(CLONE_NEWNET) < 0) throw failed(attempt, errno());
      if (mount(ownNamespace, path, 'none', MS_BIND, null) < 0) throw failed(attempt, errno());
      const kernel = new RouteSocket();
      try {
        kernel.set('lo', { up: true });
      } finally {
        kernel.close();
      }
    });
  } catch (error) {
    libc().umount2(path, MNT_DETACH);
    unlinkSync(path);
    throw error;
  }
};

/**
 * Deletes a network namespace by name. It lives on while a process, a socket or an open file is in it. If there is
 * none of that name, nothing happens.
 */
export const deleteNamespace = (name: string): void => {
  if (!namespaceExists(name)) return;
  const path = pathOf(name);
  libc().umount2(path, MNT_DETACH);
  try {
    unlinkSync(path);
  } catch (cause) {
    throw new PlatformError(
      `the network namespace ${name} can't be deleted at ${path}: ${cause instanceof Error ? cause.message : cause}`,
      0,
      { cause },
    );
  }
};
