import { Drop } from '../packet/drop.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, stage } from '../packet/stage.ts';
import type { Interfaces } from '../state/interfaces.ts';
import {
  isLinkLocal4,
  isLinkLocal6,
  isMulticast4,
  isMulticast6,
  isThisNetwork4,
  isUnspecified6,
} from '../wire/address-bytes.ts';
import { LinkCast } from '../wire/ethernet.ts';
import * as ipv4 from '../wire/ipv4.ts';
import * as ipv6 from '../wire/ipv6.ts';
import { isOrdinary6 } from './martians.ts';

/** Did a frame for several nodes bring a packet that is for one? */
const cameAstray = ({ linkCast, family, view, start }: Packet): boolean => {
  if (linkCast === LinkCast.unicast) return false;
  return family === 6
    ? !isMulticast6(view, start + ipv6.offsets.destination)
    : !isMulticast4(view, start + ipv4.offsets.destination);
};

/** Unit of {@link scope}. */
export const scopeStep =
  (interfaces: Interfaces) =>
  (packet: Packet): void => {
    if (cameAstray(packet)) return packet.refuse(Drop.linkMulticast);
    const { view, start } = packet;
    if (packet.family === 6) {
      const source = start + ipv6.offsets.source;
      if (!isOrdinary6(view.getInt32(source))) {
        if (isUnspecified6(view, source)) return packet.refuse(Drop.unspecifiedSource);
        const leavesZone = packet.inInterface !== packet.outInterface;
        if (leavesZone && isLinkLocal6(view, source)) return packet.refuse(Drop.beyondScope);
      }
    } else {
      const source = start + ipv4.offsets.source;
      if (isThisNetwork4(view, source)) return packet.refuse(Drop.unspecifiedSource);
      if (isLinkLocal4(view, source) || isLinkLocal4(view, start + ipv4.offsets.destination)) {
        return packet.refuse(Drop.beyondScope);
      }
    }
    if (packet.inInterface === packet.outInterface && interfaces.table.pointToPoint[packet.outInterface] === 1) {
      packet.refuse(Drop.pointToPointReturn);
    }
  };

/**
 * May this packet leave its zone? An unspecified source is never forwarded (RFC 4291 §2.5.2), a link-local source
 * stays on its link, though it may go back there (RFC 4007 §9), in IPv4 a link-local destination too (RFC 3927 §7), and nothing goes back over the
 * point-to-point link it came from (RFC 4443 §3.1). Nor is a packet forwarded that is for one node and came in a frame
 * for several (RFC 1812 §5.3.4; for IPv6, KAME's `ip6_forward`): everyone there would forward it.
 *
 * Drops: `linkMulticast`, `unspecifiedSource`, `beyondScope`, `pointToPointReturn`.
 */
export const scope = (interfaces: Interfaces): Lane => stage(scopeStep(interfaces));
