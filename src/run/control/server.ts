import { createServer, type Server } from 'node:net';
import { resolve } from 'node:path';
import type { Node } from '../../state/node.ts';
import { checkFolder, defaultFolder, defaultPath, makeFolder, socketsIn } from './folder.ts';
import { listenPrivately, removeStaleSockets } from './listen.ts';
import { type ControlLimits, controlDefaults } from './protocol.ts';
import type { ControlContext, ControlRequest } from './request.ts';
import { controlRequests } from './requests/index.ts';
import { Session } from './session.ts';

export interface ControlOptions {
  /** Path of the socket. Default: `PID.sock` in `/run/umigame`, or in `$XDG_RUNTIME_DIR/umigame` for others than root. */
  readonly path?: string;
  /** What clients may ask. Default: {@link controlRequests}. */
  readonly requests?: readonly ControlRequest[];
  readonly limits?: ControlLimits;
}

/** A control socket that is open. */
export interface Control {
  readonly path: string;
  /** Lets all clients go and removes the socket. Idempotent. */
  close(): void;
}

const prepareDefault = async (): Promise<string> => {
  const folder = defaultFolder();
  makeFolder(folder);
  checkFolder(folder);
  const path = defaultPath(folder);
  await removeStaleSockets(socketsIn(folder).filter((other) => other !== path));
  return path;
};

/** Accepts clients up to the limit; those beyond are told so. */
const accept = (
  server: Server,
  requests: readonly ControlRequest[],
  context: ControlContext,
  limits: Required<ControlLimits>,
): Set<Session> => {
  const sessions = new Set<Session>();
  const byName = new Map(requests.map((request) => [request.name, request]));
  server.on('error', () => {}); // no descriptor left for a client, say: the next one may be luckier
  server.on('connection', (socket) => {
    const session = new Session(socket, byName, context, limits);
    if (sessions.size >= limits.clients) return session.close('tooManyClients');
    sessions.add(session);
    socket.once('close', () => sessions.delete(session));
  });
  return sessions;
};

/**
 * Opens the socket through which a running router is asked and changed: see docs/CONTROL.md.
 *
 * @throws Error with one sentence when there can't be one
 *
 * @example
 * const running = startRouter(config);
 * const control = await openControl(running.node);
 * // umigame show stats --socket ${control.path}
 * control.close();
 */
export const openControl = async (node: Node, options: ControlOptions = {}): Promise<Control> => {
  const path = options.path === undefined ? await prepareDefault() : resolve(options.path);
  const { requests = controlRequests } = options;
  const server = createServer();
  await listenPrivately(server, path);
  const context = { node, since: node.scheduler.now(), requests };
  const sessions = accept(server, requests, context, { ...controlDefaults, ...options.limits });
  let open = true;
  return {
    path,
    close: () => {
      if (!open) return;
      open = false;
      server.close();
      for (const session of sessions) session.close('stopping');
    },
  };
};
