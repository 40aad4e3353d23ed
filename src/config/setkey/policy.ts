import { type IpAddress, parseAddress } from '../../wire/address.ts';
import { show } from '../words.ts';
import type { PolicyConfig, Position, RequestConfig, SecurityProtocolName } from './statement.ts';
import { complain, type Word } from './words.ts';

/** What a policy says of the upper layer. */
export type UpperLayer = Pick<PolicyConfig, 'protocol' | 'icmpType' | 'icmpCode'>;

const directions: Readonly<Record<string, PolicyConfig['direction']>> = { in: 'in', out: 'out', fwd: 'forward' };
const actions: Readonly<Record<string, PolicyConfig['action']>> = {
  discard: 'discard',
  none: 'bypass',
  ipsec: 'protect',
};
const protocols: readonly string[] = ['esp', 'ah', 'ipcomp'];
const levels: readonly string[] = ['default', 'use', 'require'];
/** Of `unique:`: the library's documentation says 32,767, its code 16,383; PF_KEY has 32 bits. */
const mostReqid = 0xffffffff;

/** Reads one rule: `esp/tunnel/fd00::1-fd00::2/require`, `ah/transport//use`, `esp/require`. */
class RuleReader {
  readonly #file: string;
  readonly #word: Word;

  constructor(file: string, word: Word) {
    this.#file = file;
    this.#word = word;
  }

  request(): RequestConfig {
    const parts = this.#word.text.split('/');
    const [protocol = '', second = '', ends, level, ...others] = parts;
    if (!protocols.includes(protocol)) this.#fail(`there is no protection ${show(protocol)}; allowed: esp, ah, ipcomp`);
    if (others.length > 0) this.#fail('it has more than protocol/mode/ends/level');
    const name = protocol as SecurityProtocolName;
    // The short form of later setkeys: transport mode.
    if (second !== 'transport' && second !== 'tunnel') {
      if (parts.length !== 2) this.#fail(`there is no mode ${show(second)}; allowed: transport, tunnel`);
      return { protocol: name, mode: 'transport', ...this.#level(second) };
    }
    return { protocol: name, mode: second, ...this.#ends(ends ?? ''), ...this.#level(level ?? 'default') };
  }

  #ends(text: string): Pick<RequestConfig, 'source' | 'destination'> {
    if (text === '') return {};
    const [source = '', destination = '', ...others] = text.split('-');
    if (others.length > 0 || destination === '') this.#fail(`${show(text)} are not two addresses with a "-" between`);
    return { source: this.#address(source), destination: this.#address(destination) };
  }

  #address(text: string): IpAddress {
    // ipsec-tools writes ports of UDP encapsulation here: those of the association count.
    return parseAddress(text.replace(/\[\d{1,5}\]$/, '')) ?? this.#fail(`${show(text)} is no address`);
  }

  #level(text: string): Pick<RequestConfig, 'level' | 'reqid'> {
    const [, reqid] = /^unique:(\d{1,10})$/.exec(text) ?? [];
    if (reqid !== undefined && Number(reqid) >= 1 && Number(reqid) <= mostReqid) {
      return { level: 'unique', reqid: Number(reqid) };
    }
    if (text === 'unique') this.#fail('unique needs the number of its association: unique:NUMBER, and -u NUMBER there');
    if (!levels.includes(text)) {
      this.#fail(`there is no level ${show(text)}; allowed: default, use, require, unique:1 to unique:${mostReqid}`);
    }
    return { level: text as RequestConfig['level'] };
  }

  #fail(sentence: string): never {
    return complain(this.#file, this.#word.at, sentence);
  }
}

/**
 * Reads what stands behind `-P`: a direction, an action, and rules, innermost first.
 *
 * @param words all up to the `;`
 * @param last where the `-P` is, for what is missing
 * @param isDeleted a policy to be deleted says its direction alone
 */
export const readPolicy = (
  file: string,
  words: readonly Word[],
  last: Position,
  isDeleted: boolean,
): Pick<PolicyConfig, 'direction' | 'action' | 'requests'> => {
  const [first, second, ...rules] = words;
  const direction = first === undefined ? undefined : directions[first.text];
  if (direction === undefined) return complain(file, first?.at ?? last, '-P is followed by in, out or fwd');
  if (isDeleted) {
    if (second !== undefined) complain(file, second.at, 'a policy to be deleted says its direction alone');
    return { direction, action: 'bypass' };
  }
  const action = second === undefined ? undefined : actions[second.text];
  if (second === undefined || action === undefined) {
    return complain(file, second?.at ?? last, 'a policy says discard, none, or ipsec and its rules');
  }
  const [extra] = rules;
  if (action !== 'protect') {
    if (extra !== undefined) complain(file, extra.at, `rules are for ipsec, and this says ${second.text}`);
    return { direction, action };
  }
  if (extra === undefined) complain(file, second.at, 'ipsec is followed by rules, such as esp/transport//require');
  return { direction, action, requests: rules.map((rule) => new RuleReader(file, rule).request()) };
};
