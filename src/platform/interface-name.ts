import { PlatformError } from './error.ts';

/** IFNAMSIZ without the zero at the end. */
const lengthLimit = 15;

/**
 * Is this what Linux takes for the name of a network interface? One to 15 bytes without `/`, `:` and white space, and
 * neither `.` nor `..`. One `%d` is allowed: Linux puts a number there.
 *
 * @throws PlatformError
 */
export const checkInterfaceName = (name: string): void => {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > lengthLimit) {
    throw new PlatformError(`the device name ${name} is ${bytes} bytes long: Linux allows ${lengthLimit}, shorten it`);
  }
  if (!/^[!-.0-9;-~]+$/.test(name) || /^\.\.?$/.test(name) || /%(?!d)|%d.*%/.test(name)) {
    throw new PlatformError(
      `${JSON.stringify(name)} can't name a device: use 1 to ${lengthLimit} letters, digits, dots, dashes and underscores`,
    );
  }
};
