import { filter, map } from 'rxjs';
import { z } from 'zod';
import { deviceName, integer } from '../../../config/elements.ts';
import { notAllowed } from '../../../config/words.ts';
import { type NeighborView, neighborView } from '../discovery-views.ts';
import { ControlRefusal, defineRequest } from '../request.ts';
import { changeView, interfaceNamed } from '../views.ts';

export interface ShowNeighbors {
  /** Neighbors of all interfaces. */
  readonly total: number;
  readonly neighbors: readonly NeighborView[];
  /** There are more: ask again with this as `after`. */
  readonly next?: string;
}

/** Most neighbors in a page. */
const pageLimit = 1_000;
const pageDefault = 100;

/** The row that a page ended with. */
const readCursor = (text: string | undefined): number => {
  if (text === undefined) return 0;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new ControlRefusal('badParameters', `after: ${JSON.stringify(text)} is not the "next" of another page`);
};

export const showNeighbors = defineRequest({
  name: 'show neighbors',
  sentence: 'The neighbor cache in pages, in no order.',
  parameters: {
    interface: deviceName().optional(),
    limit: integer(1, pageLimit).optional(),
    after: z.string({ error: ({ input }) => notAllowed(input, 'the "next" of another page') }).optional(),
  },
  answer: ({ node }, { interface: name, limit = pageDefault, after }): ShowNeighbors => {
    const only = interfaceNamed(node, name)?.index;
    const total = node.neighbors.size;
    const neighbors: NeighborView[] = [];
    let last = 0;
    for (const { row, neighbor } of node.neighbors.walk(only, readCursor(after))) {
      if (neighbors.length === limit) return { total, neighbors, next: String(last) };
      neighbors.push(neighborView(node, neighbor));
      last = row;
    }
    return { total, neighbors };
  },
  watch: ({ node }, { interface: name }) => {
    const only = interfaceNamed(node, name)?.index;
    return node.neighbors.changes$.pipe(
      filter(({ value }) => only === undefined || value.interfaceIndex === only),
      map(changeView((neighbor) => neighborView(node, neighbor))),
    );
  },
});
