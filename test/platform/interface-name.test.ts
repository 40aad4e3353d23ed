import { describe, expect, test } from 'vitest';
import { PlatformError } from '../../src/platform/error.ts';
import { checkInterfaceName } from '../../src/platform/interface-name.ts';

describe('checkInterfaceName', () => {
  test.each(['a', 'uma', 'eth0.100', 'um-a_b@c', '%d', 'uma%d', 'fifteen-letters'])('takes %s', (name) => {
    expect(() => checkInterfaceName(name)).not.toThrow();
  });

  test.each(['', '.', '..', 'a/b', 'a b', 'a:0', 'a\tb', 'a\0b', 'a\n', 'umä', '%', '%s', 'a%', '%d%d'])(
    'refuses %j',
    (name) => {
      expect(() => checkInterfaceName(name)).toThrow(PlatformError);
      expect(() => checkInterfaceName(name)).toThrow("can't name a device: use 1 to 15 letters");
    },
  );

  test('counts bytes', () => {
    expect(() => checkInterfaceName('sixteen-letters-')).toThrow(
      'umigame: the device name sixteen-letters- is 16 bytes long: Linux allows 15, shorten it',
    );
    expect(() => checkInterfaceName('海亀海亀海亀')).toThrow('is 18 bytes long');
  });
});
