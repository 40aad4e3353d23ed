export { always, branch, type Lane, pass, type Step, stage, whenRefused } from '../packet/index.ts';
export { classify, classifyStep } from './classify.ts';
export { countOutcome, countReceived } from './count.ts';
export { decode, decodeStep } from './decode.ts';
export { deliver, deliverStep } from './deliver.ts';
export {
  type ExtensionHeaderOptions,
  extensionHeaderDefaults,
  extensionHeaders,
  hopByHopOptions,
} from './extension-headers.ts';
export { type FateLane, fate } from './fate.ts';
export { fragment } from './fragment.ts';
export { hopLimit, hopLimitStep } from './hop-limit.ts';
export { icmpError } from './icmp-error.ts';
export { pathMtu, pathMtuStep } from './path-mtu.ts';
export { scope, scopeStep } from './scope.ts';
export { trace } from './trace.ts';
