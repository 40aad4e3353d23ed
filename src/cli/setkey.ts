import { readFileSync } from 'node:fs';
import { ControlClient, findControl } from '../run/control/index.ts';
import type { AssociationView, KeyEventView } from '../run/control/ipsec-views.ts';
import type { SetkeyAnswer } from '../run/control/requests/setkey.ts';
import type { ChangeView } from '../run/control/views.ts';
import { policyLine } from './show/policies.ts';
import { associationLine, associationLines } from './show/sas.ts';

export interface SetkeyCommandOptions {
  /** Commands come from standard input. */
  readonly c?: boolean;
  /** Commands come from a file. */
  readonly f?: string;
  /** Dump; the policies with `P`. */
  readonly D?: boolean;
  readonly P?: boolean;
  /** Flush; the policies with `P`. */
  readonly F?: boolean;
  /** Monitor. */
  readonly x?: boolean;
  readonly socket?: string;
  readonly json?: boolean;
}

const standardInput = 0;

const readCommands = (from: string | number): string => {
  try {
    return readFileSync(from, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new Error(`umigame: ${from === standardInput ? 'standard input' : from} can't be read (${code})`);
  }
};

/** The commands that the options mean; undefined for the monitor. */
const commandsOf = ({ c, f, D, P, F, x }: SetkeyCommandOptions): string | undefined => {
  const chosen = [
    c === true && '-c',
    f !== undefined && '-f',
    D === true && '-D',
    F === true && '-F',
    x === true && '-x',
  ];
  const names = chosen.filter((name) => name !== false);
  if (names.length !== 1) {
    const said = names.length === 0 ? 'none is there' : `${names.join(' and ')} are there`;
    throw new Error(`umigame: setkey does one thing at a time: -c, -f FILE, -D, -DP, -F, -FP or -x; ${said}`);
  }
  if (x === true) return undefined;
  if (f !== undefined) return readCommands(f);
  if (c === true) return readCommands(standardInput);
  if (D === true) return P === true ? 'spddump;' : 'dump;';
  return P === true ? 'spdflush;' : 'flush;';
};

const draw = ({ outputs }: SetkeyAnswer): string =>
  outputs
    .map(({ associations, policies }) =>
      [...(associations ?? []).map(associationLines), ...(policies ?? []).map(policyLine)].join('\n'),
    )
    .filter((text) => text !== '')
    .join('\n');

const eventLine = (event: KeyEventView | ChangeView<AssociationView>): string => {
  if (event.type === 'acquire') {
    const { protocol, mode, source, destination, reqid } = event.value;
    return `acquire ${protocol}/${mode}/${source}-${destination} reqid=${reqid}`;
  }
  const hard = 'hard' in event ? (event.hard ? ' hard' : ' soft') : '';
  return `${event.type}${hard} ${associationLine(event.value)}`;
};

/** Prints what happens until the router ends, or someone ends this. */
const monitor = (client: ControlClient, json: boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    let open = 2;
    const observer = {
      next: (event: KeyEventView | ChangeView<AssociationView>) =>
        console.log(json ? JSON.stringify(event) : eventLine(event)),
      error: reject,
      complete: () => {
        open -= 1;
        if (open === 0) resolve();
      },
    };
    client.watch<KeyEventView>('key events').subscribe(observer);
    client.watch<ChangeView<AssociationView>>('show sas').subscribe(observer);
  });

/**
 * `umigame setkey`: KAME's command, for the databases of the running router.
 *
 * @returns the exit code
 */
export const setkeyCommand = async (options: SetkeyCommandOptions): Promise<number> => {
  const text = commandsOf(options);
  const client = await ControlClient.open(await findControl(options.socket));
  try {
    if (text === undefined) await monitor(client, options.json === true);
    else {
      const answer = await client.ask<SetkeyAnswer>('setkey', { text });
      for (const warning of answer.warnings) console.error(`umigame: warning: ${warning}`);
      const drawn = options.json === true ? JSON.stringify(answer, null, 2) : draw(answer);
      if (drawn !== '') console.log(drawn);
    }
  } finally {
    client.close();
  }
  return 0;
};
