import { catchError, EMPTY, finalize, merge, type Observable, pipe, ReplaySubject, Subscription } from 'rxjs';
import { type Config, isDevice } from '../config/index.ts';
import { countOutcome, type RogueAdvertisement } from '../operators/index.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, pass, type Step } from '../packet/stage.ts';
import { host } from '../pipelines/host.ts';
import { type RouterAdapter, router } from '../pipelines/router.ts';
import { secureRandom } from '../platform/random.ts';
import { deviceStep } from '../sinks/device.ts';
import { release, toInterfaces } from '../sinks/index.ts';
import { fromDevice } from '../sources/device.ts';
import { createNode, type Node } from '../state/node.ts';
import { addInterface, addRoutes, nodeLimits, routerLimits } from './configure.ts';
import { detectionsOver } from './detections-over.ts';
import { followLinkLayerAddresses, type Opened, openInterface } from './open.ts';
import { Rogues } from './rogues.ts';

/** An interface whose device is gone. */
export interface DeviceLoss {
  readonly interface: string;
  readonly error: Error;
}

export interface RunningRouter {
  readonly node: Node;
  /** Names of the interfaces, in the order of the configuration. */
  readonly interfaces: readonly string[];
  /** How many of them are on devices. */
  readonly devices: number;
  /**
   * Emits, and completes, once the configured addresses can be used: when Duplicate Address Detection has ended for all
   * of them. It takes 1 to 2 s on Ethernet, with one probe each; after a while it emits in any case.
   */
  readonly ready$: Observable<void>;
  /**
   * Devices lost while running; the others go on. Completes when the router has stopped or no device is left. Errors
   * when a lane did: then the router has stopped.
   */
  readonly losses$: Observable<DeviceLoss>;
  /** Routers that advertise themselves on an interface with `rogueAdvertisements`, and may not: no more than is fit to read. */
  readonly rogues$: Observable<RogueAdvertisement>;
  /** Closes devices, cancels timers, releases packets. Idempotent. */
  stop(): void;
}

export interface StartOptions {
  /** Takes the router's default lanes and returns the lanes to use. */
  readonly adapt?: RouterAdapter;
  /** Sees every packet at the end of the line, whatever became of it: a recorder or a tracer. */
  readonly record?: (node: Node) => Lane;
}

/**
 * Runs the default router, or the default host if it is not to forward, on real devices: opens them, configures both sides, joins sources, pipeline and sinks.
 *
 * @throws PlatformError with one sentence when a device can't be had, and whatever a lane errors with at once; nothing
 * is left behind
 *
 * @example
 * const running = startRouter(await loadConfig('router.json'));
 * process.once('SIGINT', () => running.stop());
 */
export const startRouter = (config: Config, options: StartOptions = {}): RunningRouter => {
  const { addressSelection, forwarding, limits } = config;
  const node = createNode({ random: secureRandom(), addressSelection, forwarding, ...nodeLimits(limits) });
  const opened: Opened[] = [];
  const owner = new Subscription();
  const rogues = new Rogues();
  const losses$ = new ReplaySubject<DeviceLoss>(config.interfaces.length);
  owner.add(() => {
    for (const { device } of opened) device.close();
    node.close();
    rogues.close();
    losses$.complete();
  });
  try {
    for (const entry of config.interfaces) {
      if (!isDevice(entry)) {
        addInterface(node, entry);
        continue;
      }
      const each = openInterface(node, entry);
      opened.push(each);
      rogues.watch(each.index, entry);
    }
    addRoutes(node, config.routes);
    owner.add(followLinkLayerAddresses(node, opened));
  } catch (error) {
    owner.unsubscribe();
    throw error;
  }

  const ports: (Step | undefined)[] = [];
  const received$ = ({ index, name, device }: Opened): Observable<Packet> => {
    ports[index] = deviceStep(device);
    return fromDevice(device, { pool: node.pool, interfaceIndex: index }).pipe(
      catchError((error: Error) => {
        ports[index] = undefined;
        node.interfaces.takeDown(index);
        device.close();
        losses$.next({ interface: name, error });
        return EMPTY;
      }),
    );
  };
  const line = pipe(
    (forwarding ? router : host)(node, options.adapt, { ...routerLimits(limits), ...rogues.options(node) }),
    toInterfaces(ports),
    options.record?.(node) ?? pass,
    countOutcome(node.counters),
    release(),
    finalize(() => losses$.complete()),
  );
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure = error;
    losses$.error(error);
    owner.unsubscribe();
  };
  owner.add(
    merge(...opened.map(received$))
      .pipe(line)
      .subscribe({ error: fail }),
  );
  if (failure !== undefined) throw failure;
  const ready$ = new ReplaySubject<void>(1);
  owner.add(() => ready$.complete());
  owner.add(detectionsOver(node).subscribe(ready$));
  return {
    node,
    interfaces: config.interfaces.map(({ name }) => name),
    devices: opened.length,
    ready$: ready$.asObservable(),
    losses$: losses$.asObservable(),
    rogues$: rogues.rogues$,
    stop: () => {
      node.advertisements.ceaseAll(); // while it can still be heard
      owner.unsubscribe();
    },
  };
};
