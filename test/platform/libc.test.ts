import { afterEach, describe, expect, test, vi } from 'vitest';

const { platform } = process;

afterEach(() => {
  Object.defineProperty(process, 'platform', { value: platform });
  vi.resetModules();
});

describe('elsewhere than on Linux', () => {
  test('everything can be imported, and a device says where it works', async () => {
    vi.resetModules();
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    const { openTun, fromMemory } = await import('../../src/sources/index.ts');
    expect(fromMemory).toBeTypeOf('function');
    expect(() => openTun('uma')).toThrow(
      'umigame: devices and network namespaces are reached through Linux, and this is darwin: replay a capture instead',
    );
  });
});

describe.runIf(platform === 'linux')('on Linux', () => {
  test('calls the C library and asks it why', async () => {
    const { libc } = await import('../../src/platform/libc.ts');
    const { close, errno } = libc();
    expect(close(-1)).toBe(-1);
    expect(errno()).toBe(9); // EBADF
    expect(libc()).toBe(libc());
  });

  test('finds bytes where they lie', async () => {
    const { libc } = await import('../../src/platform/libc.ts');
    const bytes = new Uint8Array(64);
    expect(libc().addressOf(bytes.subarray(8)) - libc().addressOf(bytes)).toBe(8);
  });
});
