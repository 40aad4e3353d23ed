import { catchError, EMPTY, finalize, merge, type Observable, pipe, ReplaySubject, Subscription } from 'rxjs';
import { type Config, gatewayOf, type InterfaceConfig } from '../config/index.ts';
import { countOutcome } from '../operators/index.ts';
import type { Device } from '../packet/device.ts';
import type { Packet } from '../packet/packet.ts';
import { type Lane, pass, type Step } from '../packet/stage.ts';
import { type RouterAdapter, router } from '../pipelines/router.ts';
import { configureKernelSide } from '../platform/interface.ts';
import { secureRandom } from '../platform/random.ts';
import { openDevice } from '../platform/tun.ts';
import { deviceStep } from '../sinks/device.ts';
import { release, toInterfaces } from '../sinks/index.ts';
import { fromDevice } from '../sources/device.ts';
import { createNode, type Node } from '../state/node.ts';
import type { IpAddress } from '../wire/address.ts';
import { addInterface, addRoutes, nodeLimits, routerLimits } from './configure.ts';
import { configuredCrypto, setUpIpsec } from './ipsec.ts';

/** An interface whose device is gone. */
export interface DeviceLoss {
  readonly interface: string;
  readonly error: Error;
}

export interface RunningRouter {
  readonly node: Node;
  /** Names of the interfaces, in the order of the configuration. */
  readonly interfaces: readonly string[];
  /** What of the configuration may not be what was meant, in sentences. */
  readonly warnings: readonly string[];
  /**
   * Devices lost while running; the others go on. Completes when the router has stopped or no device is left. Errors
   * when a lane did: then the router has stopped.
   */
  readonly losses$: Observable<DeviceLoss>;
  /** Closes devices, cancels timers, releases packets. Idempotent. */
  stop(): void;
}

export interface StartOptions {
  /** Takes the router's default lanes and returns the lanes to use. */
  readonly adapt?: RouterAdapter;
  /** Sees every packet at the end of the line, whatever became of it: a recorder or a tracer. */
  readonly record?: (node: Node) => Lane;
}

interface Opened {
  readonly index: number;
  readonly name: string;
  readonly device: Device;
}

/** On Ethernet a host routes to a router, not to a link. */
const gatewaysOf = (config: InterfaceConfig): readonly IpAddress[] =>
  config.device === 'tun' ? [] : ([6, 4] as const).flatMap((family) => gatewayOf(config, family) ?? []);

const openInterface = (node: Node, config: InterfaceConfig): Opened => {
  const { name, device: kind, netns, mtu, kernel } = config;
  const device = openDevice({ name, kind });
  try {
    configureKernelSide({ device, netns, mtu: kernel?.mtu ?? mtu, ...kernel, gateways: gatewaysOf(config) });
    return { index: addInterface(node, config).index, name, device };
  } catch (error) {
    device.close();
    throw error;
  }
};

/**
 * Runs the default router on real devices: opens them, configures both sides, joins sources, pipeline and sinks.
 *
 * @throws PlatformError with one sentence when a device can't be had, and whatever a lane errors with at once; nothing
 * is left behind
 *
 * @example
 * const running = startRouter(await loadConfig('router.json'));
 * process.once('SIGINT', () => running.stop());
 */
export const startRouter = (config: Config, options: StartOptions = {}): RunningRouter => {
  const node = createNode({
    random: secureRandom(),
    crypto: configuredCrypto(config.ipsec),
    ...nodeLimits(config.limits),
  });
  let warnings: readonly string[] = [];
  const opened: Opened[] = [];
  const owner = new Subscription();
  const losses$ = new ReplaySubject<DeviceLoss>(config.interfaces.length);
  owner.add(() => {
    for (const { device } of opened) device.close();
    node.close();
    losses$.complete();
  });
  try {
    for (const entry of config.interfaces) opened.push(openInterface(node, entry));
    addRoutes(node, config.routes);
    warnings = setUpIpsec(node, config.ipsec);
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
    router(node, options.adapt, routerLimits(config.limits)),
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
  return {
    node,
    interfaces: opened.map(({ name }) => name),
    warnings,
    losses$: losses$.asObservable(),
    stop: () => {
      node.advertisements.ceaseAll(); // while it can still be heard
      owner.unsubscribe();
    },
  };
};
