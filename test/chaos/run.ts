/**
 * A chaos run: workers under a steady load while one thing after another breaks, then the same without faults, then the comparison.
 * Method: the faults come in turn, in an order drawn from the seed, with time in between for everything to run again; a watch
 * (`watch.ts`) notes how long no prediction came.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../../bench/random.js';
import { predictionsTopic } from '../../src/contract/topics.js';
import { type Log, readToEnd } from '../../src/log/log.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { FAULTS, impossible, type Stage } from './faults.js';
import { type Judgement, judge, rawPositions } from './judge.js';
import { until } from './until.js';
import { type Gaps, Watch } from './watch.js';
import { World } from './world.js';

export interface ChaosOptions {
  readonly folder: string;
  readonly minutes: number;
  readonly workers: number;
  /** Events a second, of all raw topics together; null: as fast as the broker takes them. */
  readonly rate: number | null;
  readonly seed: number;
  readonly faults: readonly string[];
  readonly sessionTimeoutMs: number;
  /** Between the end of a fault and the next one. */
  readonly restMs: number;
  /** Whether the folder stays, with the logs of all processes. */
  readonly keep?: boolean;
  readonly say: (line: string) => void;
}

export interface ChaosReport extends Judgement {
  /** Scored events, as they lie in the raw topic. */
  readonly events: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Workers that ended by themselves. */
  readonly exits: readonly string[];
  readonly longest_gap_seconds: number;
  /** The time in which some partition had no prediction, by the fault that was going on or the last one before. */
  readonly gaps: Readonly<Record<string, Gaps>>;
  readonly seconds: number;
  readonly seed: number;
}

/** For what is left when the load and the faults have ended, and for the run without faults. */
const REST_MAX_MS = 15 * 60_000;
const COUNT_MS = 3_000;
const STARTED_MAX_MS = 120_000;

/** Where each partition ends, records of transactions and their ends included: it grows if and only if something was written. */
export async function endsOf(log: Log, topic: string): Promise<readonly number[]> {
  const { partitions } = (await log.describeTopic(topic))!;
  const ends = await log.offsets(Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
  return ends.map(({ lastStable }) => lastStable);
}

/** Every scored event of the raw topic has its prediction: as many records as there are events, or more. */
export async function untilServed(
  world: World,
  definition: TopologyDefinition,
  say: (line: string) => void,
): Promise<void> {
  const topic = predictionsTopic(definition.name, definition.models[0]!.name);
  const events = (await rawPositions(definition, world.log)).length;
  const all = async () => {
    const { partitions } = (await world.log.describeTopic(topic))!;
    let predicted = 0;
    for (let partition = 0; partition < partitions; partition++) {
      predicted += await countRecords(world.log, topic, partition);
    }
    say(`${predicted} of ${events} departures are predicted`);
    return predicted >= events;
  };
  await until(`${events} departures are predicted`, REST_MAX_MS, all, COUNT_MS);
}

async function countRecords(log: Log, topic: string, partition: number): Promise<number> {
  let count = 0;
  for await (const _ of readToEnd(log, { topic, partition })) count++;
  return count;
}

/** The faults in an order by chance, each once before any comes again. */
function* inTurn(faults: readonly string[], chance: () => number): Generator<string> {
  for (;;) {
    const left = [...faults];
    while (left.length > 0) yield left.splice(Math.floor(chance() * left.length), 1)[0]!;
  }
}

export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { folder, minutes, rate, seed, sessionTimeoutMs, restMs, say } = options;
  const startedMs = Date.now();
  const counts: Record<string, number> = {};
  const faults = options.faults.filter((fault) => {
    const why = impossible(fault);
    if (why !== null) say(`${fault} is left out: ${why}`);
    return why === null;
  });
  const world = await World.open(folder, sessionTimeoutMs);
  try {
    const { path, definition } = await world.topology('chaos');
    const workers = Array.from({ length: options.workers }, (_, i) => world.worker(`worker-${i + 1}`));
    for (const worker of workers) world.start(worker, path);
    const loader = await world.loader(definition, rate);
    let loading = true;
    const loaded = loader.run(
      Number.POSITIVE_INFINITY,
      () => {},
      () => !loading,
    );
    const topic = predictionsTopic(definition.name, definition.models[0]!.name);
    await until('each partition has a prediction', STARTED_MAX_MS, async () =>
      (await endsOf(world.log, topic)).every((end) => end > 0),
    );

    const watch = new Watch(() => endsOf(world.log, topic));
    const chance = random(seed).next;
    const stage: Stage = { world, workers, topology: path, sessionTimeoutMs, chance };
    const turns = inTurn(faults, chance);
    const endMs = Date.now() + minutes * 60_000;
    let ended = false;
    void loaded.then(() => {
      ended = true;
    });
    await sleep(restMs);
    while (Date.now() < endMs && !ended) {
      const fault = turns.next().value!;
      watch.gapped.strikes(fault);
      counts[fault] = (counts[fault] ?? 0) + 1;
      const at = `${((Date.now() - startedMs) / 1000).toFixed(0)} s`;
      say(`${at}: ${fault} at ${new Date().toISOString()}`);
      watch.gapped.wasAway(await FAULTS[fault]!(stage));
      await sleep(restMs);
      say(`${at}: ${fault}: ${watch.gapped.last.toFixed(1)} s without predictions in some partition`);
    }
    await watch.end();
    loading = false;
    const { sent } = await loaded;
    await loader.end();
    await loader.close();
    say(`${sent} events were sent; waiting for the rest`);
    for (const worker of workers) if (worker.process === null) world.start(worker, path);
    await untilServed(world, definition, say);
    for (const worker of workers) await world.kill(worker, 'SIGTERM');

    say('the same without faults');
    const twin = await world.topology('undisturbed');
    const only = world.worker('undisturbed');
    world.start(only, twin.path);
    await untilServed(world, twin.definition, say);
    await world.kill(only, 'SIGTERM');

    const judgement = await judge(definition, twin.definition, world);
    const gaps = watch.gapped.byFault();
    return {
      events: (await rawPositions(definition, world.log)).length,
      faults: counts,
      ...judgement,
      exits: world.exits,
      longest_gap_seconds: Math.max(0, ...Object.values(gaps).map(({ max }) => max)),
      gaps,
      seconds: (Date.now() - startedMs) / 1000,
      seed,
    };
  } finally {
    await world.close(options.keep);
  }
}
