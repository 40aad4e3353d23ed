export { gatewayOf } from './check.ts';
export {
  type Config,
  configDefaults,
  type InterfaceConfig,
  type KernelSide,
  type RogueWatch,
  type RouteConfig,
} from './config.ts';
export { ConfigError, type Problem } from './error.ts';
export type { Limits } from './limits.ts';
export { loadConfig } from './load.ts';
export { defineConfig, parseConfig } from './parse.ts';
export { parseRtadvd, type RtadvdConfig } from './rtadvd.ts';
export type { RouterConfig } from './schema.ts';
