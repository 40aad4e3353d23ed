import { filter, map } from 'rxjs';
import { deviceName } from '../../../config/elements.ts';
import { type LearnedView, learnedView } from '../discovery-views.ts';
import { defineRequest } from '../request.ts';
import { changeView, interfaceNamed } from '../views.ts';

export interface ShowLearned {
  readonly learned: readonly LearnedView[];
}

export const showLearned = defineRequest({
  name: 'show learned',
  sentence: 'What else routers say: DNS servers, search domains, prefixes of translators.',
  parameters: { interface: deviceName().optional() },
  answer: ({ node }, { interface: name }): ShowLearned => {
    const known = node.learned.list(interfaceNamed(node, name)?.index);
    return { learned: known.map((each) => learnedView(node, each)) };
  },
  watch: ({ node }, { interface: name }) => {
    const only = interfaceNamed(node, name)?.index;
    return node.learned.changes$.pipe(
      filter(({ value }) => only === undefined || value.interfaceIndex === only),
      map(changeView((each) => learnedView(node, each))),
    );
  },
});
