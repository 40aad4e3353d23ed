import { tunnelKinds } from '../../wire/tunneling.ts';
import { gif } from './gif.ts';
import type { TunnelKind } from './kind.ts';

/** What is known of tunnels: a file here for each kind, and a line. */
const kinds: readonly TunnelKind[] = [gif];

/** Kinds by their number in `TunnelTable.kind`. */
export const kindByNumber: readonly (TunnelKind | undefined)[] = [
  undefined,
  ...tunnelKinds.map((name) => kinds.find((kind) => kind.name === name)),
];
