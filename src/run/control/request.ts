import type { Observable } from 'rxjs';
import type { z } from 'zod';
import { strict } from '../../config/elements.ts';
import { problemsOf } from '../../config/parse-problems.ts';
import type { Node } from '../../state/node.ts';
import type { ErrorCode } from './protocol.ts';

/** What requests work with. */
export interface ControlContext {
  readonly node: Node;
  /** When the router started, in milliseconds of its scheduler: the Unix epoch's, unless time is virtual. */
  readonly since: number;
  readonly requests: readonly ControlRequest[];
}

/** A request that is not answered, and why: data for the client, not a fault of ours. */
export class ControlRefusal extends Error {
  override readonly name = 'ControlRefusal';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

/** A request that the control socket answers. Made by {@link defineRequest}. */
export interface ControlRequest {
  readonly name: string;
  /** What it does, in a sentence. */
  readonly sentence: string;
  readonly parameters: readonly string[];
  readonly watchable: boolean;
  /** @throws ControlRefusal */
  answer(context: ControlContext, parameters: unknown): object;
  /** @throws ControlRefusal */
  watch(context: ControlContext, parameters: unknown): Observable<object>;
}

interface RequestSpec<Shape extends z.ZodRawShape, Result extends object> {
  readonly name: string;
  readonly sentence: string;
  /** Its parameters and what they may be; the words of `config/elements.ts` say what is wrong in sentences. */
  readonly parameters: Shape;
  answer(context: ControlContext, parameters: z.output<z.ZodObject<Shape>>): Result;
  /** What happens from the moment of subscription on. Without it the request can't be watched. */
  readonly watch?: (context: ControlContext, parameters: z.output<z.ZodObject<Shape>>) => Observable<object>;
}

/**
 * Describes a request: a file in `requests/`, and a line in `requests/index.ts`.
 *
 * @example
 * export const showPorts = defineRequest({
 *   name: 'show ports',
 *   sentence: 'How many receivers listen.',
 *   parameters: { protocol: integer(0, 255).optional() },
 *   answer: ({ node }, { protocol }) => ({ receivers: countReceivers(node.ports, protocol) }),
 * });
 */
export const defineRequest = <Shape extends z.ZodRawShape, Result extends object>(
  spec: RequestSpec<Shape, Result>,
): ControlRequest => {
  const { name, sentence, watch } = spec;
  const schema = strict(spec.parameters);
  const checked = (parameters: unknown): z.output<z.ZodObject<Shape>> => {
    const read = schema.safeParse(parameters ?? {});
    if (read.success) return read.data;
    const problems = read.error.issues.flatMap(problemsOf);
    const sentences = problems.map((problem) => (problem.path === '' ? '' : `${problem.path}: `) + problem.sentence);
    throw new ControlRefusal('badParameters', sentences.join('; '));
  };
  return {
    name,
    sentence,
    parameters: Object.keys(spec.parameters),
    watchable: watch !== undefined,
    answer: (context, parameters) => spec.answer(context, checked(parameters)),
    watch: (context, parameters) => {
      if (watch === undefined) throw new ControlRefusal('notWatchable', `"${name}" can be asked, not watched`);
      return watch(context, checked(parameters));
    },
  };
};
