import type { ControlClient } from '../../run/control/index.ts';
import type { Page } from '../page.ts';

/** What `umigame show` was told besides the subject. */
export interface ShowOptions {
  readonly socket?: string;
  readonly json?: boolean;
  readonly watch?: boolean;
  /** Name of the only interface that matters. */
  readonly interface?: string;
  /** Show what is zero, too. */
  readonly all?: boolean;
  /** Seconds between two looks, for what is watched by looking again. */
  readonly period?: number;
}

/** Something that `umigame show` shows: a file here for each, and a line in `index.ts`. */
export interface Subject {
  readonly name: string;
  /** What the help says. */
  readonly sentence: string;
  /** The request of the control socket that it is. */
  readonly request: string;
  /** Its parameters. */
  parameters(options: ShowOptions): object;
  /** All there is to it, in one answer or several. */
  answers(client: ControlClient, parameters: object): AsyncIterable<object>;
  /** An answer as text. */
  draw(answer: object, page: Page, options: ShowOptions): string;
  /** An event as text; the same as an answer for what is watched by looking again. */
  drawEvent(event: object, page: Page, options: ShowOptions): string;
  /** Does an event take the place of what was shown before? */
  readonly redraws: boolean;
  /** The list in an answer that goes on in the next one. */
  readonly paged?: string;
}

/** Asks for what fits one answer. */
export const oneAnswer = (request: string) =>
  async function* (client: ControlClient, parameters: object): AsyncGenerator<object> {
    yield await client.ask(request, parameters);
  };

export const interfaceParameter = ({ interface: name }: ShowOptions): object =>
  name === undefined ? {} : { interface: name };
