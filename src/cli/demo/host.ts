/**
 * A host of the demo: a process inside a network namespace that does what it is told and always answers.
 *
 * @module
 */
import type { Command, Request, Response, Results } from './messages.ts';
import { ping, traceroute } from './probes.ts';
import { Receivers, tcpSend, udpSend } from './streams.ts';

/** No command may take longer, whatever it is; in milliseconds. */
const commandLimit = 30_000;

const receivers = new Receivers();

const perform = (command: Command): Promise<Results[keyof Results]> => {
  switch (command.do) {
    case 'ping':
      return ping(command);
    case 'traceroute':
      return traceroute(command);
    case 'udpReceive':
      return receivers.openUdp(command.family, command.patience);
    case 'udpSend':
      return udpSend(command);
    case 'udpResult':
      return receivers.udpResult(command.port);
    case 'tcpReceive':
      return receivers.openTcp(command.family, command.patience);
    case 'tcpSend':
      return tcpSend(command);
    case 'tcpResult':
      return receivers.tcpResult(command.port);
  }
};

const answer = (response: Response): void => {
  // Whoever asked may be gone; then so are we, by 'disconnect'.
  if (process.connected) process.send?.(response, () => undefined);
};

const serve = async ({ id, command }: Request): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no result within ${commandLimit / 1_000} s`)), commandLimit);
  });
  try {
    answer({ id, result: await Promise.race([perform(command), timeUp]) });
  } catch (error) {
    answer({ id, failure: error instanceof Error ? error.message : String(error) });
  } finally {
    clearTimeout(timer);
  }
};

process.on('message', (request: Request) => serve(request));
// The parent decides: a Ctrl-C in the terminal reaches the whole process group.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
