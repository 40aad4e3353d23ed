import { loadConfig } from '../config/index.ts';
import { replay } from '../run/replay.ts';
import { pageOf } from './page.ts';
import { report, reportData } from './report.ts';

export interface ReplayCommandOptions {
  readonly config?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/**
 * `umigame replay IN`: what the default router would do with a capture.
 *
 * @returns the exit code
 */
export const replayCommand = async (file: string, options: ReplayCommandOptions): Promise<number> => {
  const config = options.config === undefined ? undefined : await loadConfig(options.config);
  const { node, skipped } = replay(file, {
    ...(config === undefined ? {} : { config }),
    ...(options.out === undefined ? {} : { out: options.out }),
  });
  if (options.json === true) {
    console.log(JSON.stringify({ ...reportData(node), skipped: Object.fromEntries(skipped) }, null, 2));
    return 0;
  }
  console.log(report(node, pageOf(process.stdout)));
  for (const [reason, records] of skipped) console.log(`${records} records became no packet: ${reason}`);
  if (options.out !== undefined) console.log(`Each packet with what became of it: ${options.out}`);
  return 0;
};
