import type { LearnedView } from '../../run/control/discovery-views.ts';
import type { ShowLearned } from '../../run/control/requests/show-learned.ts';
import type { ChangeView } from '../../run/control/views.ts';
import { columns } from '../page.ts';
import { lifetime } from './lifetimes.ts';
import { interfaceParameter, oneAnswer, type Subject } from './subject.ts';

const request = 'show learned';

const kinds: Readonly<Record<LearnedView['kind'], string>> = {
  dnsServer: 'DNS server',
  searchDomain: 'search domain',
  pref64: 'NAT64 prefix',
};

export const learned: Subject = {
  name: 'learned',
  sentence: 'what else routers say: DNS servers, search domains, prefixes of translators',
  request,
  parameters: interfaceParameter,
  answers: oneAnswer(request),
  draw: (answer, page) =>
    columns(
      page,
      ['dev', 'what', '', 'left', 'said by'],
      (answer as ShowLearned).learned.map((entry) => {
        return [entry.interface, kinds[entry.kind], entry.value, lifetime(entry.lifetime), entry.router];
      }),
    ),
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<LearnedView>;
    return `${type} ${kinds[value.kind]} ${value.value} dev ${value.interface} by ${value.router}`;
  },
  redraws: false,
};
