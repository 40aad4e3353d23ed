/**
 * ESP and AH against scapy, both ways: what it encrypts we decrypt, and what we encrypt it decrypts, with every algorithm
 * that both have. No device is opened and no packet leaves the process.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AeadName, CipherName, IntegrityName } from '../../src/crypto/index.ts';
import type { AssociationSpec } from '../../src/state/sadb/spec.ts';
import { addressOf, bytesOf, ipv4, ipv6, payload, udp } from '../../src/testing/index.ts';
import { decrementTimeToLive } from '../../src/wire/ipv4.ts';
import { type Bed, ipsecBed, keyOf, names, sentBytes, site } from '../support/ipsec-bed.ts';
import { prefixFrom } from '../support/testbed.ts';

const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('scapy/ipsec.py', import.meta.url));
const isThere = spawnSync(python, ['-c', 'import scapy.layers.ipsec, cryptography']).status === 0;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A scapy that is asked a question at a time. */
class Scapy {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    this.#child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('scapy has no output');
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(question: object): Promise<Uint8Array> {
    this.#child.stdin?.write(`${JSON.stringify(question)}\n`);
    const { value = '{}' } = (await this.#answers.next()) as { value?: string };
    const { packet, error } = JSON.parse(value) as { packet?: string; error?: string };
    if (packet === undefined) throw new Error(`scapy: ${error}`);
    return Uint8Array.from(Buffer.from(packet, 'hex'));
  }

  end(): void {
    this.#child.stdin?.end();
    this.#child.kill();
  }
}

interface Algorithms {
  readonly encryption?: readonly [ours: AeadName | CipherName, theirs: string, keyLength: number];
  readonly authentication?: readonly [ours: IntegrityName, theirs: string, keyLength: number];
}

const sha256 = ['hmac-sha256-128', 'SHA2-256-128', 32] as const;

const esp: Readonly<Record<string, Algorithms>> = {
  'AES-GCM 128': { encryption: ['aes-gcm-16', 'AES-GCM', 20] },
  'AES-GCM 256': { encryption: ['aes-gcm-16', 'AES-GCM', 36] },
  'AES-CCM 128': { encryption: ['aes-ccm-16', 'AES-CCM', 19] },
  'ChaCha20-Poly1305': { encryption: ['chacha20-poly1305', 'CHACHA20-POLY1305', 36] },
  'AES-CBC 128 and SHA-256': { encryption: ['aes-cbc', 'AES-CBC', 16], authentication: sha256 },
  'AES-CBC 256 and SHA-384': {
    encryption: ['aes-cbc', 'AES-CBC', 32],
    authentication: ['hmac-sha384-192', 'SHA2-384-192', 48],
  },
  'AES-CTR and SHA-512': {
    encryption: ['aes-ctr', 'AES-CTR', 20],
    authentication: ['hmac-sha512-256', 'SHA2-512-256', 64],
  },
  'AES-CBC and SHA-1': { encryption: ['aes-cbc', 'AES-CBC', 16], authentication: ['hmac-sha1-96', 'HMAC-SHA1-96', 20] },
  'NULL and SHA-256': { encryption: ['null', 'NULL', 0], authentication: sha256 },
  'NULL and AES-CMAC': { encryption: ['null', 'NULL', 0], authentication: ['aes-cmac-96', 'AES-CMAC-96', 16] },
};

const ah: Readonly<Record<string, Algorithms>> = {
  'SHA-1': { authentication: ['hmac-sha1-96', 'HMAC-SHA1-96', 20] },
  'SHA-256': { authentication: sha256 },
  'SHA-512': { authentication: ['hmac-sha512-256', 'SHA2-512-256', 64] },
  'AES-CMAC': { authentication: ['aes-cmac-96', 'AES-CMAC-96', 16] },
};

const ourSpec = ({ encryption, authentication }: Algorithms): Partial<AssociationSpec> => ({
  encryption: encryption && { algorithm: encryption[0], key: keyOf(encryption[2]) },
  authentication: authentication && { algorithm: authentication[0], key: keyOf(authentication[2]) },
});

const theirs = ({ encryption, authentication }: Algorithms): object => ({
  ...(encryption && { encryption: encryption[1], encryptionKey: hex(keyOf(encryption[2])) }),
  ...(authentication && { authentication: authentication[1], authenticationKey: hex(keyOf(authentication[2])) }),
});

interface Scene {
  readonly mode: 'transport' | 'tunnel';
  readonly outer: 4 | 6;
  readonly inner: 4 | 6;
  readonly extended?: boolean;
  readonly wrapped?: boolean;
}

const hosts = { 6: ['fd00:a::2', 'fd00:b::2'], 4: ['10.0.1.2', '10.0.2.2'] } as const;
const prefixes = { 6: ['fd00:a::/64', 'fd00:b::/64'], 4: ['10.0.1.0/24', '10.0.2.0/24'] } as const;

/** A gateway that protects what goes from site to site, and one that takes it in again. */
const bedFor = (protocol: 'esp' | 'ah', algorithms: Algorithms, scene: Scene): Bed => {
  const bed = ipsecBed();
  const { mode, outer, inner, extended = false, wrapped = false } = scene;
  const isTunnel = mode === 'tunnel';
  const ends = isTunnel ? [names.left[outer], names.right[outer]] : hosts[inner];
  const [source, destination] = ends.map((text) => addressOf(text as string));
  const [from, to] = prefixes[inner].map(prefixFrom);
  if (source === undefined || destination === undefined || from === undefined || to === undefined) throw new Error();
  const spec: AssociationSpec = {
    protocol,
    spi: 0x1001,
    source,
    destination,
    mode,
    extendedSequenceNumbers: extended,
    ...(wrapped ? { encapsulation: { sourcePort: 4500, destinationPort: 4500 } } : {}),
    ...ourSpec(algorithms),
  };
  const request = { protocol, mode, ...(isTunnel ? { source, destination } : {}), level: 'require' } as const;
  for (const [{ node }, direction] of [
    [bed.left, 'out'],
    [bed.right, 'in'],
  ] as const) {
    node.sadb.add(spec);
    node.spd.add({ direction, source: from, destination: to, action: 'protect', requests: [request] });
    // In transport mode the receiver is the host itself.
    if (!isTunnel && direction === 'in') {
      node.addresses.add({ interfaceIndex: site, address: destination, prefixLength: inner === 6 ? 128 : 32 });
    }
  }
  return bed;
};

const question = (protocol: string, algorithms: Algorithms, scene: Scene): Record<string, unknown> => {
  const { mode, outer, extended = false, wrapped = false } = scene;
  const tunnel = { family: outer, source: names.left[outer], destination: names.right[outer] };
  return {
    protocol,
    spi: 0x1001,
    ...theirs(algorithms),
    ...(mode === 'tunnel' ? { tunnel } : {}),
    ...(extended ? { extended } : {}),
    ...(wrapped ? { udp: [4500, 4500] } : {}),
  };
};

const plain = (inner: 4 | 6, length: number): Uint8Array => {
  const [source, destination] = hosts[inner];
  const head =
    inner === 6 ? ipv6({ source, destination, hopLimit: 64 }) : ipv4({ source, destination, timeToLive: 64 });
  return bytesOf(head, udp({ sourcePort: 4000, destinationPort: 4001 }), payload(length));
};

/** The packet as the sending gateway handed it on, its hop limit one less. */
const forwarded = (packet: Uint8Array): Uint8Array => {
  const copy = packet.slice();
  if ((copy[0] ?? 0) >> 4 === 6) copy[7] = 63;
  else decrementTimeToLive(new DataView(copy.buffer), 0);
  return copy;
};

const tests = (): void => {
  let scapy: Scapy;
  beforeAll(() => {
    scapy = new Scapy();
  });
  afterAll(() => scapy.end());

  const both = async (protocol: 'esp' | 'ah', algorithms: Algorithms, scene: Scene, length: number): Promise<void> => {
    const bed = bedFor(protocol, algorithms, scene);
    const ask = question(protocol, algorithms, scene);
    const packet = plain(scene.inner, length);
    // Ours, decrypted by scapy.
    const [sent, ...others] = bed.left.receive(packet, site);
    expect([sent?.outcome, others.length]).toEqual(['sent', 0]);
    const opened = await scapy.ask({ do: 'decrypt', packet: hex(sentBytes(sent)), ...ask });
    expect(hex(opened)).toBe(hex(forwarded(packet)));
    // Scapy's, decrypted by us.
    const sealed = await scapy.ask({ do: 'encrypt', packet: hex(packet), ...ask });
    const results = bed.right.receive(sealed);
    // In transport mode the packet is for the receiver, where nobody listens.
    const outcome = scene.mode === 'tunnel' ? 'sent' : 'portUnreachable';
    const taken = results.find((result) => result.outcome === outcome);
    expect(results.map((result) => result.outcome)).toContain(outcome);
    const [association] = bed.right.node.sadb.list();
    expect(association).toMatchObject({ packets: 1, badIcv: 0 });
    if (scene.mode === 'tunnel') expect(hex(sentBytes(taken))).toBe(hex(forwarded(packet)));
    else if (protocol === 'esp') expect(hex(sentBytes(taken))).toBe(hex(packet));
    expect([bed.left.leaks, bed.right.leaks]).toEqual([0, 0]);
  };

  const lengths = [0, 1, 13, 1_000];

  describe.each(Object.entries(esp))('ESP with %s', (_, algorithms) => {
    test.each([
      { mode: 'transport', outer: 6, inner: 6 },
      { mode: 'transport', outer: 4, inner: 4 },
      { mode: 'tunnel', outer: 6, inner: 6 },
      { mode: 'tunnel', outer: 4, inner: 4 },
      { mode: 'tunnel', outer: 4, inner: 6 },
      { mode: 'tunnel', outer: 6, inner: 4 },
    ] as const)('$mode mode, IPv$inner in IPv$outer', async (scene) => {
      for (const length of lengths) await both('esp', algorithms, scene, length);
    });
  });

  describe.each(Object.entries(ah))('AH with %s', (_, algorithms) => {
    test.each([
      { mode: 'transport', outer: 6, inner: 6 },
      { mode: 'transport', outer: 4, inner: 4 },
      { mode: 'tunnel', outer: 6, inner: 6 },
      { mode: 'tunnel', outer: 4, inner: 4 },
    ] as const)('$mode mode, IPv$inner', async (scene) => {
      for (const length of [0, 13]) await both('ah', algorithms, scene, length);
    });
  });

  // With a cipher and an integrity algorithm beside it scapy knows no extended sequence numbers.
  const extended = { mode: 'tunnel', outer: 6, inner: 6, extended: true } as const;

  test.each(['AES-GCM 128', 'AES-CCM 128', 'ChaCha20-Poly1305'])('extended sequence numbers, ESP with %s', (name) =>
    both('esp', esp[name] as Algorithms, extended, 100),
  );

  test.each(Object.keys(ah))('extended sequence numbers, AH with %s', (name) =>
    both('ah', ah[name] as Algorithms, extended, 100),
  );

  test.each([
    { mode: 'transport', outer: 4, inner: 4, wrapped: true },
    { mode: 'tunnel', outer: 4, inner: 4, wrapped: true },
    { mode: 'tunnel', outer: 4, inner: 6, wrapped: true },
  ] as const)('ESP in UDP, $mode mode, IPv$inner', async (scene) => {
    await both('esp', esp['AES-GCM 128'] as Algorithms, scene, 100);
  });
};

if (isThere) describe('scapy', tests);
else test('scapy', ({ skip }) => skip('python3-scapy or python3-cryptography is not installed'));
