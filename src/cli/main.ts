#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { type ReplayCommandOptions, replayCommand } from './replay.ts';
import { type RouterCommandOptions, routerCommand } from './router.ts';

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

await program.parseAsync();
