import {
  address6,
  equalAddress,
  formatPrefix,
  type IpAddress,
  type IpPrefix,
  maskWord,
  parsePrefix,
} from '../wire/address.ts';

/** What is preferred among addresses that begin with a prefix (RFC 6724 §2.1). */
export interface AddressPolicy {
  /** Of IPv6; IPv4 prefixes count as IPv4-mapped ones. */
  readonly prefix: IpPrefix;
  /** For destinations: a higher one is preferred. */
  readonly precedence: number;
  /** Sources and destinations of one label go together. */
  readonly label: number;
}

const policy = (prefix: string, precedence: number, label: number): AddressPolicy => ({
  prefix: parsePrefix(prefix) as IpPrefix,
  precedence,
  label,
});

/** The default policy table of RFC 6724 §2.1. */
export const defaultPolicies: readonly AddressPolicy[] = [
  policy('::1/128', 50, 0),
  policy('::/0', 40, 1),
  policy('::ffff:0:0/96', 35, 4),
  policy('2002::/16', 30, 2),
  policy('2001::/32', 5, 5),
  policy('fc00::/7', 3, 13),
  policy('::/96', 1, 3),
  policy('fec0::/10', 1, 11),
  policy('3ffe::/16', 1, 12),
];

/** As IPv6, in which IPv4 is mapped (RFC 6724 §2.1). */
const mapped = ({ address, length }: IpPrefix): IpPrefix =>
  address.family === 6 ? { address, length } : { address: address6(0, 0, 0xffff, address.w0), length: length + 96 };

/**
 * The policy table of RFC 6724 §2.1, which source selection and the order of destinations ask. The longest prefix that
 * an address begins with counts.
 *
 * @example
 * const policies = new PolicyTable();
 * policies.add({ prefix: parsePrefix('::ffff:0:0/96')!, precedence: 100, label: 4 }); // IPv4 first (RFC 6724 §10.3)
 * policies.find(parseAddress('192.0.2.1')!).precedence; // 100
 */
export class PolicyTable implements Iterable<AddressPolicy> {
  readonly #limit: number;
  /** The longest prefixes first. */
  readonly #policies: AddressPolicy[] = [];

  /** @param options most policies, default 1,024 */
  constructor(policies: Iterable<AddressPolicy> = defaultPolicies, options: { readonly limit?: number } = {}) {
    this.#limit = options.limit ?? 1_024;
    for (const each of policies) this.add(each);
  }

  [Symbol.iterator](): Iterator<AddressPolicy> {
    return this.#policies[Symbol.iterator]();
  }

  /**
   * Adds a policy, in place of one for the same prefix.
   *
   * @throws when the table is full
   */
  add({ prefix, precedence, label }: AddressPolicy): void {
    const entry = { prefix: mapped(prefix), precedence, label };
    this.remove(prefix);
    if (this.#policies.length >= this.#limit) {
      throw new Error(
        `umigame: no more than ${this.#limit} address selection policies, without ${formatPrefix(prefix)}`,
      );
    }
    const at = this.#policies.findIndex((each) => each.prefix.length < entry.prefix.length);
    this.#policies.splice(at < 0 ? this.#policies.length : at, 0, entry);
  }

  remove(prefix: IpPrefix): boolean {
    const { address, length } = mapped(prefix);
    const at = this.#policies.findIndex(
      (each) => each.prefix.length === length && equalAddress(each.prefix.address, address),
    );
    if (at >= 0) this.#policies.splice(at, 1);
    return at >= 0;
  }

  /** The policy for an address; undefined if the table does not know it, whose default one knows all. */
  find(address: IpAddress): AddressPolicy | undefined {
    const { family } = address;
    const w0 = family === 6 ? address.w0 : 0;
    const w1 = family === 6 ? address.w1 : 0;
    const w2 = family === 6 ? address.w2 : 0xffff;
    const w3 = family === 6 ? address.w3 : address.w0;
    for (const each of this.#policies) {
      const { address: to, length } = each.prefix;
      if (((w0 ^ to.w0) & maskWord(length)) !== 0) continue;
      if (((w1 ^ to.w1) & maskWord(length - 32)) !== 0) continue;
      if (((w2 ^ to.w2) & maskWord(length - 64)) !== 0) continue;
      if (((w3 ^ to.w3) & maskWord(length - 96)) === 0) return each;
    }
    return undefined;
  }
}
