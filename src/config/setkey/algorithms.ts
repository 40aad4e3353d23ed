/**
 * Algorithms by the names that setkey has for them, KAME's, FreeBSD's and ours.
 *
 * @module
 */

const aead = ['aes-gcm-16', 'aes-gcm-12', 'aes-gcm-8', 'aes-ccm-16', 'aes-ccm-12', 'aes-ccm-8'] as const;

/** Behind `-E`. */
export const encryptionNames: Readonly<Record<string, string>> = {
  ...Object.fromEntries(aead.map((name) => [name, name])),
  'chacha20-poly1305': 'chacha20-poly1305',
  'null-aes-gmac': 'null-aes-gmac',
  null: 'null',
  simple: 'null',
  'aes-cbc': 'aes-cbc',
  'rijndael-cbc': 'aes-cbc',
  'aes-ctr': 'aes-ctr',
  '3des-cbc': '3des-cbc',
};

/** Behind `-A`. SHA-2 has the lengths of RFC 4868; KAME cut it to 96 bits and can't be spoken to with it. */
export const authenticationNames: Readonly<Record<string, string>> = {
  'hmac-sha2-256': 'hmac-sha256-128',
  'hmac-sha256': 'hmac-sha256-128',
  'hmac-sha256-128': 'hmac-sha256-128',
  'hmac-sha2-384': 'hmac-sha384-192',
  'hmac-sha384': 'hmac-sha384-192',
  'hmac-sha384-192': 'hmac-sha384-192',
  'hmac-sha2-512': 'hmac-sha512-256',
  'hmac-sha512': 'hmac-sha512-256',
  'hmac-sha512-256': 'hmac-sha512-256',
  'hmac-sha1': 'hmac-sha1-96',
  'hmac-sha1-96': 'hmac-sha1-96',
  'hmac-md5': 'hmac-md5-96',
  'hmac-md5-96': 'hmac-md5-96',
  'aes-xcbc-mac': 'aes-xcbc-96',
  'aes-xcbc-96': 'aes-xcbc-96',
  'aes-cmac': 'aes-cmac-96',
  'aes-cmac-96': 'aes-cmac-96',
  'aes-gmac': 'aes-gmac',
};

/** KAME knew them; nobody should use them any more (RFC 8221). */
export const forgottenNames: ReadonlySet<string> = new Set([
  ...['des-cbc', 'des-deriv', '3des-deriv', 'des-32iv', 'blowfish-cbc', 'cast128-cbc', 'twofish-cbc', 'skipjack'],
  ...['keyed-md5', 'keyed-sha1', 'hmac-ripemd160', 'ripemd160', 'tcp-md5'],
]);
