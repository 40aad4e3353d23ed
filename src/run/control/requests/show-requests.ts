import { protocolVersion } from '../protocol.ts';
import { defineRequest } from '../request.ts';

/** What can be asked of this router. */
export interface ShowRequests {
  readonly protocol: number;
  readonly requests: readonly {
    readonly name: string;
    readonly sentence: string;
    readonly parameters: readonly string[];
    readonly watchable: boolean;
  }[];
}

export const showRequests = defineRequest({
  name: 'show requests',
  sentence: 'What can be asked, with which parameters.',
  parameters: {},
  answer: ({ requests }): ShowRequests => ({
    protocol: protocolVersion,
    requests: requests.map(({ name, sentence, parameters, watchable }) => ({ name, sentence, parameters, watchable })),
  }),
});
