export { always, branch, type Lane, pass, type Step, stage, whenRefused } from '../packet/index.ts';
export { type ClassifyOptions, classify, classifyStep } from './classify.ts';
export { countForwarded, countMessagesSent, countOutcome, countReceived, countRouted } from './count.ts';
export { decode, decodeStep } from './decode.ts';
export { deliver, deliverStep } from './deliver.ts';
export { ethernetInput, ethernetInputStep, writeEthernet } from './ethernet.ts';
export {
  type ExtensionHeaderOptions,
  extensionHeaders,
  extensionHeadersStep,
  type HopByHopOptions,
  hopByHopOptions,
  hopByHopStep,
} from './extension-headers.ts';
export { type FateLane, fate } from './fate.ts';
export { fragment } from './fragment.ts';
export { type FragmentOriginatedOptions, fragmentOriginated } from './fragment-originated.ts';
export * from './headers/index.ts';
export { hopLimit, hopLimitStep } from './hop-limit.ts';
export { icmpError } from './icmp-error.ts';
export { ipsecForward } from './ipsec/admit.ts';
export { type IpsecInputNode, ipsecInput } from './ipsec/input.ts';
export { ipsecKeepalive } from './ipsec/keepalive.ts';
export { type IpsecOutputNode, ipsecOutput, ipsecOutputStep } from './ipsec/output.ts';
export {
  type NeighborDiscoveryOptions,
  neighborDiscovery,
  neighborDiscoveryDefaults,
} from './neighbor-discovery.ts';
export { pathMtu, pathMtuStep, wayMtu } from './path-mtu.ts';
export { type RaGuardOptions, raGuard, raGuardStep } from './ra-guard.ts';
export { reassemble } from './reassemble.ts';
export { type RedirectOptions, redirect, redirectStep } from './redirect.ts';
export { remember, rememberStep } from './remember.ts';
export { resolveNeighbor } from './resolve-neighbor.ts';
export {
  counterTo,
  type RogueAdvertisement,
  type RogueAdvertisementOptions,
  rogueAdvertisements,
  rogueAdvertisementsStep,
} from './rogue-advertisements.ts';
export { type HeardRouter, RouterAdvertiser, routerAdvertiser } from './router-advertiser.ts';
export { scope, scopeStep } from './scope.ts';
export { trace } from './trace.ts';
