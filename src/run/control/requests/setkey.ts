import { z } from 'zod';
import { ConfigError } from '../../../config/error.ts';
import { parseSetkey } from '../../../config/setkey/parse.ts';
import { notAllowed } from '../../../config/words.ts';
import { runSetkey } from '../../ipsec.ts';
import { type AssociationView, associationView, type PolicyView, policyView } from '../ipsec-views.ts';
import { ControlRefusal, defineRequest } from '../request.ts';

export interface SetkeyAnswer {
  /** Of `get`, `dump` and `spddump`, in their order. */
  readonly outputs: readonly {
    readonly associations?: readonly AssociationView[];
    readonly policies?: readonly PolicyView[];
  }[];
  readonly warnings: readonly string[];
}

const file = 'setkey';

export const setkey = defineRequest({
  name: 'setkey',
  sentence: "Carries out commands of KAME's setkey, all or none.",
  parameters: { text: z.string({ error: ({ input }) => notAllowed(input, 'commands of setkey') }) },
  answer: ({ node }, { text }): SetkeyAnswer => {
    try {
      const { outputs, warnings } = runSetkey(node, parseSetkey(text, file), file);
      const views = outputs.map(({ associations, policies }) => ({
        ...(associations === undefined ? {} : { associations: associations.map(associationView) }),
        ...(policies === undefined ? {} : { policies: policies.map(policyView) }),
      }));
      return { outputs: views, warnings };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ControlRefusal('refused', error.message.replace(/^umigame: /, ''));
    }
  },
});
