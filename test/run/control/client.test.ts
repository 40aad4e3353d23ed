import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { firstValueFrom, toArray } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ControlClient, ControlError, findControl, openControl } from '../../../src/run/control/index.ts';
import { testbed } from '../../support/testbed.ts';
import { opened, privateFolder } from './support.ts';

const refusal = async (answer: Promise<unknown>): Promise<readonly [code: string, message: string]> => {
  const error = await answer.catch((reason: unknown) => reason);
  if (!(error instanceof ControlError)) throw new Error(`not refused but ${String(error)}`);
  return [error.code, error.message];
};

const routerIn = async (folder: string, name: string): Promise<string> => {
  const { node } = testbed();
  const control = await openControl(node, { path: join(folder, name) });
  onTestFinished(() => {
    control.close();
    node.close();
  });
  return control.path;
};

describe('a client', () => {
  test('asks several things at once, and gets each answer', async () => {
    const { path } = await opened();
    const client = await ControlClient.open(path);
    const names = ['a', 'b', 'p'];
    const answers = await Promise.all(
      names.map((name) => client.ask<{ interfaces: { name: string }[] }>('show interfaces', { interface: name })),
    );
    expect(answers.map(({ interfaces }) => interfaces[0]?.name)).toEqual(names);
    client.close();
  });

  test('is told when there is no one, or no longer', async () => {
    const folder = privateFolder();
    const path = join(folder, 'router.sock');
    expect(await refusal(ControlClient.open(path))).toEqual([
      'noRouter',
      `umigame: no router listens on ${path}: there is no such socket`,
    ]);
    writeFileSync(path, '');
    expect(await refusal(ControlClient.open(path))).toEqual([
      'noRouter',
      `umigame: no router listens on ${path} any more`,
    ]);
  });

  test('whose router stops gets no answer, and an end to what it watches', async () => {
    const { path, control } = await opened();
    const client = await ControlClient.open(path);
    const watching = firstValueFrom(client.watch('show routes').pipe(toArray()));
    await client.ask('show requests');
    control.close();
    const stopped = ['stopping', 'umigame: the router let go: the router stops'];
    expect(await refusal(watching)).toEqual(stopped);
    expect(await refusal(client.ask('show requests'))).toEqual(stopped);
    expect(await refusal(firstValueFrom(client.watch('show routes')))).toEqual(stopped);
  });

  test('that closes itself gets no answer any more', async () => {
    const { path } = await opened();
    const client = await ControlClient.open(path);
    const watching = firstValueFrom(client.watch('show routes').pipe(toArray()));
    const asking = client.ask('show stats');
    client.close();
    client.close();
    expect(await watching).toEqual([]);
    expect(await refusal(asking)).toEqual(['noRouter', `umigame: the router on ${path} is gone`]);
  });

  test('is told why it can not watch', async () => {
    const { path } = await opened();
    const client = await ControlClient.open(path);
    expect(await refusal(firstValueFrom(client.watch('route get', { to: '::1' })))).toEqual([
      'notWatchable',
      'umigame: "route get" can be asked, not watched',
    ]);
    client.close();
  });

  test("does not talk to another user's router", async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('only root can give files to others');
    const { path } = await opened();
    chownSync(path, 12345, 12345);
    expect(await refusal(ControlClient.open(path))).toEqual([
      'notPermitted',
      `umigame: ${path} belongs to another user (12345); only one's own routers and root's are asked`,
    ]);
  });
});

test('a client does not trust a folder that others may write', async () => {
  const { path } = await opened();
  chmodSync(dirname(path), 0o777);
  expect(await refusal(ControlClient.open(path))).toEqual([
    'notPermitted',
    `umigame: others may write to the folder ${dirname(path)} and replace the socket; name another path for the control socket with --socket`,
  ]);
});

describe('the running router is found', () => {
  test('where the caller says', async () => {
    expect(await findControl('/somewhere/../router.sock')).toBe('/router.sock');
  });

  test('when it is the only one; what is no live socket does not count', async () => {
    const folder = privateFolder();
    writeFileSync(join(folder, 'notes.sock'), '');
    mkdirSync(join(folder, 'folder.sock'));
    const path = await routerIn(folder, '7.sock');
    expect(await findControl(undefined, folder)).toBe(path);
  });

  test('but not when there are several', async () => {
    const folder = privateFolder();
    const paths = [await routerIn(folder, '7.sock'), await routerIn(folder, '8.sock')];
    const [code, message] = await refusal(findControl(undefined, folder));
    expect(code).toBe('noRouter');
    expect(message).toMatch(/^umigame: several routers are running; choose one with --socket: /);
    for (const path of paths) expect(message).toContain(path);
  });

  test('nor when there is none', async () => {
    for (const folder of [privateFolder(), join(privateFolder(), 'missing')]) {
      const [code, message] = await refusal(findControl(undefined, folder));
      expect(['noRouter', 'notPermitted']).toContain(code);
      expect(message).toMatch(/^umigame: no router (is running: no one listens in|of this user is running)/);
    }
  });
});
