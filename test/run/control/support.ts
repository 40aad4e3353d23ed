/** A control socket of a test bed, in a folder of its own, and clients that speak the protocol by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualTimeScheduler } from 'rxjs';
import { onTestFinished } from 'vitest';
import { PacketPool } from '../../../src/packet/index.ts';
import {
  type Control,
  ControlClient,
  ControlError,
  type ControlOptions,
  openControl,
} from '../../../src/run/control/index.ts';
import { createNode } from '../../../src/state/node.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { type Testbed, testbed } from '../../support/testbed.ts';

/** A folder that no one else may write, for the running test. */
export const privateFolder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'umigame-control-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

export interface Opened extends Testbed {
  readonly control: Control;
  readonly path: string;
}

/** A node without anything but its loopback interface. */
const emptyBed = (): Testbed => {
  const clock = new VirtualTimeScheduler();
  const pool = new PacketPool({ smallLimit: 64, largeLimit: 4 });
  return { node: createNode({ scheduler: clock, random: seededRandom(1), pool, interfaceLimit: 8 }), pool, clock };
};

export interface OpenedOptions extends ControlOptions {
  /** Is there nothing but the loopback interface? Default false: all of the test bed. */
  readonly empty?: boolean;
}

/** The control socket of a test bed, for the running test. */
export const opened = async ({ empty = false, ...options }: OpenedOptions = {}): Promise<Opened> => {
  const bed = empty ? emptyBed() : testbed();
  const control = await openControl(bed.node, { path: join(privateFolder(), 'router.sock'), ...options });
  onTestFinished(() => {
    control.close();
    bed.node.close();
  });
  return { ...bed, control, path: control.path };
};

/** A client that writes what it likes and reads lines. */
export class RawClient {
  readonly socket: Socket;
  readonly #lines: unknown[] = [];
  readonly #waiting: ((line: unknown) => void)[] = [];
  #rest = '';
  ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      const lines = `${this.#rest}${text}`.split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.#deliver(JSON.parse(line));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.ended = true;
      for (const waiting of this.#waiting.splice(0)) waiting(undefined);
    });
  }

  /** Lines that were read and not asked for. */
  get unread(): number {
    return this.#lines.length;
  }

  write(text: string): void {
    this.socket.write(text);
  }

  say(...requests: readonly object[]): void {
    this.write(requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  }

  /** The next line; undefined when the router has let go. */
  next(): Promise<unknown> {
    if (this.#lines.length > 0) return Promise.resolve(this.#lines.shift());
    if (this.ended) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Says something and reads as many lines. */
  async exchange(...requests: readonly object[]): Promise<unknown[]> {
    this.say(...requests);
    const answers: unknown[] = [];
    for (const _ of requests) answers.push(await this.next());
    return answers;
  }

  #deliver(line: unknown): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#lines.push(line);
    else waiting(line);
  }
}

/** A client for the running test. */
export const client = async (path: string): Promise<RawClient> => {
  const socket = connect(path);
  onTestFinished(() => {
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return new RawClient(socket);
};

/** A control socket, and who asks there. */
export interface Asked extends Opened {
  readonly client: ControlClient;
}

/** The control socket of a test bed and a client of it, for the running test. */
export const asked = async (): Promise<Asked> => {
  const open = await opened();
  const client = await ControlClient.open(open.path);
  onTestFinished(() => client.close());
  return { ...open, client };
};

/** The sentence with which a request is refused, behind its code. */
export const refusal = async (answer: Promise<unknown>): Promise<string> => {
  try {
    await answer;
  } catch (error) {
    if (error instanceof ControlError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('the request was answered');
};

/** Collects events until there are enough. */
export const events = (client: ControlClient, request: string, parameters: object, count: number): Promise<unknown[]> =>
  new Promise((resolve, reject) => {
    const seen: unknown[] = [];
    const watching = client.watch(request, parameters).subscribe({
      next: (event) => {
        seen.push(event);
        if (seen.length < count) return;
        watching.unsubscribe();
        resolve(seen);
      },
      error: reject,
    });
  });
