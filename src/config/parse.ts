import { checkConfig } from './check.ts';
import type { Config } from './config.ts';
import { ConfigError } from './error.ts';
import { problemsOf } from './parse-problems.ts';
import { configSchema, type RouterConfig } from './schema.ts';

/**
 * Checks a configuration and turns it into values that the router works with.
 *
 * @param file what errors call the place it came from
 * @throws {ConfigError} with a line for each problem, whatever the input is
 *
 * @example
 * const config = parseConfig({ interfaces: { uma: { device: 'tun', addresses: ['fd00:a::1/64'] } } });
 * config.interfaces[0]?.mtu; // 1500
 */
export const parseConfig = (input: unknown, file = 'configuration'): Config => {
  const shaped = configSchema.safeParse(input);
  if (!shaped.success) throw new ConfigError(file, shaped.error.issues.flatMap(problemsOf));
  const { config, problems } = checkConfig(shaped.data);
  if (problems.length > 0) throw new ConfigError(file, problems);
  return config;
};

/**
 * Does nothing but let an editor know the type of a configuration in TypeScript.
 *
 * @example
 * export default defineConfig({ interfaces: { uma: { device: 'tun', addresses: ['fd00:a::1/64'] } } });
 */
export const defineConfig = (config: RouterConfig): RouterConfig => config;
