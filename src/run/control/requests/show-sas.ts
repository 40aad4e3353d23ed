import { map } from 'rxjs';
import { type AssociationView, associationView } from '../ipsec-views.ts';
import { defineRequest } from '../request.ts';
import { changeView } from '../views.ts';

export interface ShowSas {
  readonly associations: readonly AssociationView[];
}

export const showSas = defineRequest({
  name: 'show sas',
  sentence: 'The security associations, without their keys.',
  parameters: {},
  answer: ({ node }): ShowSas => ({ associations: node.sadb.list().map(associationView) }),
  watch: ({ node }) => node.sadb.changes$.pipe(map(changeView(associationView))),
});
