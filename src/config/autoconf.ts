/**
 * `"autoconf"` of an interface: that it is a host's, and how it makes its addresses (RFC 4862).
 *
 * @module
 */
import { z } from 'zod';
import { flag, strict } from './elements.ts';
import { notAllowed } from './words.ts';

/** How an interface configures itself. */
export interface Autoconf {
  readonly identifiers: 'stable' | 'eui64';
  readonly temporary: boolean;
  readonly optimistic: boolean;
  /** Undefined: one that is made up when the program starts. */
  readonly secret: Uint8Array | undefined;
}

/** What holds where the object says nothing. */
export const autoconfDefaults: Autoconf = {
  identifiers: 'stable',
  temporary: false,
  optimistic: false,
  secret: undefined,
};

/** Of 16 to 64 bytes (RFC 7217 §5: 128 bits at least). A mistake is told without the secret in it. */
const secret = () => {
  const allowed = '32 to 128 hexadecimal digits, two a byte';
  return z
    .string({ error: () => `what stands here is no text; allowed: ${allowed}` })
    .transform((written, context): Uint8Array => {
      if (/^(?:[0-9a-f]{2}){16,64}$/i.test(written)) return Uint8Array.from(Buffer.from(written, 'hex'));
      context.issues.push({
        code: 'custom',
        message: `what stands here is none; allowed: ${allowed}`,
        input: undefined,
      });
      return z.NEVER;
    });
};

const identifiers = () =>
  z.enum(['stable', 'eui64'], { error: ({ input }) => notAllowed(input, '"stable" or "eui64"') });

const how = strict({
  identifiers: identifiers().optional(),
  temporary: flag().optional(),
  optimistic: flag().optional(),
  secret: secret().optional(),
});

/** The key, as it is written. */
export const autoconf = () =>
  z.union([flag(), how], { error: ({ input }) => notAllowed(input, 'true, false or an object') });

/** The key, as it is used; undefined: the interface does not configure itself. */
export const autoconfOf = (shaped: z.output<ReturnType<typeof autoconf>> | undefined): Autoconf | undefined => {
  if (shaped === undefined || shaped === false) return undefined;
  const given = shaped === true ? {} : shaped;
  return {
    identifiers: given.identifiers ?? autoconfDefaults.identifiers,
    temporary: given.temporary ?? autoconfDefaults.temporary,
    optimistic: given.optimistic ?? autoconfDefaults.optimistic,
    secret: given.secret,
  };
};
