import { map } from 'rxjs';
import { keyEventView } from '../ipsec-views.ts';
import { ControlRefusal, defineRequest } from '../request.ts';

export const keyEvents = defineRequest({
  name: 'key events',
  sentence: 'What whoever negotiates keys is told: associations that are missing, and lifetimes that end.',
  parameters: {},
  answer: (): object => {
    throw new ControlRefusal('refused', '"key events" can be watched, not asked');
  },
  watch: ({ node }) => node.sadb.keyEvents$.pipe(map(keyEventView)),
});
