import type { z } from 'zod';
import { checkConfig } from './check.ts';
import type { Config } from './config.ts';
import { ConfigError, type Problem } from './error.ts';
import { configSchema, type RouterConfig } from './schema.ts';
import { show, showPath, suggest } from './words.ts';

/** An issue with unknown keys is a problem for each of them; its message lists the known ones. */
export const problemsOf = (issue: z.core.$ZodIssue): Problem[] => {
  if (issue.code === 'invalid_union') {
    // Of the shapes that are allowed, the one that was meant: it got as far as the keys.
    const meant = issue.errors.find((found) =>
      found.some(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'),
    );
    if (meant) return meant.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  if (issue.code !== 'unrecognized_keys') return [{ path: showPath(issue.path), sentence: issue.message }];
  return issue.keys.map((key) => ({
    path: showPath(issue.path),
    sentence: `unknown key ${show(key)}${suggest(key, issue.message.split(', '))}; allowed: ${issue.message}`,
  }));
};

/**
 * Checks a configuration and turns it into values that the router works with.
 *
 * @param file what errors call the place it came from
 * @param folder that files which it names are relative to: an `rtadvd.conf`
 * @throws {ConfigError} with a line for each problem, whatever the input is
 *
 * @example
 * const config = parseConfig({ interfaces: { uma: { device: 'tun', addresses: ['fd00:a::1/64'] } } });
 * config.interfaces[0]?.mtu; // 1500
 */
export const parseConfig = (input: unknown, file = 'configuration', folder = '.'): Config => {
  const shaped = configSchema.safeParse(input);
  if (!shaped.success) throw new ConfigError(file, shaped.error.issues.flatMap(problemsOf));
  const { config, problems } = checkConfig(shaped.data, folder);
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
