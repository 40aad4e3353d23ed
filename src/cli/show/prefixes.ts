import type { PrefixView } from '../../run/control/discovery-views.ts';
import type { ShowPrefixes } from '../../run/control/requests/show-prefixes.ts';
import type { ChangeView } from '../../run/control/views.ts';
import { columns } from '../page.ts';
import { lifetimes } from './lifetimes.ts';
import { interfaceParameter, oneAnswer, type Subject } from './subject.ts';

const request = 'show prefixes';

/** L: its addresses are on the link. A: addresses may be made of it. */
export const prefixFlags = ({ onLink, autonomous }: PrefixView): string =>
  `${onLink ? 'L' : ''}${autonomous ? 'A' : ''}`;

const stateOf = ({ origin, attached }: PrefixView): string => {
  if (!attached) return 'detached';
  return origin === 'manual' ? 'manual' : 'attached';
};

const advertisersOf = ({ advertisers }: PrefixView): string[] =>
  advertisers.map(({ address, reachable }) => (reachable ? address : `${address} (unreachable)`));

export const prefixes: Subject = {
  name: 'prefixes',
  sentence: 'the prefixes of the links, who advertises them, and whether they are attached',
  request,
  parameters: interfaceParameter,
  answers: oneAnswer(request),
  draw: (answer, page) =>
    columns(
      page,
      ['dev', 'prefix', 'flags', 'state', 'preferred/valid', 'advertised by'],
      (answer as ShowPrefixes).prefixes.flatMap((entry) => {
        const [first = '', ...others] = advertisersOf(entry);
        const row = [entry.interface, entry.prefix, prefixFlags(entry), stateOf(entry), lifetimes(entry), first];
        return [row, ...others.map((other) => ['', '', '', '', '', other])];
      }),
    ),
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<PrefixView>;
    const words = [type, value.prefix, 'dev', value.interface, prefixFlags(value), stateOf(value)];
    const by = advertisersOf(value);
    return [...words, ...(by.length === 0 ? [] : [`advertised by ${by.join(', ')}`])]
      .filter((word) => word !== '')
      .join(' ');
  },
  redraws: false,
};
