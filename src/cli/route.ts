import { ControlClient, findControl } from '../run/control/index.ts';
import type { RouteView } from '../run/control/views.ts';
import { routeLine } from './show/routes.ts';

export interface RouteCommandOptions {
  readonly socket?: string;
  readonly json?: boolean;
}

/** Words that are followed by a value, and words that say it all. */
const pairs = ['via', 'dev', 'metric'];
const flags = ['reject', 'blackhole'];

/**
 * The parameters that the words of a route mean: `via fd00:b::2 dev umb metric 10`, `reject`.
 *
 * @throws Error with a sentence when they mean none
 */
export const routeParameters = (to: string, words: readonly string[]): object => {
  const parameters: Record<string, unknown> = { to };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (Object.hasOwn(parameters, word)) throw new Error(`umigame: "${word}" stands twice in one route`);
    if (flags.includes(word)) parameters[word] = true;
    else if (pairs.includes(word)) {
      at += 1;
      const value = words[at];
      if (value === undefined) throw new Error(`umigame: there is no value behind "${word}"`);
      parameters[word] = word === 'metric' && /^\d+$/.test(value) ? Number(value) : value;
    } else {
      const known = [...pairs.map((pair) => `${pair} …`), ...flags].join(', ');
      throw new Error(`umigame: "${word}" is no part of a route; known: ${known}`);
    }
  }
  return parameters;
};

/**
 * `umigame route add|delete|get`: changes the routing table of the running router, or asks it.
 *
 * @returns the exit code
 */
export const routeCommand = async (
  action: 'add' | 'delete' | 'get',
  to: string,
  words: readonly string[],
  options: RouteCommandOptions,
): Promise<number> => {
  const parameters = routeParameters(to, words);
  const client = await ControlClient.open(await findControl(options.socket));
  try {
    const answer = await client.ask<{ readonly route: RouteView }>(`route ${action}`, parameters);
    const done = { add: 'added ', delete: 'deleted ', get: '' }[action];
    console.log(options.json === true ? JSON.stringify(answer, null, 2) : `${done}${routeLine(answer.route)}`);
  } finally {
    client.close();
  }
  return 0;
};
