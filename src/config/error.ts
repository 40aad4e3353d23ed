/** One thing that is wrong with a configuration. */
export interface Problem {
  /** Where: `interfaces.uma.mtu`, `routes[1].via`; empty for the configuration as a whole. */
  readonly path: string;
  /** What was wrong and what is allowed. */
  readonly sentence: string;
}

const line = (file: string, { path, sentence }: Problem): string =>
  `umigame: ${file}: ${path === '' ? '' : `${path}: `}${sentence}`;

/**
 * A configuration that can't be used. The message has one line for each problem:
 *
 * ```
 * umigame: config.json: interfaces.uma.mtu: 70000 is too large; allowed: 68 to 65535
 * ```
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The file, as it was named by whoever asked for it. */
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super(problems.map((problem) => line(file, problem)).join('\n'));
    this.file = file;
    this.problems = problems;
  }
}
