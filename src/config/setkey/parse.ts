import { addressBits, type IpAddress, type IpPrefix, parseAddress, prefixOf } from '../../wire/address.ts';
import { Protocol } from '../../wire/protocols.ts';
import { suggest } from '../words.ts';
import { authenticationNames, encryptionNames, forgottenNames } from './algorithms.ts';
import { readPolicy, type UpperLayer } from './policy.ts';
import type {
  AssociationConfig,
  KeyedAlgorithm,
  PolicyConfig,
  Position,
  SecurityProtocolName,
  Statement,
  StatementContent,
} from './statement.ts';
import { complain, named, type Word, wordsOf } from './words.ts';

const commands = [
  ...['add', 'get', 'delete', 'deleteall', 'flush', 'dump'],
  ...['spdadd', 'spdupdate', 'spddelete', 'spdflush', 'spddump'],
];

const protocols: Readonly<Record<string, SecurityProtocolName>> = {
  esp: 'esp',
  'esp-udp': 'esp',
  ah: 'ah',
  ipcomp: 'ipcomp',
};

/** Names of upper layers that people write. */
const upperNames: Readonly<Record<string, number>> = {
  icmp: Protocol.icmp,
  ip4: Protocol.ipv4,
  ipencap: Protocol.ipv4,
  tcp: Protocol.tcp,
  udp: Protocol.udp,
  dccp: Protocol.dccp,
  ipv6: Protocol.ipv6,
  gre: Protocol.gre,
  esp: Protocol.esp,
  ah: Protocol.ah,
  icmp6: Protocol.icmpv6,
  'ipv6-icmp': Protocol.icmpv6,
  ipcomp: Protocol.ipcomp,
  sctp: Protocol.sctp,
  mh: Protocol.mobility,
  'udp-lite': Protocol.udpLite,
};

/** An address, and what stood behind it. */
interface Range {
  readonly prefix: IpPrefix;
  readonly port: number | undefined;
}

/** Bytes of a replay window's bitmap, as `-r` counts; a window has eight packets a byte. */
const longestBitmap = 512;

/** Half of what an association says, while it is read. */
type Draft = { -readonly [Key in keyof AssociationConfig]?: AssociationConfig[Key] } & {
  hardSeconds?: number;
  softSeconds?: number;
  hardBytes?: number;
  softBytes?: number;
};

class Reader {
  readonly #file: string;
  readonly #words: readonly Word[];
  #next = 0;
  #last: Position = { line: 1, column: 1 };

  constructor(text: string, file: string) {
    this.#file = file;
    this.#words = wordsOf(text, file);
  }

  statements(): Statement[] {
    const statements: Statement[] = [];
    while (this.#next < this.#words.length) {
      const { at } = this.#words[this.#next] as Word;
      statements.push({ ...this.#statement(), at });
    }
    return statements;
  }

  #statement(): StatementContent {
    const command = this.#take('a command');
    switch (command.text) {
      case 'add':
        return { command: 'add', association: this.#association() };
      case 'get':
      case 'delete':
        return { command: command.text, key: this.#key() };
      case 'deleteall':
        return this.#deleteAll();
      case 'flush':
      case 'dump': {
        const protocol = this.#isAtEnd() ? undefined : this.#protocol().protocol;
        this.#end();
        return { command: command.text, protocol };
      }
      case 'spdadd':
      case 'spdupdate':
      case 'spddelete':
        return { command: command.text, policy: this.#policy(command.text === 'spddelete') };
      case 'spdflush':
      case 'spddump':
        this.#end();
        return { command: command.text };
      default:
        return this.#fail(
          command,
          `there is no command ${named(command)}${suggest(command.text, commands)}; allowed: ${commands.join(', ')}`,
        );
    }
  }

  #association(): AssociationConfig {
    const family = this.#flags();
    const source = this.#endpoint(family);
    const destination = this.#endpoint(family);
    const at = this.#peek();
    const { protocol, isUdp } = this.#protocol();
    const spi = this.#number('an SPI, decimal or with 0x', 0xffffffff);
    const draft: Draft = { cyclic: true, replayWindow: 0 };
    while (!this.#isAtEnd()) this.#extension(draft, protocol);
    this.#end();
    if (source.port !== undefined && !isUdp) this.#fail(at, 'ports of an association are for esp-udp');
    const { hardSeconds, softSeconds, hardBytes, softBytes, ...rest } = draft;
    const soft = { seconds: softSeconds, bytes: softBytes };
    const hard = { seconds: hardSeconds, bytes: hardBytes };
    const encapsulation = { sourcePort: source.port ?? 4500, destinationPort: destination.port ?? 4500 };
    return {
      protocol,
      spi,
      source: source.prefix.address,
      destination: destination.prefix.address,
      ...rest,
      soft,
      hard,
      ...(isUdp ? { encapsulation } : {}),
    };
  }

  #extension(draft: Draft, protocol: SecurityProtocolName): void {
    const word = this.#take('an option of the association');
    switch (word.text) {
      case '-m':
        draft.mode = this.#choice('a mode', ['transport', 'tunnel', 'any'] as const);
        return;
      case '-r': {
        const bytes = this.#number('bytes of a replay window', longestBitmap);
        draft.replayWindow = bytes * 8;
        return;
      }
      case '-u':
        draft.reqid = this.#number('a reqid', 0xffffffff);
        return;
      case '-f':
        this.#flag(draft);
        return;
      case '-esn':
        draft.extendedSequenceNumbers = true;
        return;
      case '-lh':
        draft.hardSeconds = this.#number('seconds', 0xffffffff);
        return;
      case '-ls':
        draft.softSeconds = this.#number('seconds', 0xffffffff);
        return;
      case '-bh':
        draft.hardBytes = this.#number('bytes', Number.MAX_SAFE_INTEGER);
        return;
      case '-bs':
        draft.softBytes = this.#number('bytes', Number.MAX_SAFE_INTEGER);
        return;
      case '-E':
        draft.encryption = this.#keyed(encryptionNames);
        return;
      case '-A':
        draft.authentication = this.#keyed(authenticationNames);
        return;
      case '-C':
        this.#choice('a compression algorithm', ['deflate'] as const);
        if (protocol !== 'ipcomp') this.#fail(word, '-C is for ipcomp');
        if (this.#peek()?.text === '-R') this.#take('-R');
        return;
      default:
        this.#fail(
          word,
          `there is no option ${named(word)}; allowed: -m, -r, -u, -f, -esn, -lh, -ls, -bh, -bs, -E, -A, -C`,
        );
    }
  }

  /** How KAME's padding is filled is no business of the receiver's: all are taken, and RFC 4303's is sent. */
  #flag(draft: Draft): void {
    const flag = this.#choice('a flag', ['nocyclic-seq', 'zero-pad', 'random-pad', 'seq-pad'] as const);
    if (flag === 'nocyclic-seq') draft.cyclic = false;
  }

  #keyed(names: Readonly<Record<string, string>>): KeyedAlgorithm {
    const word = this.#take('an algorithm');
    if (forgottenNames.has(word.text)) {
      this.#fail(word, `${word.text} is too weak to be used (RFC 8221): choose another algorithm`);
    }
    const algorithm = Object.hasOwn(names, word.text) ? names[word.text] : undefined;
    if (algorithm === undefined) {
      return this.#fail(
        word,
        `there is no algorithm ${named(word)} here${suggest(word.text, Object.keys(names))}; allowed: ${Object.keys(names).join(', ')}`,
      );
    }
    const isKeyless = algorithm === 'null' && (this.#isAtEnd() || this.#peek()?.text.startsWith('-') === true);
    return { algorithm, key: isKeyless ? new Uint8Array(0) : this.#secret() };
  }

  /** A key: its text is in no complaint. */
  #secret(): Uint8Array {
    const word = this.#take('a key in double quotes or in hexadecimal digits behind 0x');
    if (word.quoted) return Uint8Array.from(Buffer.from(word.text, 'latin1'));
    const digits = /^0x((?:[0-9a-fA-F]{2})+)$/.exec(word.text)?.[1];
    if (digits === undefined) {
      return this.#fail(word, 'a key is text in double quotes, or pairs of hexadecimal digits behind 0x');
    }
    return Uint8Array.from(Buffer.from(digits, 'hex'));
  }

  #key(): Pick<AssociationConfig, 'protocol' | 'spi' | 'source' | 'destination'> {
    const family = this.#flags();
    const source = this.#endpoint(family).prefix.address;
    const destination = this.#endpoint(family).prefix.address;
    const { protocol } = this.#protocol();
    const spi = this.#number('an SPI, decimal or with 0x', 0xffffffff);
    this.#end();
    return { protocol, spi, source, destination };
  }

  #deleteAll(): StatementContent {
    const family = this.#flags();
    const source = this.#endpoint(family).prefix.address;
    const destination = this.#endpoint(family).prefix.address;
    const { protocol } = this.#protocol();
    this.#end();
    return { command: 'deleteall', protocol, source, destination };
  }

  #policy(isDeleted: boolean): PolicyConfig {
    const family = this.#flags();
    if (this.#peek()?.text === 'tagged') {
      this.#fail(this.#peek(), 'tags are those of a packet filter, and there is none here');
    }
    const source = this.#range(family);
    const destination = this.#range(family);
    const upper = this.#upper();
    const dash = this.#take('-P');
    if (dash.text !== '-P') this.#fail(dash, `${named(dash)} where -P should be`);
    const words: Word[] = [];
    while (!this.#isAtEnd()) words.push(this.#take('a policy'));
    this.#end();
    const policy = readPolicy(this.#file, words, this.#last, isDeleted);
    return {
      ...policy,
      source: source.prefix,
      destination: destination.prefix,
      ...upper,
      ...(source.port === undefined ? {} : { sourcePort: source.port }),
      ...(destination.port === undefined ? {} : { destinationPort: destination.port }),
    };
  }

  #upper(): UpperLayer {
    const word = this.#take('an upper layer');
    if (word.text === 'any') return {};
    const known = Object.hasOwn(upperNames, word.text) ? upperNames[word.text] : undefined;
    const protocol = known ?? (/^\d{1,3}$/.test(word.text) ? Number(word.text) : 256);
    if (protocol > 255) {
      const names = Object.keys(upperNames);
      return this.#fail(
        word,
        `there is no upper layer ${named(word)}${suggest(word.text, names)}; allowed: any, 0 to 255, ${names.join(', ')}`,
      );
    }
    const next = this.#peek();
    const [, type, code] = /^(\d{1,3})(?:,(\d{1,3}))?$/.exec(next?.text ?? '') ?? [];
    if (type === undefined) return { protocol };
    this.#take('an ICMP type');
    return { protocol, icmpType: Number(type), ...(code === undefined ? {} : { icmpCode: Number(code) }) };
  }

  /** `-46n`: which addresses are meant. There are no names here, so `n` asks for nothing. */
  #flags(): 4 | 6 | undefined {
    const word = this.#peek();
    if (word === undefined || !/^-[46n]+$/.test(word.text)) return undefined;
    this.#take('flags');
    const [four, six] = [word.text.includes('4'), word.text.includes('6')];
    if (four && six) return undefined;
    return four ? 4 : six ? 6 : undefined;
  }

  /** An address without a prefix length, perhaps with a port. */
  #endpoint(family: 4 | 6 | undefined): Range {
    const word = this.#peek();
    const range = this.#range(family);
    if (word?.text.includes('/') === true) this.#fail(word, 'an association has addresses, not prefixes');
    return range;
  }

  #range(family: 4 | 6 | undefined): Range {
    const word = this.#take('an address');
    const [, text = '', length, port] = /^([^/[\]]+)(?:\/(\d{1,3}))?(?:\[(any|\d{1,5})\])?$/.exec(word.text) ?? [];
    const address: IpAddress | undefined = parseAddress(text);
    if (address === undefined) {
      return this.#fail(word, `${named(word)} is no address; allowed: one such as fd00:a::1, 10.0.0.0/8 or ::/0[53]`);
    }
    if (family !== undefined && address.family !== family) {
      this.#fail(word, `${named(word)} is an IPv${address.family} address, and -${family} stands before it`);
    }
    const bits = addressBits(address);
    if (Number(length ?? 0) > bits) this.#fail(word, `${named(word)} has a length of more than ${bits}`);
    if (Number(port === 'any' ? 0 : (port ?? 0)) > 65_535) this.#fail(word, `${named(word)} has no such port`);
    return {
      prefix: prefixOf(address, Number(length ?? bits)),
      port: port === undefined || port === 'any' ? undefined : Number(port),
    };
  }

  #protocol(): { readonly protocol: SecurityProtocolName; readonly isUdp: boolean } {
    const word = this.#take('a protocol');
    if (word.text === 'esp-old' || word.text === 'ah-old') {
      this.#fail(word, `${word.text} is that of RFC 1826 and 1827, which nobody speaks any more; allowed: esp, ah`);
    }
    const protocol = Object.hasOwn(protocols, word.text) ? protocols[word.text] : undefined;
    if (protocol === undefined) {
      return this.#fail(word, `there is no protocol ${named(word)}; allowed: esp, esp-udp, ah, ipcomp`);
    }
    return { protocol, isUdp: word.text === 'esp-udp' };
  }

  #number(what: string, most: number): number {
    const word = this.#take(what);
    const value = /^(?:0x[0-9a-fA-F]{1,13}|\d{1,16})$/.test(word.text) ? Number(word.text) : Number.NaN;
    if (value <= most) return value;
    return this.#fail(word, `${named(word)} is not ${what}; allowed: 0 to ${most}`);
  }

  #choice<Choice extends string>(what: string, choices: readonly Choice[]): Choice {
    const word = this.#take(what);
    const found = choices.find((choice) => choice === word.text);
    if (found !== undefined) return found;
    return this.#fail(word, `${named(word)} is not ${what}; allowed: ${choices.join(', ')}`);
  }

  #peek(): Word | undefined {
    return this.#words[this.#next];
  }

  #isAtEnd(): boolean {
    const word = this.#peek();
    return word === undefined || (word.text === ';' && !word.quoted);
  }

  #take(what: string): Word {
    const word = this.#peek();
    if (word === undefined) return complain(this.#file, this.#last, `the file ends where ${what} should be`);
    this.#last = word.at;
    if (word.text === ';' && !word.quoted) return this.#fail(word, `";" where ${what} should be`);
    this.#next += 1;
    return word;
  }

  #end(): void {
    const word = this.#peek();
    if (word === undefined) return complain(this.#file, this.#last, 'the file ends where ";" should be');
    if (word.text !== ';' || word.quoted) this.#fail(word, 'there is more than the command takes: ";" should be here');
    this.#last = word.at;
    this.#next += 1;
  }

  #fail(word: Word | undefined, sentence: string): never {
    return complain(this.#file, word?.at ?? this.#last, sentence);
  }
}

/**
 * Parses commands of KAME's setkey, all or nothing.
 *
 * Beside KAME's grammar: `spdupdate`, `-P fwd`, `esp-udp` with ports as ipsec-tools has them, `-esn`, `-bh`, `-bs`, and
 * the algorithms of today. Names of hosts are not looked up, packet filter tags unknown, and ESP and AH are those of
 * today. Keys are in no message.
 *
 * @param file what errors call the place it came from
 * @throws ConfigError with line and column
 *
 * @example
 * const statements = parseSetkey('spdadd fd00:a::/64 fd00:b::/64 any -P out discard;');
 * statements[0]?.command; // 'spdadd'
 */
export const parseSetkey = (text: string, file = 'setkey'): readonly Statement[] => new Reader(text, file).statements();
