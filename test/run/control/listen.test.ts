import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkFolder, defaultFolder, defaultPath } from '../../../src/run/control/folder.ts';
import { openControl } from '../../../src/run/control/index.ts';
import { testbed } from '../../support/testbed.ts';
import { client, opened, privateFolder } from './support.ts';

const open = (path: string) => {
  const { node } = testbed();
  onTestFinished(() => node.close());
  return openControl(node, { path }).then((control) => {
    onTestFinished(() => control.close());
    return control;
  });
};

/** A socket whose process has died. */
const leaveSocket = (path: string): void => {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
  spawnSync(process.execPath, ['-e', script]);
  expect(lstatSync(path).isSocket()).toBe(true);
};

describe('where the socket is', () => {
  test.each([
    ['root', { uid: 0, runtimeFolder: '/run/user/0' }, '/run/umigame/7.sock'],
    ['a user', { uid: 1000, runtimeFolder: '/run/user/1000' }, '/run/user/1000/umigame/7.sock'],
  ])('for %s', (_, owner, expected) => {
    expect(defaultPath(defaultFolder(owner), 7)).toBe(expected);
  });

  test.each([undefined, '', 'relative'])('for a user whose XDG_RUNTIME_DIR is %j', (runtimeFolder) => {
    expect(defaultFolder({ uid: 1000, runtimeFolder })).toMatch(/\/umigame-1000$/);
  });
});

describe('the socket', () => {
  test('is for its owner alone, whatever the umask, which stays as it was', async () => {
    for (const umask of [0, 0o022, 0o077]) {
      const before = process.umask(umask);
      try {
        const { path } = await open(join(privateFolder(), 'router.sock'));
        expect(lstatSync(path).mode & 0o777).toBe(0o600);
        expect(process.umask()).toBe(umask);
      } finally {
        process.umask(before);
      }
    }
  });

  test('is gone when the router stops, and closing twice is closing once', async () => {
    const { control, path } = await opened();
    expect(existsSync(path)).toBe(true);
    control.close();
    control.close();
    expect(existsSync(path)).toBe(false);
  });

  test('may have a relative path', async () => {
    const folder = privateFolder();
    const before = process.cwd();
    process.chdir(folder);
    onTestFinished(() => process.chdir(before));
    expect((await open('router.sock')).path).toBe(join(folder, 'router.sock'));
  });

  test('replaces one that a dead router left', async () => {
    const path = join(privateFolder(), 'router.sock');
    leaveSocket(path);
    await open(path);
    expect(await (await client(path)).exchange({ id: 1, request: 'show requests' })).toMatchObject([{ id: 1 }]);
  });

  test('does not replace one that lives', async () => {
    const { path } = await opened();
    await expect(open(path)).rejects.toThrow(
      `umigame: another router listens on ${path}; stop it, or choose another path with --socket`,
    );
    expect(await (await client(path)).exchange({ id: 1, request: 'show requests' })).toMatchObject([{ id: 1 }]);
  });

  test('does not replace one that has no room for another client', async () => {
    const path = join(privateFolder(), 'busy.sock');
    const script = `
      const { createServer } = require('net');
      createServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => {
        process.stdout.write('on');
        for (;;);
      });`;
    const child = spawn(process.execPath, ['-e', script]);
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await Promise.all([client(path), client(path)]);
    await expect(open(path)).rejects.toThrow(/another router listens on/);
  });

  test('does not replace anything else', async () => {
    const folder = privateFolder();
    writeFileSync(join(folder, 'file'), 'precious');
    mkdirSync(join(folder, 'folder'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    for (const name of ['file', 'folder', 'link']) {
      await expect(open(join(folder, name))).rejects.toThrow(/ is not a socket; choose another path with --socket$/);
    }
    expect(lstatSync(join(folder, 'file')).size).toBe(8);
  });
});

describe('refuses, with a sentence,', () => {
  test('a folder that others may write', async () => {
    const folder = privateFolder();
    for (const mode of [0o777, 0o770, 0o702]) {
      chmodSync(folder, mode);
      await expect(open(join(folder, 'router.sock'))).rejects.toThrow(
        `umigame: others may write to the folder ${folder} and replace the socket; name another path for the control socket with --socket`,
      );
    }
    chmodSync(folder, 0o1777); // as /tmp is: no one may remove what belongs to others
    await open(join(folder, 'router.sock'));
  });

  test('a folder in a folder that others may write', () => {
    const folder = privateFolder();
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    chmodSync(folder, 0o777);
    expect(() => checkFolder(inner)).toThrow(`others may write to the folder ${folder}`);
  });

  test('a way that leads to such a folder', () => {
    const folder = privateFolder();
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    symlinkSync(open, join(folder, 'link'));
    expect(() => checkFolder(join(folder, 'link'))).toThrow(`others may write to the folder ${open}`);
  });

  test("another user's folder and socket", async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('only root can give files to others');
    const folder = privateFolder();
    const path = join(folder, 'router.sock');
    leaveSocket(path);
    chownSync(path, 12345, 12345);
    await expect(open(path)).rejects.toThrow(`${path} belongs to another user (12345)`);
    chownSync(folder, 12345, 12345);
    await expect(open(path)).rejects.toThrow(`the folder ${folder} belongs to another user (12345)`);
  });

  test('a folder that is not there', async () => {
    const folder = join(privateFolder(), 'missing');
    await expect(open(join(folder, 'router.sock'))).rejects.toThrow(`umigame: there is no folder ${folder} (ENOENT)`);
  });

  test('a path that is too long for a socket', async () => {
    await expect(open(join(privateFolder(), 'x'.repeat(100)))).rejects.toThrow(
      /has more than 107 bytes: .*shorter one/,
    );
  });
});
