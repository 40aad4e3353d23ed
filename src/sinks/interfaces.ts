import { Drop } from '../packet/drop.ts';
import { type Lane, type Step, stage } from '../packet/stage.ts';

/**
 * Sends each packet through the interface that `classify` chose. `ports` holds, by interface index, the step that
 * writes to that interface's device and marks the packet as sent or refuses it; it may change while packets flow.
 *
 * Drops: `noInterface` when there is none at the packet's `outInterface`, and whatever the port refuses with.
 *
 * @example
 * const ports: Step[] = [];
 * ports[tun.index] = deviceStep(device);
 * source$.pipe(router(node), toInterfaces(ports), countOutcome(node.counters), release()).subscribe();
 */
export const toInterfaces = (ports: readonly (Step | undefined)[]): Lane =>
  stage((packet) => {
    const port = ports[packet.outInterface];
    if (port === undefined) packet.refuse(Drop.noInterface);
    else port(packet);
  });
