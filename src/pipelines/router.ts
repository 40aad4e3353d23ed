import { defer, merge, type Observable, pipe, Subject } from 'rxjs';
import {
  branch,
  type ClassifyOptions,
  classify,
  countForwarded,
  countMessagesSent,
  countReceived,
  countRouted,
  decapsulate,
  decode,
  deliver,
  duplicateAddressDetection,
  type ExtensionHeaderOptions,
  encapsulate,
  ethernetInput,
  extensionHeaders,
  fate,
  fragment,
  fragmentOriginated,
  type HopByHopOptions,
  type HostDiscoveryOptions,
  hopByHopOptions,
  hopLimit,
  icmpError,
  type NeighborDiscoveryOptions,
  neighborDiscovery,
  pass,
  pathMtu,
  type RedirectOptions,
  type RogueAdvertisementOptions,
  reassemble,
  redirect,
  remember,
  resolveNeighbor,
  rogueAdvertisements,
  routerDiscovery,
  scope,
  tunnelErrors,
  wayMtu,
} from '../operators/index.ts';
import { inTurn } from '../packet/in-turn.ts';
import type { Packet } from '../packet/packet.ts';
import { atEnd, type Lane } from '../packet/stage.ts';
import type { Node } from '../state/node.ts';

/** The named lanes of the router: lift one out, put one in. */
export interface RouterLanes {
  /** From the wire, off the frame, to a known IP header. */
  readonly receive: Lane;
  /** Ours or forward: the one route look-up. */
  readonly classify: Lane;
  /** For this node. */
  readonly local: Lane;
  /** For others. */
  readonly forward: Lane;
  /** Ours to send: replies and errors from the outbox. */
  readonly originate: Lane;
  /** Outer packets of our tunnels: they are ours to send, and yet the packets of others. */
  readonly encapsulated: Lane;
  /** On the way out, forwarded and originated alike, into a tunnel or to the next hop's link-layer address. */
  readonly transmit: Lane;
  /** Everything, at the end: refused packets are answered here. */
  readonly explain: Lane;
}

/** What the default lanes leave to choice: what is known of headers and options, and how much of them is read. */
export interface RouterOptions {
  /** Of packets for this node. */
  readonly extensionHeaders?: ExtensionHeaderOptions;
  /** Of packets for others. */
  readonly hopByHopOptions?: HopByHopOptions;
  readonly classify?: ClassifyOptions;
  /** How many neighbors are told of a better first hop. */
  readonly sentRedirects?: RedirectOptions;
  /** Which routers may advertise, and what is done about others. Default: nothing. */
  readonly rogueAdvertisements?: RogueAdvertisementOptions;
  readonly neighborDiscovery?: NeighborDiscoveryOptions;
  /** Where the node is a host. */
  readonly hostDiscovery?: HostDiscoveryOptions;
}

const rogueWatch = (node: Node, outbox: Subject<Packet>, { rogueAdvertisements: options }: RouterOptions): Lane =>
  options === undefined ? pass : rogueAdvertisements(node, outbox, options);

/**
 * The default lanes of a node. `outbox` takes what the node says itself, `again` packets that have become others, by
 * going into a tunnel or coming out of one.
 */
export const routerLanes = (
  node: Node,
  outbox: Subject<Packet>,
  again: Subject<Packet>,
  options: RouterOptions = {},
): RouterLanes => ({
  receive: pipe(
    ethernetInput(node, outbox), //       RFC 2464, RFC 1112 §6.4, RFC 826
    decode(), //                          RFC 8200 §3, RFC 791 §3.1
    countReceived(node.counters), //      RFC 4293
  ),
  classify: classify(node, options.classify), // INET'99 §3.2
  local: pipe(
    neighborDiscovery(node, outbox, options.neighborDiscovery), // RFC 4861 §7.2
    extensionHeaders(options.extensionHeaders), // RFC 8200 §4
    reassemble(node), //                  RFC 8200 §4.5, RFC 791 §3.2
    extensionHeaders(options.extensionHeaders), // RFC 8200 §4, what the fragments held
    rogueWatch(node, outbox, options), // RFC 6104
    decapsulate(node, again), //          RFC 2473 §3.3, RFC 4213 §3.6
    tunnelErrors(node, outbox), //        RFC 2473 §8
    deliver(node, outbox), //             RFC 4443 §4.2
  ),
  forward: pipe(
    hopByHopOptions(options.hopByHopOptions), // RFC 8200 §4.3, RFC 9673
    scope(node.interfaces), //            RFC 4007 §9
    hopLimit(), //                        RFC 8200 §3
    redirect(node, outbox, options.sentRedirects), // RFC 4861 §8.2
    countForwarded(node.counters), //     RFC 4293
  ),
  originate: pipe(
    countRouted(node.counters), //        RFC 4293
    remember(node), //                    RFC 8201 §4
    fragmentOriginated(node, { mtu: wayMtu(node) }), // RFC 8200 §4.5
  ),
  encapsulated: pipe(
    countRouted(node.counters), //        RFC 4293
    fragmentOriginated(node, { mtu: wayMtu(node) }), // RFC 2473 §7, RFC 4213 §3.2
  ),
  transmit: pipe(
    fragment(node), //                    RFC 791 §3.2
    pathMtu(node), //                     RFC 8200 §5, RFC 8201 §4, RFC 1812 §5.2.5
    encapsulate(node, again), //          RFC 2473 §3.1, INET'99 §3.3
    resolveNeighbor(node, outbox), //     RFC 4861 §7.2.2, RFC 7048
  ),
  explain: icmpError(node, outbox), //    RFC 4443
});

/** Takes the default lanes and returns the lanes to use. */
export type RouterAdapter = (lanes: RouterLanes, outbox: Subject<Packet>) => RouterLanes;

/**
 * Joins lanes to a line with an outbox of its own, and a way back for packets that go into tunnels or come out of them.
 *
 * @param lanesFor makes them
 * @param beside what runs beside the line and speaks through the outbox
 */
export const joinLanes =
  (
    node: Node,
    lanesFor: (outbox: Subject<Packet>, again: Subject<Packet>) => RouterLanes,
    beside: (outbox: Subject<Packet>) => Observable<never>,
  ): Lane =>
  (wire$) =>
    defer(() => {
      const outbox = new Subject<Packet>();
      const again = new Subject<Packet>();
      const lanes = lanesFor(outbox, again);
      const received$ = wire$.pipe(
        lanes.receive,
        atEnd(() => outbox.complete()),
      );
      const originated$ = outbox.pipe(
        inTurn(),
        countMessagesSent(node.counters),
        atEnd(() => again.complete()),
      );
      const detections$ = duplicateAddressDetection(node, outbox);
      return merge(originated$, again.pipe(inTurn()), detections$, beside(outbox), received$).pipe(
        lanes.classify,
        branch(fate, {
          local: lanes.local,
          forward: lanes.forward,
          originate: lanes.originate,
          encapsulated: lanes.encapsulated,
          refused: pass,
        }),
        lanes.transmit,
        lanes.explain,
      );
    });

/**
 * The default router: packets from any interface in, packets for any interface out. Every packet comes out, marked
 * as sent-to-be (`inFlight`, with `outInterface` set), delivered or refused; what follows sends, counts and releases.
 *
 * On interfaces of `node.autoconfigurations` the router is a host besides: it configures itself from the routers there.
 *
 * @param adapt takes the default lanes and returns the lanes to use
 * @param options what the default lanes leave to choice
 *
 * @example
 * // the default
 * source$.pipe(router(node), toInterfaces(ports), countOutcome(node.counters), release()).subscribe();
 * // with a meter on everything that is forwarded
 * router(node, (lanes) => ({ ...lanes, forward: pipe(lanes.forward, meter) }));
 * // with a stricter bound on headers
 * router(node, undefined, { extensionHeaders: { limits: { headers: 4 } } });
 */
export const router = (node: Node, adapt: RouterAdapter = (lanes) => lanes, options: RouterOptions = {}): Lane =>
  joinLanes(
    node,
    (outbox, again) => adapt(routerLanes(node, outbox, again, options), outbox),
    (outbox) => routerDiscovery(node, outbox, options),
  );
