import { Fate, type Packet, Status } from '../packet/packet.ts';

/** Names of the lanes behind `classify`. */
export type FateLane = 'local' | 'forward' | 'originate' | 'encapsulated' | 'refused';

/**
 * The key of the router's `branch`: where a classified packet goes. Packets that we made ourselves are not forwarded
 * but originated: no hop limit is taken from them and no scope is crossed. Outer packets of our tunnels likewise.
 */
export const fate = (packet: Packet): FateLane => {
  if (packet.status !== Status.inFlight) return 'refused';
  if (packet.fate === Fate.local) return 'local';
  if (packet.origin !== 0) return 'encapsulated';
  return packet.inInterface === 0 ? 'originate' : 'forward';
};
