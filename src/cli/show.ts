import { once } from 'node:events';
import { createLogUpdate } from 'log-update';
import { ControlClient, findControl } from '../run/control/index.ts';
import { pageOf } from './page.ts';
import type { ShowOptions, Subject } from './show/index.ts';

/** Writes text as it is, and waits when whoever reads can't keep up. */
const write = async (text: string): Promise<void> => {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
};

const print = (text: string): Promise<void> => write(text === '' ? '' : `${text}\n`);

/** Whoever reads has enough, as `head` does: that is no error. */
const endWithReader = (): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
};

/** One JSON object of answers that come in pages: the first, its list continued by the others. */
const printPages = async (answers: AsyncIterable<object>, list: string): Promise<void> => {
  let rows = 0;
  for await (const answer of answers) {
    const { [list]: page, next: _, ...rest } = answer as Record<string, readonly object[]>;
    if (rows === 0) await write(`${JSON.stringify(rest).slice(0, -1)},${JSON.stringify(list)}:[`);
    for (const row of page ?? []) {
      await write(`${rows === 0 ? '' : ','}\n${JSON.stringify(row)}`);
      rows += 1;
    }
  }
  await print(']}');
};

/** Asks once. */
const show = async (subject: Subject, options: ShowOptions, client: ControlClient): Promise<void> => {
  const answers = subject.answers(client, subject.parameters(options));
  if (options.json === true && subject.paged !== undefined) return printPages(answers, subject.paged);
  for await (const answer of answers) {
    if (options.json === true) await print(JSON.stringify(answer, null, 2));
    else await print(subject.draw(answer, pageOf(process.stdout), options));
  }
};

/**
 * Shows what there is and then what happens, until someone ends it or the router does. Watching begins first: what
 * changes while the rest is read is not missed, but may be told twice.
 */
const watch = async (subject: Subject, options: ShowOptions, client: ControlClient): Promise<void> => {
  const { json = false } = options;
  const onTop = subject.redraws && !json && process.stdout.isTTY === true ? createLogUpdate(process.stdout) : undefined;
  let first = true;
  const put = async (text: string): Promise<void> => {
    if (onTop !== undefined) return onTop(text);
    const gap = subject.redraws && !json && !first ? '\n' : '';
    first = false;
    await print(gap + text);
  };
  const parameters = subject.parameters(options);
  const over = new Promise<void>((resolve, reject) => {
    client.watch(subject.request, parameters).subscribe({
      next: (event) => {
        client.pause(); // until it is printed: so what waits, waits with the router, which knows a limit
        const text = json ? JSON.stringify(event) : subject.drawEvent(event, pageOf(process.stdout), options);
        put(text).finally(() => client.resume());
      },
      error: reject,
      complete: resolve,
    });
  });
  over.catch(() => {}); // reported below
  for await (const answer of subject.answers(client, parameters)) {
    await put(json ? JSON.stringify(answer) : subject.draw(answer, pageOf(process.stdout), options));
  }
  await over;
};

/**
 * `umigame show SUBJECT`: asks the running router, once or for as long as something happens.
 *
 * @returns the exit code
 */
export const showCommand = async (subject: Subject, options: ShowOptions): Promise<number> => {
  endWithReader();
  const client = await ControlClient.open(await findControl(options.socket));
  try {
    await (options.watch === true ? watch : show)(subject, options, client);
  } finally {
    client.close();
  }
  return 0;
};
