/**
 * Fuzzes decoding, header chains, reassembly, classification and ICMP errors for as long as one likes:
 *
 *     npm run fuzz -- --inputs 10000000 --seed 1
 *
 * Inputs are grown by a grammar, or are mutants of those before that brought up something new: a drop reason behind
 * other headers, another error. Time is virtual, so a seed makes the same run everywhere. Fails when something is
 * thrown or sent that is not sound, when an input costs more than 20 times the median of its length, and when memory
 * grows. With --keep, the least input for each outcome that no file of the corpus has goes into the corpus.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Packet } from '../../src/packet/index.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { Protocol } from '../../src/wire/index.ts';
import { a, advance } from '../support/testbed.ts';
import { bases } from './bases.ts';
import { readCorpus, toHex } from './corpus.ts';
import { featureOf } from './features.ts';
import { grow } from './grammar.ts';
import { type Pick, writeMutant } from './hostile.ts';
import { minimise, outcomesOf } from './minimise.ts';
import { target } from './target.ts';
import { meterWork, WorkByLength } from './work.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
});
const inputs = Number(values.inputs);
const seed = Number(values.seed);

const longest = 2_048;
const mostSeeds = 4_096;
const costliest = 20;
const shownBytes = 256;
const mostGrowth = 64 * 1_024 * 1_024;
/** Errors are wanted here, not rationed. */
const unlimited = {
  rate: 1e9,
  burst: 1e9,
  tooBigRate: 1e9,
  tooBigBurst: 1e9,
  destinationRate: 1e9,
  destinationBurst: 1e9,
};

const random = seededRandom(seed);
const pick: Pick = (count) => Math.floor(random() * count);

const meter = meterWork();
const work = new WorkByLength();
const features = new Set<number>();
const seeds: Uint8Array[] = [...bases, ...readCorpus().map(({ bytes }) => bytes)];
const firstKept = seeds.length;

/** Of the running input: has it brought up anything new, and how many bytes has it settled? */
let isNew = false;
let settled = 0;
const look = (packet: Packet): void => {
  const before = meter.count;
  const feature = featureOf(packet);
  if (!features.has(feature)) {
    features.add(feature);
    isNew = true;
  }
  if (packet.inInterface !== 0) settled += packet.end - packet.start;
  meter.count = before;
};

const { bed, wire$, failure } = target(look, { errorLimits: unlimited });
const { reassembly } = bed.node;
bed.node.ports.listen(Protocol.udp, 4_001, () => {});

const fail = (number: number, sentence: string, input: Uint8Array): never => {
  console.error(`umigame: input ${number} of seed ${seed}: ${sentence}\n${toHex(input)}`);
  process.exit(1);
};

const keep = (input: Uint8Array): void => {
  if (seeds.length < mostSeeds) seeds.push(input);
  else seeds[firstKept + pick(mostSeeds - firstKept)] = input;
};

const draft = new DataView(new ArrayBuffer(longest));
const mutantOf = (from: readonly Uint8Array[]): Uint8Array => {
  const length = writeMutant(from, pick(0x7fffffff), draft, 0, longest);
  return new Uint8Array(draft.buffer.slice(0, length));
};

let waiting: Uint8Array[] = [];
const next = (): Uint8Array => {
  const first = waiting.shift();
  if (first !== undefined) return pick(16) === 0 ? mutantOf([first]) : first;
  if (pick(8) !== 0) return mutantOf(seeds);
  waiting = grow(pick);
  return next();
};

const heapUsed = (): number => {
  globalThis.gc?.();
  const { heapUsed: heap, arrayBuffers } = process.memoryUsage();
  return heap + arrayBuffers;
};

let mostHeld = 0;
let warm = 0;
let mostMemory = 0;
const started = performance.now();
for (let number = 1; number <= inputs; number += 1) {
  const input = next();
  const packet = bed.pool.acquire(input.length);
  if (packet === undefined) fail(number, 'the pool is exhausted', input);
  else {
    packet.bytes.set(input, packet.start);
    packet.inInterface = a + pick(3);
    isNew = false;
    settled = 0;
    meter.count = 0;
    const { held } = reassembly;
    try {
      wire$.next(packet);
    } catch (error) {
      fail(number, `threw ${error}`, input);
    }
    // What settles others, a last fragment or one too many, is paid for by them as well.
    const packets = Math.max(1, held - reassembly.held + 1);
    work.add(Math.max(input.length, settled / packets), Math.round(meter.count / packets), input);
    if (failure() !== undefined) fail(number, `${failure()}`, input);
    if (isNew) keep(input);
  }
  if (number % 50 !== 0) continue;
  advance(bed.clock, 1);
  mostHeld = Math.max(mostHeld, reassembly.held);
  if (number % 250_000 !== 0) continue;
  const memory = heapUsed();
  if (warm === 0) warm = memory;
  mostMemory = Math.max(mostMemory, memory);
  const perSecond = Math.round((number / (performance.now() - started)) * 1_000);
  console.log(`${number} inputs, ${features.size} features, ${Math.round(memory / 1e6)} MB, ${perSecond} a second`);
}
wire$.complete();

const { held: left } = bed.node.counters.balance();
console.log(
  `\nseed ${seed}: ${inputs} inputs, ${features.size} features, ${bed.node.counters.refusals().size} reasons`,
);
console.log(`at most ${mostHeld} fragments held; ${left} packets held at the end, ${bed.pool.outstanding} slabs out`);
console.log(`memory: ${warm} bytes once warm, ${mostMemory} at most`);
console.log('\nbytes       inputs   median work    worst   ratio');
let isTooCostly = false;
for (const { from, inputs: count, median, worst, worstInput } of work.rows()) {
  const ratio = worst / Math.max(median, 1);
  const columns = [`${from}`.padEnd(8), `${count}`.padStart(9), `${median}`.padStart(13), `${worst}`.padStart(8)];
  console.log(`${columns.join(' ')} ${ratio.toFixed(1).padStart(7)}`);
  if (ratio <= costliest) continue;
  isTooCostly = true;
  console.log(toHex(worstInput.subarray(0, shownBytes)));
}

if (values.keep) {
  const folder = join(import.meta.dirname, 'corpus');
  mkdirSync(folder, { recursive: true });
  const known = new Set(readCorpus().flatMap(({ bytes }) => outcomesOf(bytes)));
  for (const input of seeds) {
    const outcomes = outcomesOf(input);
    const fresh = outcomes.find((outcome) => !known.has(outcome));
    if (fresh === undefined) continue;
    const all = outcomes.join();
    const least = minimise(input, (bytes) => outcomesOf(bytes).join() === all);
    writeFileSync(join(folder, `${fresh}.hex`), `# ${outcomes.join(', ').replaceAll('-', ' ')}\n${toHex(least)}\n`);
    console.log(`kept ${fresh}: ${least.length} bytes`);
    for (const outcome of outcomes) known.add(outcome);
  }
}

if (left !== 0 || bed.pool.outstanding !== 0 || isTooCostly || mostMemory - warm > mostGrowth) process.exitCode = 1;
