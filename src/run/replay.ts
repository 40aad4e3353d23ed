import { type Observable, VirtualTimeScheduler } from 'rxjs';
import type { CaptureRecord } from '../capture/index.ts';
import type { Config } from '../config/index.ts';
import { countOutcome } from '../operators/index.ts';
import { type Packet, Status } from '../packet/packet.ts';
import { always, pass, type Step } from '../packet/stage.ts';
import { router } from '../pipelines/router.ts';
import { release, toInterfaces, toPcapng } from '../sinks/index.ts';
import { fromCapture, type SkipReason } from '../sources/index.ts';
import { createNode, type Node } from '../state/node.ts';
import { unspecified4, unspecified6 } from '../wire/address.ts';
import { addInterface, addRoutes, nodeLimits, routerLimits } from './configure.ts';
import { configuredCrypto, setUpIpsec } from './ipsec.ts';

export interface ReplayOptions {
  /** Interfaces are matched by name with those of the capture. Default: see {@link replay}. */
  readonly config?: Config;
  /** Where to record what became of each packet, as pcapng. */
  readonly out?: string;
}

export interface ReplayResult {
  readonly node: Node;
  /** Records that became no packet, by reason. */
  readonly skipped: ReadonlyMap<SkipReason, number>;
}

/** What the router sends goes here when no configuration says where: to nowhere, through an interface of that name. */
const exitName = 'exit0';
const captureMtu = 65_535;

const addExit = (node: Node): void => {
  const exit = node.interfaces.add({ name: exitName, kind: 'memory', mtu: captureMtu, pointToPoint: true });
  node.routes.add({ to: { address: unspecified6, length: 0 }, interfaceIndex: exit.index });
  node.routes.add({ to: { address: unspecified4, length: 0 }, interfaceIndex: exit.index });
};

const sendNowhere: Step = (packet) => {
  packet.status = Status.sent;
};

/** A clock that stands where the capture stands: rate limits and timers see the capture's time, not ours. */
class CaptureScheduler extends VirtualTimeScheduler {
  /** Runs what is due by then, then lets it be then. Time never runs backwards. */
  advance(milliseconds: number): void {
    if (milliseconds <= this.frame) return;
    this.maxFrames = milliseconds;
    this.flush();
    this.frame = milliseconds;
  }
}

/**
 * Sends a capture through the default router, in the capture's own time, without any privilege or device. What is sent
 * leaves into nothing.
 *
 * Without a configuration each interface of the capture is an interface without addresses, and everything is routed
 * to `exit0`.
 *
 * @param capture bytes of a pcap or pcapng file, or its path
 *
 * @example
 * const { node } = replay('captures/demo.pcapng', { out: 'explained.pcapng' });
 * console.log(node.counters.refusals());
 */
export const replay = (capture: Uint8Array | string, { config, out }: ReplayOptions = {}): ReplayResult => {
  const scheduler = new CaptureScheduler();
  let state = 0x2545f491;
  // A fixed sequence: the same capture gives the same result.
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 0x100000000;
  };
  const crypto = configuredCrypto(config?.ipsec);
  const node = createNode({ scheduler, random, crypto, ...nodeLimits(config?.limits ?? {}) });
  // A capture's frames are for whoever was there.
  for (const entry of config?.interfaces ?? []) addInterface(node, entry, { frames: false });
  if (config === undefined) addExit(node);
  else addRoutes(node, config.routes);
  setUpIpsec(node, config?.ipsec);

  const ports: Step[] = Array.from({ length: node.interfaces.limit + 1 }, () => sendNowhere);
  const interfaceIndex = ({ interfaceName, interfaceId }: CaptureRecord): number => {
    const name = interfaceName ?? `capture${interfaceId}`;
    const known = node.interfaces.byName(name);
    return known?.index ?? node.interfaces.add({ name, kind: 'memory', mtu: captureMtu, pointToPoint: false }).index;
  };
  const skipped = new Map<SkipReason, number>();
  const packets$: Observable<Packet> = fromCapture(capture, {
    pool: node.pool,
    interfaceIndex,
    skipped: (_, reason) => skipped.set(reason, (skipped.get(reason) ?? 0) + 1),
  });
  const keepTime = always(({ seconds, nanoseconds }) => scheduler.advance(seconds * 1_000 + nanoseconds / 1e6));
  const record = out === undefined ? pass : toPcapng(out, { interfaces: (index) => node.interfaces.nameOf(index) });
  let failure: unknown;
  packets$
    .pipe(
      keepTime,
      router(node, undefined, routerLimits(config?.limits ?? {})),
      toInterfaces(ports),
      record,
      countOutcome(node.counters),
      release(),
    )
    .subscribe({ error: (error: unknown) => (failure = error) });
  node.close();
  if (failure !== undefined) throw failure;
  return { node, skipped };
};
