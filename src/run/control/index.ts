export { ControlClient, ControlError, findControl } from './client.ts';
export { type ControlLimits, controlDefaults } from './protocol.ts';
export { type ControlContext, ControlRefusal, type ControlRequest, defineRequest } from './request.ts';
export { controlRequests } from './requests/index.ts';
export { type Control, type ControlOptions, openControl } from './server.ts';
