import { filter, map, merge } from 'rxjs';
import { deviceName } from '../../../config/elements.ts';
import { type InterfaceAddress, isFromRouter } from '../../../state/addresses.ts';
import type { Node } from '../../../state/node.ts';
import { equalAddress } from '../../../wire/address.ts';
import { manualPrefixView, type PrefixView, prefixView } from '../discovery-views.ts';
import { defineRequest } from '../request.ts';
import { changeView, interfaceNamed } from '../views.ts';

export interface ShowPrefixes {
  readonly prefixes: readonly PrefixView[];
}

/** Was the address configured by hand, with a prefix of IPv6 of which there may be others? */
const bringsPrefix = (entry: InterfaceAddress): boolean =>
  entry.address.family === 6 && entry.prefix.length < 128 && !isFromRouter(entry);

const isOfSamePrefix = (a: InterfaceAddress, b: InterfaceAddress): boolean =>
  a.interfaceIndex === b.interfaceIndex &&
  a.prefix.length === b.prefix.length &&
  equalAddress(a.prefix.address, b.prefix.address);

/** Of addresses with the same prefix on a link the first. */
const manualPrefixes = ({ addresses }: Node, only: number | undefined): InterfaceAddress[] => {
  const entries = addresses.list(only).filter(bringsPrefix);
  return entries.filter((entry, at) => entries.findIndex((other) => isOfSamePrefix(entry, other)) === at);
};

/** Is it the prefix of another address that was configured by hand, so that nothing happens to it? */
const isShared = ({ addresses }: Node, entry: InterfaceAddress): boolean =>
  addresses
    .list(entry.interfaceIndex)
    .some(
      (other) => bringsPrefix(other) && isOfSamePrefix(other, entry) && !equalAddress(other.address, entry.address),
    );

export const showPrefixes = defineRequest({
  name: 'show prefixes',
  sentence: 'The prefixes of our links, advertised or configured, and whether we are attached to them.',
  parameters: { interface: deviceName().optional() },
  answer: ({ node }, { interface: name }): ShowPrefixes => {
    const only = interfaceNamed(node, name)?.index;
    const learnt = node.prefixes.list(only).map((prefix) => prefixView(node, prefix));
    return { prefixes: [...manualPrefixes(node, only).map((entry) => manualPrefixView(node, entry)), ...learnt] };
  },
  watch: ({ node }, { interface: name }) => {
    const only = interfaceNamed(node, name)?.index;
    const isWanted = (interfaceIndex: number): boolean => only === undefined || interfaceIndex === only;
    const learnt$ = node.prefixes.changes$.pipe(
      filter(({ value }) => isWanted(value.interfaceIndex)),
      map(changeView((prefix) => prefixView(node, prefix))),
    );
    const manual$ = node.addresses.changes$.pipe(
      filter(({ type, value }) => type !== 'updated' && isWanted(value.interfaceIndex) && bringsPrefix(value)),
      filter(({ value }) => !isShared(node, value)),
      map(changeView((entry) => manualPrefixView(node, entry))),
    );
    return merge(learnt$, manual$);
  },
});
