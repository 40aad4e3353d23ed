/**
 * Where control sockets are, and whom that place may belong to.
 *
 * @module
 */
import { lstatSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** Whose sockets. Default: this process's. */
export interface Owner {
  readonly uid: number;
  readonly runtimeFolder: string | undefined;
}

/** The folder of root's sockets. */
export const systemFolder = '/run/umigame';

const self = (): Owner => ({ uid: process.getuid?.() ?? 0, runtimeFolder: process.env.XDG_RUNTIME_DIR });

/**
 * The folder in which a user's routers put their sockets: `/run/umigame` for root, else `$XDG_RUNTIME_DIR/umigame`, or
 * `umigame-UID` among temporary files where that variable is not set.
 */
export const defaultFolder = ({ uid, runtimeFolder }: Owner = self()): string => {
  if (uid === 0) return systemFolder;
  if (runtimeFolder !== undefined && isAbsolute(runtimeFolder)) return join(runtimeFolder, 'umigame');
  return join(tmpdir(), `umigame-${uid}`);
};

/** The socket of a router in it: one router, one process, one socket. */
export const defaultPath = (folder = defaultFolder(), pid = process.pid): string => join(folder, `${pid}.sock`);

/** Paths of all sockets in a folder; none when it can't be read. */
export const socketsIn = (folder: string): string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isSocket() && entry.name.endsWith('.sock'))
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
};

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** May this user trust files of that one? Root's and our own. */
export const isTrusted = (uid: number): boolean => uid === 0 || uid === self().uid;

const groupOrOthersMayWrite = 0o022;
const sticky = 0o1000;

/** Makes the default folder if it is not there, for its owner alone. */
export const makeFolder = (folder: string): void => {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    const hint = 'name a path for the control socket with --socket';
    throw new Error(`umigame: the folder ${folder} can't be made (${codeOf(error)}); ${hint}`, { cause: error });
  }
};

/**
 * Throws unless nobody but this user and root can put another file in a socket's place: every folder on the way belongs
 * to one of them, and is written by no one else, or is sticky, as /tmp is.
 */
export const checkFolder = (folder: string): void => {
  const fail = (what: string): never => {
    throw new Error(`umigame: ${what}; name another path for the control socket with --socket`);
  };
  let real: string;
  try {
    real = realpathSync(folder);
  } catch (error) {
    return fail(`there is no folder ${folder} (${codeOf(error)})`);
  }
  for (let each = real; ; each = dirname(each)) {
    const { uid, mode } = lstatSync(each);
    if (!isTrusted(uid)) fail(`the folder ${each} belongs to another user (${uid}), who could replace the socket`);
    if ((mode & groupOrOthersMayWrite) !== 0 && (mode & sticky) === 0) {
      fail(`others may write to the folder ${each} and replace the socket`);
    }
    if (each === dirname(each)) return;
  }
};
