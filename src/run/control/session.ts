import type { Socket } from 'node:net';
import { Subscription } from 'rxjs';
import { LineReader, tooLong } from './line-reader.ts';
import {
  type ClosingCode,
  type ControlLimits,
  type ControlLine,
  closingCodes,
  type ErrorCode,
  type RequestId,
  requestExample,
  requestLine,
} from './protocol.ts';
import { type ControlContext, ControlRefusal, type ControlRequest } from './request.ts';

/** Requests of one client that are answered before packets get their turn again. */
const requestsPerTurn = 32;
/** Milliseconds that clients have to read what waits for them when the router wants to end. */
const stoppingPatience = 250;

/** A request of the session itself, not of the router. */
const unwatch = 'unwatch';

interface ReadRequest {
  readonly id: RequestId;
  readonly request: string;
  readonly parameters: unknown;
  readonly watch: boolean;
}

const sentenceOf = (error: unknown): string => {
  const sentence = error instanceof Error ? error.message : String(error);
  return sentence.replace(/^umigame: /, '');
};

/** What went wrong with a request, as data. A RangeError is how stores say that a value doesn't fit. */
const reasonOf = (error: unknown): { readonly code: ErrorCode; readonly message: string } => {
  const code = error instanceof ControlRefusal ? error.code : error instanceof RangeError ? 'refused' : 'internal';
  return { code, message: sentenceOf(error) };
};

const readRequest = (line: string): ReadRequest => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ControlRefusal('badRequest', `the line is not JSON; a request looks like ${requestExample}`);
  }
  const read = requestLine.safeParse(value);
  if (!read.success) throw new ControlRefusal('badRequest', `that is no request; one looks like ${requestExample}`);
  const { id, request, parameters, watch = false } = read.data;
  return { id, request, parameters, watch };
};

/**
 * One client. Requests are answered in order, a few per turn of the event loop; a client that does not read its answers
 * is not read from. A client that watches and reads too slowly is let go, so what waits for it is bounded.
 */
export class Session {
  readonly #socket: Socket;
  readonly #requests: ReadonlyMap<string, ControlRequest>;
  readonly #context: ControlContext;
  readonly #limits: Required<ControlLimits>;
  readonly #reader: LineReader;
  readonly #watches = new Map<RequestId, Subscription>();
  #turn: NodeJS.Immediate | undefined;
  #over = false;

  constructor(
    socket: Socket,
    requests: ReadonlyMap<string, ControlRequest>,
    context: ControlContext,
    limits: Required<ControlLimits>,
  ) {
    this.#socket = socket;
    this.#requests = requests;
    this.#context = context;
    this.#limits = limits;
    this.#reader = new LineReader(limits.lineBytes);
    socket.on('data', (chunk) => {
      if (this.#over) return;
      this.#reader.push(chunk as Buffer);
      this.#work();
    });
    socket.on('drain', () => this.#work());
    socket.on('error', () => {}); // `close` follows
    socket.on('close', () => this.#letGo());
  }

  /** Says why, and lets the client go. */
  close(code: ClosingCode): void {
    if (this.#over) return;
    this.#letGo();
    this.#send({ closed: { code, message: closingCodes[code] } });
    this.#socket.resume(); // what else it says is not read
    this.#socket.destroySoon();
    const { patience } = this.#limits;
    const time = code === 'stopping' ? Math.min(stoppingPatience, patience) : patience;
    const end = setTimeout(() => this.#socket.destroy(), time);
    this.#socket.once('close', () => clearTimeout(end));
  }

  #letGo(): void {
    this.#over = true;
    if (this.#turn !== undefined) clearImmediate(this.#turn);
    for (const watch of this.#watches.values()) watch.unsubscribe();
    this.#watches.clear();
  }

  /** Answers what has come, until the client has to read or packets to pass. */
  #work(): void {
    if (this.#turn !== undefined) return;
    for (let handled = 0; !this.#over; handled += 1) {
      if (this.#socket.writableNeedDrain) {
        this.#socket.pause();
        return;
      }
      if (handled === requestsPerTurn) {
        this.#socket.pause();
        this.#turn = setImmediate(() => {
          this.#turn = undefined;
          this.#work();
        });
        return;
      }
      const line = this.#reader.next();
      if (line === tooLong) return this.close('lineTooLong');
      if (line === undefined) {
        this.#socket.resume();
        return;
      }
      if (line.trim() !== '') this.#handle(line);
    }
  }

  #handle(line: string): void {
    let id: RequestId | null = null;
    try {
      const read = readRequest(line);
      id = read.id;
      if (read.request === unwatch) this.#send({ id, result: { ended: this.#unwatch(read.parameters) } });
      else if (read.watch) this.#watch(read);
      else this.#send({ id, result: this.#find(read.request).answer(this.#context, read.parameters) });
    } catch (error) {
      this.#send({ id, error: reasonOf(error) });
    }
  }

  #find(name: string): ControlRequest {
    const request = this.#requests.get(name);
    if (request !== undefined) return request;
    const known = [...this.#requests.keys(), unwatch].join(', ');
    throw new ControlRefusal('unknownRequest', `there is no request ${JSON.stringify(name)}; known: ${known}`);
  }

  #watch({ id, request, parameters }: ReadRequest): void {
    const events$ = this.#find(request).watch(this.#context, parameters);
    if (this.#watches.has(id)) {
      throw new ControlRefusal('idInUse', `${JSON.stringify(id)} is watched already; choose another id`);
    }
    if (this.#watches.size >= this.#limits.watches) {
      throw new ControlRefusal('tooManyWatches', `no more than ${this.#limits.watches} watches for each client`);
    }
    const watch = new Subscription();
    this.#watches.set(id, watch);
    this.#send({ id, watching: true });
    watch.add(
      events$.subscribe({
        next: (event) => this.#tell({ id, event }),
        error: (error: unknown) => {
          if (this.#watches.delete(id)) this.#send({ id, error: reasonOf(error) });
        },
        complete: () => {
          if (this.#watches.delete(id)) this.#send({ id, end: true });
        },
      }),
    );
  }

  /** Ends a watch by the id that it was started with: `{"id":2,"request":"unwatch","parameters":{"id":1}}`. */
  #unwatch(parameters: unknown): boolean {
    const id: unknown =
      typeof parameters === 'object' && parameters !== null && 'id' in parameters ? parameters.id : undefined;
    if (typeof id !== 'number' && typeof id !== 'string') {
      throw new ControlRefusal('badParameters', 'id: missing; allowed: the id of what is watched');
    }
    const watch = this.#watches.get(id);
    if (watch === undefined) return false;
    watch.unsubscribe();
    this.#watches.delete(id);
    this.#send({ id, end: true });
    return true;
  }

  /** Sends what was not asked for a moment ago: a client that does not keep up is let go. */
  #tell(line: ControlLine): void {
    if (this.#over) return;
    if (this.#socket.writableLength > this.#limits.backlogBytes) this.close('tooSlow');
    else this.#send(line);
  }

  #send(line: ControlLine): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(`${JSON.stringify(line)}\n`);
  }
}
