import { type Observable, type SchedulerLike, Subject } from 'rxjs';
import { equalAddress, type IpPrefix, unspecified6 } from '../wire/address.ts';
import { Deadlines } from './deadlines.ts';
import type { Flow } from './spd/flow.ts';
import { Fit, fitOf, matchesAddresses } from './spd/match.ts';
import {
  Direction,
  Policy,
  PolicyAction,
  type PolicyDirection,
  type PolicySpec,
  policyName,
  policyProblem,
  policyWarnings,
  selectorWords,
  writeSelector,
} from './spd/policy.ts';
import { isOf, Verdict } from './spd/verdict.ts';
import type { Change, Watchable } from './store.ts';

export interface SpdOptions {
  /** Most policies. Default 16,384. */
  readonly policies?: number;
  /** Flows whose policy is remembered, a power of two. Default 4,096. */
  readonly flows?: number;
}

export const spdDefaults: Required<SpdOptions> = { policies: 16_384, flows: 4_096 };

/** What holds where no policy does, and what an omitted level means. */
export interface SpdRules {
  readonly in?: 'bypass' | 'discard' | undefined;
  readonly out?: 'bypass' | 'discard' | undefined;
  readonly forward?: 'bypass' | 'discard' | undefined;
  readonly defaultLevel?: 'use' | 'require' | undefined;
}

type Rules = { readonly [Rule in keyof SpdRules]-?: NonNullable<SpdRules[Rule]> };

/** KAME's: everything may pass, and an omitted level is `use`. */
export const spdRuleDefaults: Rules = {
  in: 'bypass',
  out: 'bypass',
  forward: 'bypass',
  defaultLevel: 'use',
};

/** A policy with its place. */
export interface SecurityPolicy extends PolicySpec {
  /** Its number, which no other policy has while it lives. */
  readonly id: number;
  /** Milliseconds on the node's clock. */
  readonly added: number;
}

const anywhere: IpPrefix = { address: unspecified6, length: 0 };

/**
 * The security policies, in order: the first that matches holds (RFC 4301 §4.4.1).
 *
 * A look-up remembers its answer by the flow's addresses, and by protocol and ports if any policy cares for them: a
 * change of policies makes all that is remembered void at once. What is not remembered is sought in a table of words,
 * 5 ns a policy.
 *
 * @example
 * const spd = new Spd({ scheduler, random });
 * spd.add({ direction: 'out', source, destination, action: 'discard' });
 * spd.lookup(Direction.out, flow).policy.action === PolicyAction.discard;
 */
export class Spd implements Watchable<SecurityPolicy> {
  readonly options: Required<SpdOptions>;
  /** False while everything may pass: the one comparison that packets of a node without policies pay. */
  active = false;
  /** Does any policy ask for more than addresses? Otherwise headers need not be read for it. */
  readsUpper = false;
  readonly #scheduler: SchedulerLike;
  readonly #seed: number;
  #rules: Rules = spdRuleDefaults;
  #generation = 1;
  readonly #policies: Policy[] = [];
  readonly #added = new Map<Policy, number>();
  readonly #byRow: (Policy | undefined)[] = [undefined];
  /** No row below is free. */
  #firstFree = 1;
  #deadlines: Deadlines | undefined;
  #words = new Int32Array(0);
  #isCurrent = true;
  #defaults: readonly Policy[] = [];
  readonly #opaque: Policy;
  readonly #verdicts: (Verdict | undefined)[] = [];
  readonly #changes = new Subject<Change<SecurityPolicy>>();
  readonly changes$: Observable<Change<SecurityPolicy>> = this.#changes.asObservable();

  constructor(needs: { readonly scheduler: SchedulerLike; readonly seed: number }, options: SpdOptions = {}) {
    this.options = { ...spdDefaults, ...options };
    this.options = { ...this.options, flows: 2 ** Math.ceil(Math.log2(Math.max(1, this.options.flows))) };
    this.#scheduler = needs.scheduler;
    this.#seed = needs.seed | 0;
    this.#opaque = new OpaquePolicy();
    this.rule({});
  }

  get size(): number {
    return this.#policies.length;
  }

  get rules(): Rules {
    return this.#rules;
  }

  /** Sets what holds where no policy does, and what omitted levels of policies mean that are added from now on. */
  rule(rules: SpdRules): void {
    const before = this.#rules;
    this.#rules = {
      in: rules.in ?? before.in,
      out: rules.out ?? before.out,
      forward: rules.forward ?? before.forward,
      defaultLevel: rules.defaultLevel ?? before.defaultLevel,
    };
    const policyFor = (direction: PolicyDirection): Policy => {
      const spec = { direction, source: anywhere, destination: anywhere, action: this.#rules[direction] };
      return new Policy(0, spec, this.#rules.defaultLevel);
    };
    this.#defaults = [policyFor('in'), policyFor('out'), policyFor('forward')];
    this.#change();
  }

  /**
   * Adds a policy: at the end, or before the one at `place`.
   *
   * @throws RangeError when it is malformed, another selects exactly the same, or there are too many
   */
  add(spec: PolicySpec, place = this.#policies.length): SecurityPolicy {
    const problem = policyProblem(spec);
    if (problem !== undefined) throw new RangeError(`umigame: ${policyName(spec)}: ${problem}`);
    if (this.#same(spec) !== undefined) throw new RangeError(`umigame: ${policyName(spec)} exists already`);
    if (this.size >= this.options.policies) {
      throw new RangeError(`umigame: no more than ${this.options.policies} security policies`);
    }
    return this.#insert(spec, place, 'added');
  }

  /** Puts a policy in the place of the one that selects exactly the same, or at the end: SADB_X_SPDUPDATE. */
  replace(spec: PolicySpec): SecurityPolicy {
    const problem = policyProblem(spec);
    if (problem !== undefined) throw new RangeError(`umigame: ${policyName(spec)}: ${problem}`);
    const before = this.#same(spec);
    if (before === undefined) return this.add(spec);
    const place = this.#policies.indexOf(before);
    this.#forget(before);
    return this.#insert(spec, place, 'updated');
  }

  /** Deletes the policy that selects exactly this; false if there is none. */
  delete(selector: PolicySpec): boolean {
    const policy = this.#same(selector);
    if (policy === undefined) return false;
    this.#remove(policy);
    return true;
  }

  /** Deletes a policy by its number. */
  deleteById(id: number): boolean {
    const policy = this.#byRow[id];
    if (policy === undefined) return false;
    this.#remove(policy);
    return true;
  }

  /** Deletes all; returns how many there were. */
  flush(): number {
    const all = [...this.#policies];
    for (const policy of all) this.#remove(policy);
    return all.length;
  }

  /** In the order in which they are asked. */
  list(): readonly SecurityPolicy[] {
    return this.#policies.map((policy) => this.#describe(policy));
  }

  /** Where policies let packets pass unprotected although they ask for protection. */
  warnings(): readonly string[] {
    return this.#policies.flatMap(({ spec }) => policyWarnings(spec, this.#rules.defaultLevel));
  }

  /**
   * The policy for a flow in a direction: the first that matches, or what holds where none does. When the answer
   * depends on ports that a fragment does not tell, and might ask for more than was found, the action is `opaque`.
   */
  lookup(direction: number, flow: Flow): Verdict {
    const slot = this.#hash(direction, flow) & (this.options.flows - 1);
    let verdict = this.#verdicts[slot];
    if (verdict === undefined) {
      verdict = new Verdict(this.#opaque);
      this.#verdicts[slot] = verdict;
    }
    if (verdict.generation !== this.#generation || !isOf(verdict, direction, flow, this.readsUpper)) {
      this.#settle(verdict, direction, flow);
    }
    verdict.policy.used = true;
    return verdict;
  }

  close(): void {
    this.#deadlines?.close();
    this.#changes.complete();
  }

  #insert(spec: PolicySpec, place: number, type: 'added' | 'updated'): SecurityPolicy {
    const row = this.#freeRow();
    const policy = new Policy(row, spec, this.#rules.defaultLevel);
    this.#byRow[row] = policy;
    this.#policies.splice(place, 0, policy);
    this.#added.set(policy, this.#scheduler.now());
    this.#setDeadline(policy);
    this.#change();
    const value = this.#describe(policy);
    this.#changes.next({ type, value });
    return value;
  }

  #freeRow(): number {
    let row = this.#firstFree;
    while (this.#byRow[row] !== undefined) row += 1;
    this.#firstFree = row + 1;
    return row;
  }

  #remove(policy: Policy): void {
    const value = this.#describe(policy);
    this.#forget(policy);
    this.#change();
    this.#changes.next({ type: 'removed', value });
  }

  #forget(policy: Policy): void {
    this.#policies.splice(this.#policies.indexOf(policy), 1);
    this.#added.delete(policy);
    this.#byRow[policy.row] = undefined;
    this.#firstFree = Math.min(this.#firstFree, policy.row);
    this.#deadlines?.clear(policy.row);
  }

  /** All that is remembered is void. The table is written when the next packet needs it. */
  #change(): void {
    this.#generation += 1;
    this.#isCurrent = false;
    const { in: input, out, forward } = this.#rules;
    this.active = this.size > 0 || input !== 'bypass' || out !== 'bypass' || forward !== 'bypass';
    this.readsUpper = this.#policies.some(({ spec }) => spec.protocol !== undefined || hasPorts(spec));
  }

  #same(spec: PolicySpec): Policy | undefined {
    return this.#policies.find((policy) => selectsSame(policy.spec, spec));
  }

  #describe(policy: Policy): SecurityPolicy {
    return { ...policy.spec, id: policy.row, added: this.#added.get(policy) ?? 0 };
  }

  #setDeadline({ row, spec }: Policy): void {
    const { seconds = Number.POSITIVE_INFINITY, idleSeconds = Number.POSITIVE_INFINITY } = spec.lifetime ?? {};
    const left = Math.min(seconds, idleSeconds);
    if (left === Number.POSITIVE_INFINITY) return;
    this.#deadlines ??= new Deadlines({
      limit: this.options.policies,
      scheduler: this.#scheduler,
      expire: (expired) => this.#expire(expired),
    });
    this.#deadlines.set(row, left * 1_000);
  }

  #expire(row: number): void {
    const policy = this.#byRow[row];
    if (policy === undefined) return;
    const { seconds = Number.POSITIVE_INFINITY, idleSeconds = Number.POSITIVE_INFINITY } = policy.spec.lifetime ?? {};
    const age = this.#scheduler.now() - (this.#added.get(policy) ?? 0);
    const left = seconds * 1_000 - age;
    if (left <= 0 || !policy.used) return this.#remove(policy);
    // Used since it was looked at last: another idle time, unless its age ends it before.
    policy.used = false;
    this.#deadlines?.set(row, Math.min(left, idleSeconds * 1_000));
  }

  #settle(verdict: Verdict, direction: number, flow: Flow): void {
    verdict.generation = this.#generation;
    verdict.direction = direction;
    verdict.family = flow.family;
    verdict.s0 = flow.s0;
    verdict.s1 = flow.s1;
    verdict.s2 = flow.s2;
    verdict.s3 = flow.s3;
    verdict.d0 = flow.d0;
    verdict.d1 = flow.d1;
    verdict.d2 = flow.d2;
    verdict.d3 = flow.d3;
    verdict.protocol = flow.protocol;
    verdict.sourcePort = flow.sourcePort;
    verdict.destinationPort = flow.destinationPort;
    verdict.resolved = 0;
    verdict.policy = this.#search(direction, flow);
  }

  #search(direction: number, flow: Flow): Policy {
    if (!this.#isCurrent) this.#write();
    const words = this.#words;
    const policies = this.#policies;
    const fallback = this.#defaults[direction] as Policy;
    let mayBeStrict = false;
    for (let i = 0, at = 0; i < policies.length; i += 1, at += selectorWords) {
      if (!matchesAddresses(words, at, direction, flow)) continue;
      const policy = policies[i] as Policy;
      const fit = fitOf(words, at, flow);
      if (fit === Fit.no) continue;
      if (fit === Fit.yes) return mayBeStrict && policy.action === PolicyAction.bypass ? this.#opaque : policy;
      if (policy.action !== PolicyAction.bypass) mayBeStrict = true;
    }
    return mayBeStrict && fallback.action === PolicyAction.bypass ? this.#opaque : fallback;
  }

  #write(): void {
    const policies = this.#policies;
    if (this.#words.length < policies.length * selectorWords) {
      this.#words = new Int32Array(2 * policies.length * selectorWords);
    }
    for (const [i, { spec }] of policies.entries()) writeSelector(this.#words, i * selectorWords, spec);
    this.#isCurrent = true;
  }

  #hash(direction: number, flow: Flow): number {
    let hash = this.#seed ^ ((flow.family << 2) | direction);
    hash = mix(hash, flow.s0 ^ Math.imul(flow.s2, 0x27d4eb2d));
    hash = mix(hash, flow.s1);
    hash = mix(hash, flow.s3);
    hash = mix(hash, flow.d0 ^ Math.imul(flow.d2, 0x27d4eb2d));
    hash = mix(hash, flow.d1);
    hash = mix(hash, flow.d3);
    if (this.readsUpper) hash = mix(hash, (flow.protocol << 24) ^ (flow.sourcePort << 16) ^ flow.destinationPort);
    return hash ^ (hash >>> 13);
  }
}

const mix = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};

const hasPorts = (spec: PolicySpec): boolean =>
  (spec.sourcePort ?? spec.destinationPort ?? spec.icmpType ?? spec.icmpCode) !== undefined;

const samePrefix = (a: IpPrefix, b: IpPrefix): boolean => a.length === b.length && equalAddress(a.address, b.address);

const selectsSame = (a: PolicySpec, b: PolicySpec): boolean =>
  a.direction === b.direction &&
  samePrefix(a.source, b.source) &&
  samePrefix(a.destination, b.destination) &&
  a.protocol === b.protocol &&
  String(a.sourcePort) === String(b.sourcePort) &&
  String(a.destinationPort) === String(b.destinationPort) &&
  a.icmpType === b.icmpType &&
  a.icmpCode === b.icmpCode;

/** What is answered when a fragment does not tell what the policies ask for. */
class OpaquePolicy extends Policy {
  override readonly action = PolicyAction.opaque;

  constructor() {
    super(0, { direction: 'out', source: anywhere, destination: anywhere, action: 'discard' }, 'require');
  }
}

export { Direction, PolicyAction };
