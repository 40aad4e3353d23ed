export {
  type Control,
  ControlClient,
  type ControlContext,
  ControlError,
  type ControlLimits,
  type ControlOptions,
  ControlRefusal,
  type ControlRequest,
  controlDefaults,
  controlRequests,
  defineRequest,
  findControl,
  openControl,
} from './control/index.ts';
export { runSetkey, type SetkeyOutput, type SetkeyResult } from './ipsec.ts';
export { type ReplayOptions, type ReplayResult, replay } from './replay.ts';
export { type DeviceLoss, type RunningRouter, type StartOptions, startRouter } from './router.ts';
