import { type Observable, type OperatorFunction, of, pipe, type SchedulerLike, type Subject } from 'rxjs';
import { describe, expectTypeOf, test } from 'vitest';
import {
  type Change,
  type Config,
  classify,
  classifyStep,
  countOutcome,
  createNode,
  type Device,
  decode,
  decodeStep,
  defaultHeaders,
  defaultOptions,
  defineConfig,
  extensionHeaders,
  type FateLane,
  fate,
  fromCapture,
  fromDevice,
  fromMemory,
  hopByHopOptions,
  hopLimit,
  hopLimitStep,
  type Interface,
  type IpAddress,
  icmpError,
  type Lane,
  loadConfig,
  type Node,
  type OptionHandler,
  type Packet,
  parseAddress,
  pathMtu,
  type Route,
  type RouterLanes,
  type RunningRouter,
  release,
  router,
  type Step,
  startRouter,
  toInterfaces,
  toMemory,
  trace,
  type Watchable,
} from '../../src/index.ts';

declare const node: Node;
declare const outbox: Subject<Packet>;
declare const device: Device;

describe('operators', () => {
  test('are lanes when they are called', () => {
    expectTypeOf(decode()).toEqualTypeOf<Lane>();
    expectTypeOf(hopLimit()).toEqualTypeOf<Lane>();
    expectTypeOf(extensionHeaders()).toEqualTypeOf<Lane>();
    expectTypeOf(classify(node)).toEqualTypeOf<Lane>();
    expectTypeOf(pathMtu(node)).toEqualTypeOf<Lane>();
    expectTypeOf(icmpError(node, outbox)).toEqualTypeOf<Lane>();
    expectTypeOf(countOutcome(node.counters)).toEqualTypeOf<Lane>();
    expectTypeOf(trace()).toEqualTypeOf<Lane>();
    expectTypeOf(router(node)).toEqualTypeOf<Lane>();
  });

  test('take handlers of headers and options as data', () => {
    const mine: OptionHandler = { type: 0x1e, name: 'Mine', where: 'both' };
    expectTypeOf(
      extensionHeaders({ headers: defaultHeaders, options: [...defaultOptions, mine] }),
    ).toEqualTypeOf<Lane>();
    expectTypeOf(hopByHopOptions({ options: [mine], limits: { options: 1 } })).toEqualTypeOf<Lane>();
    // @ts-expect-error a node on the way has no limit of headers
    hopByHopOptions({ limits: { headers: 1 } });
    // @ts-expect-error there is no such place
    hopByHopOptions({ options: [{ ...mine, where: 'anywhere' }] });
  });

  test('have steps that work on one packet and return nothing', () => {
    expectTypeOf(decodeStep).toEqualTypeOf<Step>();
    expectTypeOf(hopLimitStep).toEqualTypeOf<Step>();
    expectTypeOf(classifyStep(node)).toEqualTypeOf<Step>();
  });

  test('are lanes only when they are called', () => {
    // @ts-expect-error decode makes a lane: decode()
    of<Packet>().pipe(decode);
  });

  test('decide the fate of a packet among five lanes', () => {
    expectTypeOf(fate).toEqualTypeOf<(packet: Packet) => FateLane>();
    expectTypeOf<FateLane>().toEqualTypeOf<'local' | 'forward' | 'originate' | 'encapsulated' | 'refused'>();
  });
});

describe('the router', () => {
  test('hands out its lanes by name, and takes as many back', () => {
    router(node, (lanes) => {
      expectTypeOf(lanes).toEqualTypeOf<RouterLanes>();
      return { ...lanes, forward: pipe(lanes.forward, trace()) };
    });
    // @ts-expect-error all lanes but one are missing
    router(node, (lanes) => ({ forward: lanes.forward }));
  });
});

describe('sources and sinks', () => {
  test('are the two ends of a line', () => {
    expectTypeOf(fromMemory([], { pool: node.pool, interfaceIndex: 1 })).toEqualTypeOf<Observable<Packet>>();
    expectTypeOf(fromDevice(device, { pool: node.pool, interfaceIndex: 1 })).toEqualTypeOf<Observable<Packet>>();
    expectTypeOf(fromCapture).returns.toEqualTypeOf<Observable<Packet>>();
    expectTypeOf(toInterfaces([])).toEqualTypeOf<Lane>();
    expectTypeOf(toMemory([])).toEqualTypeOf<Lane>();
  });

  test('end with release, behind which there are no packets', () => {
    expectTypeOf(release()).toEqualTypeOf<OperatorFunction<Packet, never>>();
  });
});

describe('a node', () => {
  test('is given chance, and may be given time', () => {
    expectTypeOf(createNode).returns.toEqualTypeOf<Node>();
    expectTypeOf(node.scheduler).toEqualTypeOf<SchedulerLike>();
    // @ts-expect-error who makes a node says where chance comes from
    createNode({});
  });

  test('holds stores that can be watched', () => {
    expectTypeOf(node.interfaces).toExtend<Watchable<Interface>>();
    expectTypeOf(node.routes).toExtend<Watchable<Route>>();
    expectTypeOf<Change<Route>['type']>().toEqualTypeOf<'added' | 'updated' | 'removed'>();
  });

  test('keeps its stores', () => {
    // @ts-expect-error stores are written by their verbs, not exchanged
    node.routes = createNode({ random: Math.random }).routes;
  });
});

describe('configuration', () => {
  test('is checked where it is written', () => {
    defineConfig({ interfaces: { uma: { device: 'tun', addresses: ['fd00:a::1/64'] } } });
    // @ts-expect-error a device is a tun or a tap
    defineConfig({ interfaces: { uma: { device: 'ton', addresses: ['fd00:a::1/64'] } } });
  });

  test('is read, then run', () => {
    expectTypeOf(loadConfig).returns.resolves.toEqualTypeOf<Config>();
    expectTypeOf(startRouter).parameter(0).toEqualTypeOf<Config>();
    expectTypeOf(startRouter).returns.toEqualTypeOf<RunningRouter>();
  });
});

test('an address that does not parse is undefined', () => {
  expectTypeOf(parseAddress('::1')).toEqualTypeOf<IpAddress | undefined>();
});
