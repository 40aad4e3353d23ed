import { readFileSync } from 'node:fs';
import { type AssociationConfig, ConfigError, type IpsecConfig, type PolicyConfig } from '../config/index.ts';
import { parseSetkey } from '../config/setkey/parse.ts';
import type { Statement } from '../config/setkey/statement.ts';
import { type Crypto, createCrypto } from '../crypto/index.ts';
import { libcrypto } from '../platform/libcrypto.ts';
import type { Node } from '../state/node.ts';
import type { SecurityAssociation } from '../state/sadb/association.ts';
import { type AssociationKey, type AssociationSpec, associationName } from '../state/sadb/spec.ts';
import { type PolicySpec, policyName, policyProblem, policyWarnings } from '../state/spd/policy.ts';
import type { SecurityPolicy } from '../state/spd.ts';
import { formatAddress, formatPrefix } from '../wire/address.ts';

type IpsecNode = Pick<Node, 'sadb' | 'spd'>;

/** Who encrypts for a router: libcrypto where it can be called, unless the configuration says otherwise. */
export const configuredCrypto = (config: IpsecConfig | undefined): Crypto =>
  createCrypto({ libcrypto: libcrypto(), legacy: config?.legacy, provider: config?.provider });

/** What a command of setkey shows. */
export interface SetkeyOutput {
  readonly associations?: readonly SecurityAssociation[];
  readonly policies?: readonly SecurityPolicy[];
}

export interface SetkeyResult {
  /** Of `get`, `dump` and `spddump`, in their order. */
  readonly outputs: readonly SetkeyOutput[];
  readonly warnings: readonly string[];
}

/** Names of algorithms are checked by the SADB; the configuration knows them as text. */
const asSpec = (association: AssociationConfig): AssociationSpec => association as AssociationSpec;

const associationText = ({ protocol, spi, destination }: AssociationKey): string =>
  `${protocol} ${spi} ${formatAddress(destination)}`;

const selectorText = (policy: PolicyConfig): string => {
  const { direction, source, destination, protocol, sourcePort, destinationPort, icmpType, icmpCode } = policy;
  const upper = [protocol, sourcePort, destinationPort, icmpType, icmpCode].map(String).join(' ');
  return `${direction} ${formatPrefix(source)} ${formatPrefix(destination)} ${upper}`;
};

/**
 * What the databases would hold after each statement, as far as it decides whether the next can be carried out. So all
 * is tried before anything is done.
 */
class Rehearsal {
  readonly #node: IpsecNode;
  readonly #associations: Map<string, AssociationKey & Pick<AssociationSpec, 'source'>>;
  readonly #policies: Set<string>;

  constructor(node: IpsecNode) {
    this.#node = node;
    this.#associations = new Map(node.sadb.list().map((each) => [associationText(each), each]));
    this.#policies = new Set(node.spd.list().map(selectorText));
  }

  /** What is wrong with the statement; undefined if nothing is. */
  problemOf(statement: Statement): string | undefined {
    switch (statement.command) {
      case 'add':
        return this.#add(statement.association);
      case 'get':
      case 'delete': {
        const text = associationText(statement.key);
        if (!this.#associations.has(text)) return `there is no ${associationName(statement.key)}`;
        if (statement.command === 'delete') this.#associations.delete(text);
        return undefined;
      }
      case 'deleteall': {
        const { protocol, source, destination } = statement;
        this.#forget(
          (each) =>
            each.protocol === protocol &&
            formatAddress(each.source) === formatAddress(source) &&
            formatAddress(each.destination) === formatAddress(destination),
        );
        return undefined;
      }
      case 'flush':
        this.#forget(({ protocol }) => statement.protocol === undefined || protocol === statement.protocol);
        return undefined;
      case 'spdadd':
      case 'spdupdate':
        return this.#addPolicy(statement.policy, statement.command === 'spdupdate');
      case 'spddelete':
        if (this.#policies.delete(selectorText(statement.policy))) return undefined;
        return `there is no ${policyName(statement.policy).replace(/^the /, '')}`;
      case 'spdflush':
        this.#policies.clear();
        return undefined;
      default:
        return undefined;
    }
  }

  #add(association: AssociationConfig): string | undefined {
    const { sadb } = this.#node;
    const problem = sadb.problemOf(asSpec(association));
    if (problem !== undefined) return problem;
    const text = associationText(association);
    const known = this.#associations.get(text);
    const isLarval = known !== undefined && 'state' in known && known.state === 'larval';
    if (known !== undefined && !isLarval) return `${associationName(association)} exists already`;
    const { associations: limit } = sadb.options;
    if (!isLarval && this.#associations.size >= limit) return `no more than ${limit} security associations`;
    this.#associations.set(text, association);
    return undefined;
  }

  #addPolicy(policy: PolicyConfig, replaces: boolean): string | undefined {
    const problem = policyProblem(policy);
    if (problem !== undefined) return `${policyName(policy)}: ${problem}`;
    const text = selectorText(policy);
    if (this.#policies.has(text)) return replaces ? undefined : `${policyName(policy)} exists already`;
    const { policies: limit } = this.#node.spd.options;
    if (this.#policies.size >= limit) return `no more than ${limit} security policies`;
    this.#policies.add(text);
    return undefined;
  }

  #forget(isMeant: (each: AssociationKey & Pick<AssociationSpec, 'source'>) => boolean): void {
    for (const [text, each] of this.#associations) if (isMeant(each)) this.#associations.delete(text);
  }
}

/** Carries a statement out. What it shows, if it shows something. */
const carryOut = ({ sadb, spd }: IpsecNode, statement: Statement): SetkeyOutput | undefined => {
  switch (statement.command) {
    case 'add':
      sadb.add(asSpec(statement.association));
      return undefined;
    case 'get': {
      const found = sadb.get(statement.key);
      return { associations: found === undefined ? [] : [found] };
    }
    case 'delete':
      sadb.delete(statement.key);
      return undefined;
    case 'deleteall':
      sadb.deleteBetween(statement.protocol, statement.source, statement.destination);
      return undefined;
    case 'flush':
      sadb.flush(statement.protocol);
      return undefined;
    case 'dump': {
      const { protocol } = statement;
      return { associations: sadb.list().filter((each) => protocol === undefined || each.protocol === protocol) };
    }
    case 'spdadd':
      spd.add(statement.policy as PolicySpec);
      return undefined;
    case 'spdupdate':
      spd.replace(statement.policy as PolicySpec);
      return undefined;
    case 'spddelete':
      spd.delete(statement.policy as PolicySpec);
      return undefined;
    case 'spdflush':
      spd.flush();
      return undefined;
    case 'spddump':
      return { policies: spd.list() };
    default:
      return undefined;
  }
};

/**
 * Carries setkey's commands out, all or none.
 *
 * @param file what errors call the place they came from
 * @throws ConfigError with line and column of the first that can't be carried out; nothing has changed then
 *
 * @example
 * runSetkey(node, parseSetkey('spdflush; spddump;')).outputs[0]?.policies; // []
 */
export const runSetkey = (node: IpsecNode, statements: readonly Statement[], file = 'setkey'): SetkeyResult => {
  const rehearsal = new Rehearsal(node);
  for (const statement of statements) {
    const problem = rehearsal.problemOf(statement);
    if (problem === undefined) continue;
    const { line, column } = statement.at;
    throw new ConfigError(file, [{ path: `line ${line}, column ${column}`, sentence: problem }]);
  }
  const outputs = statements.flatMap((statement) => carryOut(node, statement) ?? []);
  const { defaultLevel } = node.spd.rules;
  const warnings = statements.flatMap((statement) =>
    statement.command === 'spdadd' || statement.command === 'spdupdate'
      ? policyWarnings(statement.policy as PolicySpec, defaultLevel)
      : [],
  );
  return { outputs, warnings };
};

const readSetkey = (path: string): readonly Statement[] => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new ConfigError(path, [{ path: '', sentence: `the file of setkey can't be read (${code})` }]);
  }
  return parseSetkey(text, path);
};

/**
 * Fills a node's databases from a configuration: rules, setkey's file, then associations and policies.
 *
 * @returns warnings: policies that may let packets pass in clear
 * @throws ConfigError or RangeError with a sentence
 */
export const setUpIpsec = (node: IpsecNode, config: IpsecConfig | undefined): readonly string[] => {
  if (config === undefined) return [];
  const { setkey, sas = [], policies = [], defaults = {}, defaultLevel } = config;
  node.spd.rule({ ...defaults, defaultLevel });
  if (setkey !== undefined) runSetkey(node, readSetkey(setkey), setkey);
  for (const association of sas) node.sadb.add(asSpec(association));
  for (const policy of policies) node.spd.add(policy);
  return node.spd.warnings();
};
