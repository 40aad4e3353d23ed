export { gatewayOf } from './check.ts';
export {
  type Config,
  configDefaults,
  type DeviceConfig,
  type InterfaceConfig,
  isDevice,
  isTunnel,
  type KernelSide,
  type RogueWatch,
  type RouteConfig,
  type TunnelConfig,
} from './config.ts';
export { ConfigError, type Problem } from './error.ts';
export type { Limits } from './limits.ts';
export { loadConfig } from './load.ts';
export { defineConfig, parseConfig } from './parse.ts';
export { parseRtadvd, type RtadvdConfig } from './rtadvd.ts';
export type { RouterConfig } from './schema.ts';
