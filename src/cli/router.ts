import { loadConfig } from '../config/index.ts';
import { trace } from '../operators/trace.ts';
import type { Lane } from '../packet/stage.ts';
import { type Control, type ControlLimits, openControl } from '../run/control/index.ts';
import { startRouter } from '../run/router.ts';
import { toPcapng } from '../sinks/index.ts';
import type { Node } from '../state/node.ts';
import { pageOf } from './page.ts';
import { report } from './report.ts';

export interface RouterCommandOptions {
  /** Print a line for every packet. */
  readonly trace?: boolean;
  /** Record every packet in this pcapng file. */
  readonly record?: string;
  /** Path of the control socket. */
  readonly socket?: string;
}

const observer = ({ trace: traced, record }: RouterCommandOptions): ((node: Node) => Lane) | undefined => {
  if (traced !== true && record === undefined) return undefined;
  return (node) => {
    const interfaces = (index: number): string => node.interfaces.nameOf(index);
    const lanes: Lane[] = [];
    if (traced === true) lanes.push(trace(console.error, { interfaces }));
    if (record !== undefined) lanes.push(toPcapng(record, { interfaces }));
    return (source) => lanes.reduce((stream, lane) => lane(stream), source);
  };
};

/** Opens the control socket. A router can do without, but not when someone said where it has to be. */
const openSocket = async (
  node: Node,
  path: string | undefined,
  limits: ControlLimits,
): Promise<Control | undefined> => {
  try {
    return await openControl(node, path === undefined ? { limits } : { path, limits });
  } catch (error) {
    if (path !== undefined || !(error instanceof Error)) throw error;
    console.error(`${error.message}; going on without it`);
    return undefined;
  }
};

/**
 * `umigame router CONFIG`: runs until SIGINT or SIGTERM, or until no device is left.
 *
 * @returns the exit code
 */
export const routerCommand = async (file: string, options: RouterCommandOptions): Promise<number> => {
  const config = await loadConfig(file);
  const record = observer(options);
  const running = startRouter(config, record === undefined ? {} : { record });
  for (const warning of running.warnings) console.error(`umigame: warning: ${warning}`);
  const control = await openSocket(running.node, options.socket, config.limits.control ?? {}).catch(
    (error: unknown) => {
      running.stop();
      throw error;
    },
  );
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      control?.close();
      running.stop();
      console.log(report(running.node, pageOf(process.stdout)));
    };
    const stop = (): void => {
      finish();
      resolve(0);
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    // Whoever waits for this line may send a signal as soon as it is out.
    console.log(`umigame: ready ${running.interfaces.join(' ')}`);
    let lost = 0;
    running.losses$.subscribe({
      next: ({ error }) => {
        console.error(error.message);
        lost += 1;
        if (lost < running.interfaces.length) return;
        finish();
        reject(new Error('no device is left'));
      },
      error: (error: unknown) => {
        finish();
        reject(error);
      },
    });
  });
};
