import type { Packet } from '../../packet/packet.ts';
import type { LinkLayerAddress } from '../../wire/ethernet.ts';
import * as ndp from '../../wire/ndp.ts';
import * as ndpOptions from '../../wire/ndp-options.ts';

/** The link-layer address in an option of the Neighbor Discovery message at `packet.upper`, if there is such. */
export const linkLayerAddressIn = ({ view, upper, end }: Packet, type: number): LinkLayerAddress | undefined => {
  const at = ndpOptions.find(view, ndp.optionsAt(view, upper), end, type);
  return at === 0 ? undefined : { high: ndpOptions.linkLayerHigh(view, at), low: ndpOptions.linkLayerLow(view, at) };
};

/** A group can't be a node's link-layer address. */
export const isGroup = ({ high }: LinkLayerAddress): boolean => (high & 0x0100) !== 0;
