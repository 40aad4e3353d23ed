/**
 * A Unix socket that no one else can use, at a path that no one uses.
 *
 * @module
 */
import { lstatSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { checkFolder, codeOf, isTrusted } from './folder.ts';

/** Longest path of a Unix socket on Linux, in bytes: `sun_path` of unix(7), without its final zero. */
const pathLimit = 107;

/** Owner alone, and no one may execute it. */
const ownerOnly = 0o177;

const fail = (sentence: string): never => {
  throw new Error(`umigame: ${sentence}`);
};

/**
 * Does anyone listen there?
 *
 * @throws when that can't be told: the error of `connect`
 */
export const isListening = (path: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error) => {
      const code = codeOf(error);
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(false);
      else if (code === 'EAGAIN')
        resolve(true); // so many wait that it can't be asked
      else reject(error);
    });
  });

/** Takes a socket away that a router left behind when it died; throws when it is anything else. */
const removeStale = async (path: string): Promise<void> => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  const elsewhere = 'choose another path with --socket';
  if (!found.isSocket()) fail(`${path} is not a socket; ${elsewhere}`);
  if (!isTrusted(found.uid)) fail(`${path} belongs to another user (${found.uid}); ${elsewhere}`);
  const listening = await isListening(path).catch((error: unknown) => fail(`${path} is in use (${codeOf(error)})`));
  if (listening) fail(`another router listens on ${path}; stop it, or ${elsewhere}`);
  // Someone else may have done the same meanwhile: what listens now is theirs.
  if (lstatSync(path, { throwIfNoEntry: false })?.ino === found.ino) unlinkSync(path);
};

/** Removes sockets in a folder that nobody listens on any more. What can't be told or removed stays. */
export const removeStaleSockets = async (paths: readonly string[]): Promise<void> => {
  await Promise.allSettled(paths.map(removeStale));
};

/**
 * Binds and listens. The socket's mode is set as it is made, by the umask: there is no moment in which others could
 * connect. `listen` makes it before it returns, so no other file is made with that umask.
 */
const bind = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(ownerOnly);
    try {
      server.listen({ path, exclusive: true }, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });

/**
 * Listens on a Unix socket that only this user (and root) can open. A socket that a router left behind is replaced.
 *
 * @throws Error with one sentence when the folder is not safe, the path in use, or Linux says no
 */
export const listenPrivately = async (server: Server, path: string): Promise<void> => {
  if (Buffer.byteLength(path) > pathLimit) {
    fail(
      `the path of the control socket has more than ${pathLimit} bytes: ${path}; choose a shorter one with --socket`,
    );
  }
  checkFolder(dirname(path));
  try {
    await bind(server, path).catch(async (error: unknown) => {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
      await removeStale(path);
      await bind(server, path);
    });
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('umigame: ')) throw error;
    fail(`no control socket can be made at ${path} (${codeOf(error)}); choose another path with --socket`);
  }
  if ((lstatSync(path).mode & ownerOnly) === 0) return;
  server.close(); // an access control list of the folder overrules the umask
  fail(`the folder of ${path} lets others open what is made in it; choose another path with --socket`);
};
