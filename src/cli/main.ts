#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { type ReplayCommandOptions, replayCommand } from './replay.ts';
import { type RouteCommandOptions, routeCommand } from './route.ts';
import { type RouterCommandOptions, routerCommand } from './router.ts';
import { type SetkeyCommandOptions, setkeyCommand } from './setkey.ts';
import { routes, type ShowOptions, type Subject, subjects } from './show/index.ts';
import { showCommand } from './show.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Runs a command: its result is the exit code, and what it throws is one sentence and exit code 1. */
const run = async (command: Promise<number>): Promise<void> => {
  try {
    process.exitCode = await command;
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    console.error(sentence.startsWith('umigame: ') ? sentence : `umigame: ${sentence}`);
    process.exitCode = 1;
  }
};

const program = new Command('umigame')
  .description('KAME re-thought as a reactive packet processor: routers are pipelines.')
  .version(version);

program
  .command('router')
  .description('run the default router on TUN devices until interrupted')
  .argument('<config>', 'a .json, .js or .ts file')
  .option('--trace', 'print a line for every packet on standard error')
  .option('--record <file>', 'record every packet, with the reason if it was refused, in a pcapng file')
  .option('--socket <path>', 'where the control socket is; by default in /run/umigame or $XDG_RUNTIME_DIR/umigame')
  .action((config: string, options: RouterCommandOptions) => run(routerCommand(config, options)));

program
  .command('replay')
  .description('run a capture through the default router; needs no privileges')
  .argument('<capture>', 'a pcap or pcapng file')
  .option('--config <file>', 'interfaces and routes; matched by interface name')
  .option('--out <file>', 'write every packet, with what became of it, to a pcapng file')
  .option('--json', 'print JSON')
  .action((capture: string, options: ReplayCommandOptions) => run(replayCommand(capture, options)));

program
  .command('demo')
  .description('two hosts, the default router between them, real traffic')
  .option('--exit', 'end by itself instead of staying live until q')
  .action(async (options: { exit?: boolean }) => {
    const { demoCommand } = await import('./demo.ts');
    await run(demoCommand(options));
  });

const socketOption = ['--socket <path>', 'the control socket; needed when several routers run'] as const;

const seconds = (text: string): number => {
  const value = Number(text);
  if (value >= 0.1 && value <= 3_600) return value;
  throw new InvalidArgumentError('allowed: 0.1 to 3600');
};

const addShow = (parent: Command, name: string, subject: Subject): void => {
  const command = parent
    .command(name)
    .description(subject.sentence)
    .option('--json', 'print JSON')
    .option('--watch', 'go on, and print what happens')
    .option('-I, --interface <name>', 'of one interface only')
    .option(...socketOption)
    .action((options: ShowOptions) => run(showCommand(subject, options)));
  if (!subject.redraws) return;
  command
    .option('--all', 'print what is zero, too')
    .option('--period <seconds>', 'between two looks when watching', seconds);
};

const show = program.command('show').description('ask the running router');
for (const subject of subjects) addShow(show, subject.name, subject);

const route = program.command('route').description("change the running router's routes");
const routeWords = 'via <address>, dev <name>, metric <number>, reject, blackhole';
for (const [action, description, to] of [
  ['add', 'add a route', 'prefix'],
  ['delete', 'delete a route', 'prefix'],
  ['get', 'show the route that packets to an address take', 'address'],
] as const) {
  const command = route.command(action).description(description).argument(`<${to}>`);
  if (to === 'prefix') command.argument('[words...]', routeWords);
  command
    .option('--json', 'print JSON')
    .option(...socketOption)
    .action((address: string) => {
      const [, ...words] = command.args;
      return run(routeCommand(action, address, words, command.opts<RouteCommandOptions>()));
    });
}
addShow(route, 'show', routes);

program
  .command('setkey')
  .description("change the running router's security associations and policies, in KAME's language")
  .option('-c', 'commands come from standard input')
  .option('-f <file>', 'commands come from a file')
  .option('-D', 'show the associations, or with -P the policies')
  .option('-F', 'delete all associations, or with -P all policies')
  .option('-P', 'with -D and -F: policies')
  .option('-x', 'print what happens to associations, which are missing and which expire')
  .option('--json', 'print JSON')
  .option(...socketOption)
  .action((options: SetkeyCommandOptions) => run(setkeyCommand(options)));

await program.parseAsync();
