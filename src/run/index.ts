export { type ReplayOptions, type ReplayResult, replay } from './replay.ts';
export { type DeviceLoss, type RunningRouter, type StartOptions, startRouter } from './router.ts';
