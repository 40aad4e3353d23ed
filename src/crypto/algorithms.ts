/**
 * The algorithms of IPsec (RFC 8221) as data.
 *
 * Lengths are in bytes. Keys are given with their salt or nonce at the end, as IKE derives them and as `setkey` and
 * `ip xfrm` take them: AES-128-GCM is given 20 bytes.
 *
 * @module
 */

/** What an initialization vector must be: never the same twice under one key, or not to be guessed beforehand. */
export type IvKind = 'none' | 'unique' | 'unpredictable';

interface Common {
  /** The document that says how IPsec uses it. */
  readonly rfc: string;
  /** Key lengths that are allowed, without the salt. */
  readonly keyLengths: readonly number[];
  /** Broken or too weak: used only where `legacy: true` is said. */
  readonly legacy: boolean;
}

interface WithIv extends Common {
  /** Bytes at the end of the key that become the head of each nonce. */
  readonly saltLength: number;
  /** Bytes that travel in each packet. */
  readonly ivLength: number;
  readonly iv: IvKind;
  /** What is encrypted must be a multiple of it; ESP pads to it, and to 4. */
  readonly blockSize: number;
}

/** Encrypts and authenticates at once, or, with `encrypts: false`, authenticates what ESP carries in clear. */
export interface AeadAlgorithm extends WithIv {
  readonly kind: 'aead';
  readonly name: AeadName;
  readonly icvLength: number;
  readonly encrypts: boolean;
}

/** Encrypts only. Never without an integrity algorithm beside it (RFC 8221 §4). */
export interface CipherAlgorithm extends WithIv {
  readonly kind: 'cipher';
  readonly name: CipherName;
}

/** Authenticates only: for AH, and for ESP beside a cipher. */
export interface IntegrityAlgorithm extends Common {
  readonly kind: 'integrity';
  readonly name: IntegrityName;
  readonly saltLength: number;
  /** Bytes at the head of the ICV field that are an IV of the sender's: 8 for AES-GMAC (RFC 4543 §4), else 0. */
  readonly ivLength: number;
  /** Length of the ICV field, with the IV if there is one in it. */
  readonly icvLength: number;
}

export type Algorithm = AeadAlgorithm | CipherAlgorithm | IntegrityAlgorithm;

const aesKeys = [16, 24, 32] as const;

const gcm = (icvLength: number) =>
  ({
    kind: 'aead',
    rfc: 'RFC 4106',
    keyLengths: aesKeys,
    saltLength: 4,
    ivLength: 8,
    iv: 'unique',
    blockSize: 1,
    icvLength,
    encrypts: true,
    legacy: false,
  }) as const;

const ccm = (icvLength: number) => ({ ...gcm(icvLength), rfc: 'RFC 4309', saltLength: 3 }) as const;

const hmac = (rfc: string, keyLength: number, icvLength: number) =>
  ({
    kind: 'integrity',
    rfc,
    keyLengths: [keyLength],
    saltLength: 0,
    ivLength: 0,
    icvLength,
    legacy: false,
  }) as const;

const aeads = {
  'aes-gcm-16': gcm(16),
  'aes-gcm-12': gcm(12),
  'aes-gcm-8': gcm(8),
  'aes-ccm-16': ccm(16),
  'aes-ccm-12': ccm(12),
  'aes-ccm-8': ccm(8),
  'chacha20-poly1305': { ...gcm(16), rfc: 'RFC 7634', keyLengths: [32] },
  'null-aes-gmac': { ...gcm(16), rfc: 'RFC 4543', encrypts: false },
} as const;

const ciphers = {
  null: {
    kind: 'cipher',
    rfc: 'RFC 2410',
    keyLengths: [0],
    saltLength: 0,
    ivLength: 0,
    iv: 'none',
    blockSize: 1,
    legacy: false,
  },
  'aes-cbc': {
    kind: 'cipher',
    rfc: 'RFC 3602',
    keyLengths: aesKeys,
    saltLength: 0,
    ivLength: 16,
    iv: 'unpredictable',
    blockSize: 16,
    legacy: false,
  },
  'aes-ctr': {
    kind: 'cipher',
    rfc: 'RFC 3686',
    keyLengths: aesKeys,
    saltLength: 4,
    ivLength: 8,
    iv: 'unique',
    blockSize: 1,
    legacy: false,
  },
  '3des-cbc': {
    kind: 'cipher',
    rfc: 'RFC 2451',
    keyLengths: [24],
    saltLength: 0,
    ivLength: 8,
    iv: 'unpredictable',
    blockSize: 8,
    legacy: true,
  },
} as const;

const integrities = {
  'hmac-sha256-128': hmac('RFC 4868', 32, 16),
  'hmac-sha384-192': hmac('RFC 4868', 48, 24),
  'hmac-sha512-256': hmac('RFC 4868', 64, 32),
  'hmac-sha1-96': hmac('RFC 2404', 20, 12),
  'hmac-md5-96': { ...hmac('RFC 2403', 16, 12), legacy: true },
  'aes-xcbc-96': hmac('RFC 3566', 16, 12),
  'aes-cmac-96': hmac('RFC 4494', 16, 12),
  'aes-gmac': { ...hmac('RFC 4543', 0, 24), keyLengths: aesKeys, saltLength: 4, ivLength: 8 },
} as const;

export type AeadName = keyof typeof aeads;
export type CipherName = keyof typeof ciphers;
export type IntegrityName = keyof typeof integrities;
export type AlgorithmName = AeadName | CipherName | IntegrityName;

const named = <Name extends string, Rest extends object>(table: Readonly<Record<Name, Rest>>) =>
  Object.fromEntries(
    Object.entries<Rest>(table).map(([name, rest]) => [name, Object.freeze({ name, ...rest })]),
  ) as Readonly<Record<Name, Rest & { readonly name: Name }>>;

/** By name: `aeadAlgorithms['aes-gcm-16'].icvLength` is 16. */
export const aeadAlgorithms: Readonly<Record<AeadName, AeadAlgorithm>> = named<AeadName, Omit<AeadAlgorithm, 'name'>>(
  aeads,
);
/** By name: `cipherAlgorithms['aes-cbc'].blockSize` is 16. */
export const cipherAlgorithms: Readonly<Record<CipherName, CipherAlgorithm>> = named<
  CipherName,
  Omit<CipherAlgorithm, 'name'>
>(ciphers);
/** By name: `integrityAlgorithms['hmac-sha256-128'].icvLength` is 16. */
export const integrityAlgorithms: Readonly<Record<IntegrityName, IntegrityAlgorithm>> = named<
  IntegrityName,
  Omit<IntegrityAlgorithm, 'name'>
>(integrities);

/** All of them. */
export const algorithms: readonly Algorithm[] = [
  ...Object.values(aeadAlgorithms),
  ...Object.values(cipherAlgorithms),
  ...Object.values(integrityAlgorithms),
];
