import { defer, merge, pipe, Subject } from 'rxjs';
import {
  branch,
  type ClassifyOptions,
  classify,
  countForwarded,
  countMessagesSent,
  countReceived,
  countRouted,
  decode,
  deliver,
  type ExtensionHeaderOptions,
  ethernetInput,
  extensionHeaders,
  fate,
  fragment,
  fragmentOriginated,
  type HopByHopOptions,
  hopByHopOptions,
  hopLimit,
  icmpError,
  ipsecForward,
  ipsecInput,
  ipsecKeepalive,
  ipsecOutput,
  neighborDiscovery,
  pass,
  pathMtu,
  reassemble,
  remember,
  resolveNeighbor,
  routerAdvertiser,
  scope,
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
  /** On the way out, forwarded and originated alike, to the next hop's link-layer address. */
  readonly transmit: Lane;
  /** Everything, at the end: refused packets are answered here. */
  readonly explain: Lane;
}

/** Where packets come into the line besides the wire. */
export interface RouterInlets {
  /** What the node says itself. */
  readonly outbox: Subject<Packet>;
  /** What came out of tunnels. */
  readonly inner: Subject<Packet>;
}

/** What the default lanes leave to choice: what is known of headers and options, and how much of them is read. */
export interface RouterOptions {
  /** Of packets for this node. */
  readonly extensionHeaders?: ExtensionHeaderOptions;
  /** Of packets for others. */
  readonly hopByHopOptions?: HopByHopOptions;
  readonly classify?: ClassifyOptions;
}

/**
 * The default lanes of a node. `outbox` takes what the node says itself, `inner` the packets that come out of tunnels,
 * which are received once more.
 */
export const routerLanes = (node: Node, { outbox, inner }: RouterInlets, options: RouterOptions = {}): RouterLanes => ({
  receive: pipe(
    ethernetInput(node, outbox), //       RFC 2464, RFC 1112 §6.4, RFC 826
    decode(), //                          RFC 8200 §3, RFC 791 §3.1
    countReceived(node.counters), //      RFC 4293
  ),
  classify: classify(node, options.classify), // INET'99 §3.2
  local: pipe(
    neighborDiscovery(node, outbox), //   RFC 4861 §7.2
    extensionHeaders(options.extensionHeaders), // RFC 8200 §4
    reassemble(node), //                  RFC 8200 §4.5, RFC 791 §3.2
    extensionHeaders(options.extensionHeaders), // RFC 8200 §4, what the fragments held
    ipsecInput(node, inner, options.extensionHeaders), // RFC 4301 §5.2
    deliver(node, outbox), //             RFC 4443 §4.2
  ),
  forward: pipe(
    ipsecForward(node), //                RFC 4301 §5.2
    hopByHopOptions(options.hopByHopOptions), // RFC 8200 §4.3, RFC 9673
    scope(node.interfaces), //            RFC 4007 §9
    hopLimit(), //                        RFC 8200 §3
    countForwarded(node.counters), //     RFC 4293
  ),
  originate: pipe(
    countRouted(node.counters), //        RFC 4293
    remember(node), //                    RFC 8201 §4
  ),
  transmit: pipe(
    ipsecOutput(node), //                 RFC 4301 §5.1, INET'99 §3.3
    fragmentOriginated(node), //          RFC 8200 §4.5
    fragment(node), //                    RFC 791 §3.2
    pathMtu(node), //                     RFC 8200 §5, RFC 8201 §4, RFC 1812 §5.2.5
    resolveNeighbor(node, outbox), //     RFC 4861 §7.2.2, RFC 7048
  ),
  explain: icmpError(node, outbox), //    RFC 4443
});

/** Takes the default lanes and returns the lanes to use. */
export type RouterAdapter = (lanes: RouterLanes, outbox: Subject<Packet>) => RouterLanes;

/**
 * The default router: packets from any interface in, packets for any interface out. Every packet comes out, marked
 * as sent-to-be (`inFlight`, with `outInterface` set), delivered or refused; what follows sends, counts and releases.
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
export const router =
  (node: Node, adapt: RouterAdapter = (lanes) => lanes, options: RouterOptions = {}): Lane =>
  (wire$) =>
    defer(() => {
      const outbox = new Subject<Packet>();
      const inner = new Subject<Packet>();
      const lanes = adapt(routerLanes(node, { outbox, inner }, options), outbox);
      const received$ = wire$.pipe(
        lanes.receive,
        atEnd(() => {
          inner.complete();
          outbox.complete();
        }),
      );
      const unwrapped$ = inner.pipe(inTurn(), decode());
      const originated$ = outbox.pipe(inTurn(), countMessagesSent(node.counters));
      return merge(
        originated$,
        unwrapped$,
        routerAdvertiser(node, outbox),
        ipsecKeepalive(node, outbox),
        received$,
      ).pipe(
        lanes.classify,
        branch(fate, {
          local: lanes.local,
          forward: lanes.forward,
          originate: lanes.originate,
          refused: pass,
        }),
        lanes.transmit,
        lanes.explain,
      );
    });
