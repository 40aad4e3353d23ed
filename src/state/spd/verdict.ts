import type { Association } from '../sadb/association.ts';
import type { Flow } from './flow.ts';
import type { Policy } from './policy.ts';

/** What was found for a flow, and remembered. Belongs to the SPD; good until the next look-up. */
export class Verdict {
  generation = 0;
  direction = 0;
  family = 0;
  s0 = 0;
  s1 = 0;
  s2 = 0;
  s3 = 0;
  d0 = 0;
  d1 = 0;
  d2 = 0;
  d3 = 0;
  protocol = 0;
  sourcePort = 0;
  destinationPort = 0;
  policy: Policy;
  /** The SADB's generation for which the associations of the policy's requests stand here; 0 if they don't. */
  resolved = 0;
  /** By request; undefined where none is to be had. */
  association0: Association | undefined = undefined;
  association1: Association | undefined = undefined;
  association2: Association | undefined = undefined;
  association3: Association | undefined = undefined;

  constructor(policy: Policy) {
    this.policy = policy;
  }
}

/** Was it found for this flow? */
export const isOf = (verdict: Verdict, direction: number, flow: Flow, readsUpper: boolean): boolean =>
  verdict.direction === direction &&
  verdict.family === flow.family &&
  verdict.d3 === flow.d3 &&
  verdict.d2 === flow.d2 &&
  verdict.d1 === flow.d1 &&
  verdict.d0 === flow.d0 &&
  verdict.s3 === flow.s3 &&
  verdict.s2 === flow.s2 &&
  verdict.s1 === flow.s1 &&
  verdict.s0 === flow.s0 &&
  (!readsUpper ||
    (verdict.protocol === flow.protocol &&
      verdict.sourcePort === flow.sourcePort &&
      verdict.destinationPort === flow.destinationPort));
