import { describe, expect, test } from 'vitest';
import { Errno, errnoName, errnoText, PlatformError } from '../../src/platform/error.ts';

describe('error numbers', () => {
  test.each(Object.entries(Errno))('%s is %i here too', (name, number) => {
    expect(errnoName(number)).toBe(name);
  });

  test('have words where Node knows them', () => {
    expect(errnoText(Errno.EPERM)).toBe('EPERM, operation not permitted');
    expect(errnoText(Errno.EBADFD)).toBe('EBADFD');
    expect(errnoText(4_000)).toBe('errno 4000');
  });
});

describe('PlatformError', () => {
  test('says who speaks, and carries the name of the error', () => {
    const error = new PlatformError('the device uma is gone', Errno.EBADFD, { cause: 'x' });
    expect(error).toMatchObject({
      name: 'PlatformError',
      message: 'umigame: the device uma is gone',
      code: 'EBADFD',
      cause: 'x',
    });
    expect(new PlatformError('no').code).toBe('');
  });
});
