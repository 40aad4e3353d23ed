import { fileURLToPath } from 'node:url';
import { startRouter } from '../run/router.ts';
import { runDemo } from './demo/demo.ts';
import { replayCommand } from './replay.ts';

/** Files that come with the package. */
const bundled = (name: string): string => fileURLToPath(new URL(`../../captures/${name}`, import.meta.url));

/**
 * `umigame demo`: two hosts and a router on real traffic where that is possible, a bundled capture where it is not.
 *
 * @returns the exit code
 */
export const demoCommand = ({ exit = false }: { readonly exit?: boolean }): Promise<number> =>
  runDemo({
    exit,
    startRouter: (config) => startRouter(config),
    replay: (why) => {
      console.log(why);
      console.log('So here is no live traffic: a bundled capture goes through the same router instead.\n');
      return replayCommand(bundled('demo.pcapng'), { config: bundled('demo.json') });
    },
  });
