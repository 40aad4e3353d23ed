import type { PolicyView } from '../../run/control/ipsec-views.ts';
import type { ShowPolicies } from '../../run/control/requests/show-policies.ts';
import type { ChangeView } from '../../run/control/views.ts';
import { oneAnswer, type Subject } from './subject.ts';

const request = 'show policies';

const actions: Readonly<Record<string, string>> = { bypass: 'none', discard: 'discard', protect: 'ipsec' };
const icmp: ReadonlySet<number | undefined> = new Set([1, 58]);

/** A policy as the command of setkey that adds it. Port ranges, which setkey does not have, are written with a dash. */
export const policyLine = (entry: PolicyView): string => {
  const { source, destination, protocol, sourcePort, destinationPort, icmpType, icmpCode, requests } = entry;
  const port = (text: string | undefined): string => (text === undefined ? '' : `[${text}]`);
  const type = icmp.has(protocol) && icmpType !== undefined ? ` ${icmpType}` : '';
  const code = type !== '' && icmpCode !== undefined ? `,${icmpCode}` : '';
  const direction = entry.direction === 'forward' ? 'fwd' : entry.direction;
  const words = [
    `spdadd ${source}${port(sourcePort)} ${destination}${port(destinationPort)} ${protocol ?? 'any'}${type}${code}`,
    `-P ${direction} ${actions[entry.action] ?? entry.action}`,
    ...requests,
  ];
  return `${words.join(' ')};`;
};

export const policies: Subject = {
  name: 'policies',
  sentence: 'the security policies, in the order in which they are asked',
  request,
  parameters: () => ({}),
  answers: oneAnswer(request),
  draw: (answer) => {
    const { policies: entries, warnings } = answer as ShowPolicies;
    return [...entries.map(policyLine), ...warnings.map((warning) => `# ${warning}`)].join('\n');
  },
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<PolicyView>;
    return `${type} ${policyLine(value)}`;
  },
  redraws: false,
};
