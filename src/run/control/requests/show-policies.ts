import { map } from 'rxjs';
import { type PolicyView, policyView } from '../ipsec-views.ts';
import { defineRequest } from '../request.ts';
import { changeView } from '../views.ts';

export interface ShowPolicies {
  /** In the order in which they are asked. */
  readonly policies: readonly PolicyView[];
  /** Where policies may let packets pass in clear. */
  readonly warnings: readonly string[];
}

export const showPolicies = defineRequest({
  name: 'show policies',
  sentence: 'The security policies, in their order.',
  parameters: {},
  answer: ({ node }): ShowPolicies => ({
    policies: node.spd.list().map(policyView),
    warnings: node.spd.warnings(),
  }),
  watch: ({ node }) => node.spd.changes$.pipe(map(changeView(policyView))),
});
