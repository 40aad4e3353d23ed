import { type Flow, opaque } from './flow.ts';
import { Selector } from './policy.ts';

/** Do direction and addresses match those of the policy whose words begin at `at`? */
export const matchesAddresses = (words: Int32Array, at: number, direction: number, flow: Flow): boolean => {
  const kind = words[at + Selector.kind] as number;
  if (((kind >>> direction) & 1) === 0 || kind >>> 8 !== flow.family) return false;
  const s = at + Selector.source;
  const d = at + Selector.destination;
  return (
    ((flow.d0 & (words[d + 4] as number)) ^ (words[d] as number)) === 0 &&
    ((flow.s0 & (words[s + 4] as number)) ^ (words[s] as number)) === 0 &&
    ((flow.d1 & (words[d + 5] as number)) ^ (words[d + 1] as number)) === 0 &&
    ((flow.d2 & (words[d + 6] as number)) ^ (words[d + 2] as number)) === 0 &&
    ((flow.d3 & (words[d + 7] as number)) ^ (words[d + 3] as number)) === 0 &&
    ((flow.s1 & (words[s + 5] as number)) ^ (words[s + 1] as number)) === 0 &&
    ((flow.s2 & (words[s + 6] as number)) ^ (words[s + 2] as number)) === 0 &&
    ((flow.s3 & (words[s + 7] as number)) ^ (words[s + 3] as number)) === 0
  );
};

/** How well a flow's upper layer fits: a fragment may not tell. */
export const Fit = { no: 0, perhaps: 1, yes: 2 } as const;

/** Does the upper layer match a policy whose addresses do? */
export const fitOf = (words: Int32Array, at: number, flow: Flow): number => {
  const protocol = words[at + Selector.protocol] as number;
  if (protocol !== -1 && protocol !== flow.protocol) return flow.protocol === opaque ? Fit.perhaps : Fit.no;
  const source = portFit(words, at + Selector.sourcePort, flow.sourcePort);
  const destination = portFit(words, at + Selector.destinationPort, flow.destinationPort);
  return Math.min(source, destination);
};

const portFit = (words: Int32Array, at: number, port: number): number => {
  const first = words[at] as number;
  if (first < 0) return Fit.yes;
  if (port === opaque) return Fit.perhaps;
  return port >= first && port <= (words[at + 1] as number) ? Fit.yes : Fit.no;
};
