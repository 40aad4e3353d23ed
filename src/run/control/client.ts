import { lstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, resolve as resolvePath } from 'node:path';
import { Observable, Subject } from 'rxjs';
import { checkFolder, codeOf, defaultFolder, isTrusted, socketsIn, systemFolder } from './folder.ts';
import { LineReader } from './line-reader.ts';
import { isListening } from './listen.ts';
import type { ControlLine, Reason, RequestId } from './protocol.ts';

/** A request was not answered, or there is no one to ask. The message is a sentence. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  /** One of the protocol's codes; `noRouter` when no one is there, `notPermitted` when we may not ask. */
  readonly code: string;

  constructor({ code, message }: Reason<string>) {
    super(`umigame: ${message}`);
    this.code = code;
  }
}

/** More than any answer has. */
const answerLimit = 1 << 28;

interface Pending {
  resolve(result: object): void;
  reject(error: Error): void;
}

/**
 * Speaks with a running router.
 *
 * @example
 * const client = await ControlClient.open(await findControl());
 * const { packets } = await client.ask<ShowStats>('show stats');
 * client.watch<RouteChange>('show routes').subscribe(({ type, value }) => console.log(type, value.to));
 * client.close();
 */
export class ControlClient {
  readonly #socket: Socket;
  readonly #reader = new LineReader(answerLimit);
  readonly #pending = new Map<RequestId, Pending>();
  readonly #watches = new Map<RequestId, Subject<object>>();
  #lastId = 0;
  #gone: Error | undefined;

  private constructor(socket: Socket, path: string) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#read(chunk as Buffer));
    socket.on('error', () => {}); // `close` follows
    socket.on('close', () => {
      this.#end(new ControlError({ code: 'noRouter', message: `the router on ${path} is gone` }));
    });
  }

  /** @throws ControlError with a sentence when no one listens there, or we may not ask */
  static async open(path: string): Promise<ControlClient> {
    checkSocket(path);
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (error) => reject(new ControlError(whyNot(path, codeOf(error)))));
    });
    return new ControlClient(socket, path);
  }

  /** Asks once. */
  ask<Result extends object>(request: string, parameters: object = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#gone !== undefined) return reject(this.#gone);
      const id = this.#send({ request, parameters });
      this.#pending.set(id, { resolve: (result) => resolve(result as Result), reject });
    });
  }

  /** What happens from the moment of subscription on, for as long as someone is subscribed. */
  watch<Event extends object>(request: string, parameters: object = {}): Observable<Event> {
    return new Observable((out) => {
      if (this.#gone !== undefined) return out.error(this.#gone);
      const events$ = new Subject<object>();
      events$.subscribe({
        next: (event) => out.next(event as Event),
        error: (error: unknown) => out.error(error),
        complete: () => out.complete(),
      });
      const id = this.#send({ request, parameters, watch: true });
      this.#watches.set(id, events$);
      return () => {
        if (this.#watches.delete(id)) this.#send({ request: 'unwatch', parameters: { id } });
      };
    });
  }

  /** Stops reading, so that the router notices when what it tells is not wanted yet. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends what is watched; what is asked gets no answer. Idempotent. */
  close(): void {
    for (const events$ of this.#watches.values()) events$.complete();
    this.#watches.clear();
    this.#socket.destroy();
  }

  #send(request: object): RequestId {
    this.#lastId += 1;
    if (this.#gone === undefined) this.#socket.write(`${JSON.stringify({ id: this.#lastId, ...request })}\n`);
    return this.#lastId;
  }

  #read(chunk: Buffer): void {
    this.#reader.push(chunk);
    for (let line = this.#reader.next(); line !== undefined; line = this.#reader.next()) {
      if (typeof line !== 'string') return this.close();
      this.#handle(JSON.parse(line) as ControlLine);
    }
  }

  #handle(line: ControlLine): void {
    if ('closed' in line) {
      const { code, message } = line.closed;
      return this.#end(new ControlError({ code, message: `the router let go: ${message}` }));
    }
    const id = line.id ?? 0;
    if ('result' in line) this.#pending.get(id)?.resolve(line.result);
    else if ('event' in line) return this.#watches.get(id)?.next(line.event);
    else if ('watching' in line) return;
    else if ('end' in line) this.#watches.get(id)?.complete();
    else {
      const error = new ControlError(line.error);
      this.#pending.get(id)?.reject(error);
      this.#watches.get(id)?.error(error);
    }
    this.#pending.delete(id);
    this.#watches.delete(id);
  }

  #end(error: Error): void {
    if (this.#gone !== undefined) return;
    this.#gone = error;
    for (const { reject } of this.#pending.values()) reject(error);
    const watches = [...this.#watches.values()];
    this.#pending.clear();
    this.#watches.clear();
    for (const events$ of watches) events$.error(error);
  }
}

/** Whose file it is; undefined when there is none or it can't be told. */
const ownerOf = (path: string): number | undefined => {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.uid;
  } catch {
    return undefined;
  }
};

/** Throws when the socket is another user's, or when one could put another in its place. */
const checkSocket = (path: string): void => {
  const refuse = (message: string): never => {
    throw new ControlError({ code: 'notPermitted', message });
  };
  const uid = ownerOf(path);
  if (uid === undefined) return; // connecting will tell
  if (!isTrusted(uid)) refuse(`${path} belongs to another user (${uid}); only one's own routers and root's are asked`);
  try {
    checkFolder(dirname(path));
  } catch (error) {
    refuse(error instanceof Error ? error.message.replace(/^umigame: /, '') : String(error));
  }
};

const whyNot = (path: string, code: string): Reason<string> => {
  switch (code) {
    case 'ENOENT':
      return { code: 'noRouter', message: `no router listens on ${path}: there is no such socket` };
    case 'ECONNREFUSED':
      return { code: 'noRouter', message: `no router listens on ${path} any more` };
    case 'EACCES':
    case 'EPERM':
      return { code: 'notPermitted', message: `this user may not open ${path}; ask as the router's user, or as root` };
    default:
      return { code: 'noRouter', message: `no router can be asked on ${path} (${code})` };
  }
};

/**
 * The socket of the router that is running.
 *
 * @param path where it is, if it is not where routers put it by themselves
 * @param folder where they do
 * @throws ControlError when none is running, or several are
 */
export const findControl = async (path?: string, folder = defaultFolder()): Promise<string> => {
  if (path !== undefined) return resolvePath(path);
  const found = socketsIn(folder);
  const listening = await Promise.all(found.map((each) => isListening(each).catch(() => true)));
  const [first, ...others] = found.filter((_, index) => listening[index]);
  if (first === undefined) {
    if (folder !== systemFolder && ownerOf(systemFolder) !== undefined) {
      const message = 'no router of this user is running; whether root runs one, root alone can ask';
      throw new ControlError({ code: 'notPermitted', message });
    }
    const message = `no router is running: no one listens in ${folder}; start one with "umigame router"`;
    throw new ControlError({ code: 'noRouter', message });
  }
  if (others.length === 0) return first;
  const message = `several routers are running; choose one with --socket: ${[first, ...others].join(', ')}`;
  throw new ControlError({ code: 'noRouter', message });
};
