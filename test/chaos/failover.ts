/**
 * How long no prediction comes when a worker is killed, with a state as large as one likes.
 * Goal: the session time-out and at most three seconds, whatever the size of the state, where a copy of it is at hand; else as long as
 * the changelog takes to read. Method: some workers, a payment of each card or more of them, then payments of random cards at a
 * steady rate while one worker after another is killed; then, with two workers that have no copies, once more.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../../bench/random.js';
import { changelogTopic, predictionsTopic } from '../../src/contract/topics.js';
import type { Log } from '../../src/log/log.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { endsOf } from './run.js';
import { until } from './until.js';
import { Watch } from './watch.js';
import { type ChaosWorker, patientProducer, World } from './world.js';

export interface FailoverOptions {
  readonly folder: string;
  readonly workers: number;
  /** Cards, and payments of them before anything breaks. */
  readonly cards: number;
  readonly payments: number;
  /** Of a text in each payment that state keeps: bytes. */
  readonly textBytes: number;
  /** Payments a second afterwards. */
  readonly rate: number;
  /** How often a worker is killed while copies are kept. */
  readonly kills: number;
  /** Before each: for copies to be made. */
  readonly restMs: number;
  readonly sessionTimeoutMs: number;
  readonly keep?: boolean;
  readonly say: (line: string) => void;
}

export interface FailoverReport {
  readonly session_seconds: number;
  readonly cards: number;
  readonly changelog_records: number;
  readonly changelog_megabytes: number;
  /** Without predictions in some partition, each time that a worker was killed whose state was copied. */
  readonly with_copies_seconds: readonly number[];
  /** The same where nobody had a copy. */
  readonly without_copies_seconds: number;
  /** Records that had to be restored then, as the log's lines of progress say; 0 where it was done before the first line was due. */
  readonly restored_records: number;
  readonly progress_lines: number;
}

const RAW = { payments: 4, reports: 1 };
const SEND_ROWS = 2_000;
const TICK_MS = 100;
const LOADED_MAX_MS = 20 * 60_000;
/** Beyond the session: a restore, and the time to be sure that it is over. */
const OVER_MAX_MS = 10 * 60_000;
const QUIET_MS = 5_000;
const STEP_MS = 100;

interface Line {
  readonly msg: string;
  readonly partition?: number;
  readonly of?: number;
}

async function linesOf(world: World, { name }: ChaosWorker): Promise<Line[]> {
  const text = await readFile(join(world.folder, `${name}.log`), 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []));
}

/** Payments of cards in turn, then of any. */
async function payments(world: World, { events }: TopologyDefinition, { cards, textBytes }: FailoverOptions) {
  const { topic, schema } = events[0]!;
  const { encode } = await world.codec.writer<object>(topic, schema, { wide: true });
  const producer = patientProducer(world.log);
  const chance = random(1);
  let made = 0;
  const startMs = Date.UTC(2024, 0, 1);
  return {
    async send(count: number): Promise<void> {
      const batch = Array.from({ length: count }, () => {
        const n = made++;
        const number = n < cards ? n : chance.below(cards);
        const value = encode({
          payment_id: `payment-${n}`,
          time: startMs + n * STEP_MS,
          card: `card-${number}`,
          merchant: `shop ${chance.below(500)} `.padEnd(textBytes, 'x'),
          amount: chance.below(10_000) / 100,
        });
        return { topic, partition: n % RAW.payments, value };
      });
      await producer.send(batch);
    },
    made: () => made,
    close: () => producer.close(),
  };
}

async function bytesOf(log: Log, topic: string): Promise<{ records: number; bytes: number }> {
  const { partitions } = (await log.describeTopic(topic))!;
  let records = 0;
  let bytes = 0;
  for (let partition = 0; partition < partitions; partition++) {
    const [bounds] = await log.offsets([{ topic, partition }]);
    for (let next = bounds!.start; next < bounds!.lastStable; ) {
      const fetched = await log.fetch({ topic, partition, offset: next }, { maxWaitMs: 1000, maxBytes: 8_388_608 });
      for (const { key, value } of fetched.records) {
        records++;
        bytes += (key?.length ?? 0) + (value?.length ?? 0);
      }
      next = fetched.next;
    }
  }
  return { records, bytes };
}

export async function failover(options: FailoverOptions): Promise<FailoverReport> {
  const { folder, cards, rate, kills, restMs, sessionTimeoutMs, say } = options;
  const world = await World.open(folder, sessionTimeoutMs, RAW);
  let ended = false;
  let steady: Promise<void> = Promise.resolve();
  try {
    const { path, definition } = await world.topology('cards', 'test/chaos/cards.ts');
    const source = await payments(world, definition, options);
    const topic = predictionsTopic(definition.name, definition.models[0]!.name);
    const sum = async () => (await endsOf(world.log, topic)).reduce((total, end) => total + end, 0);
    const crew = Array.from({ length: options.workers }, (_, n) => world.worker(`worker-${n + 1}`));
    for (const worker of crew) world.start(worker, path, { HEADRACE_STANDBY_COPIES: '1' });
    await Promise.all(crew.map(({ runs }) => runs));
    for (let left = options.payments; left > 0; left -= SEND_ROWS) {
      await source.send(Math.min(SEND_ROWS, left));
      // No further ahead than what a worker takes in some seconds.
      if (left % (SEND_ROWS * 25) === 0) say(`${source.made()} payments sent, ${await sum()} records of predictions`);
    }
    await until('all payments are predicted', LOADED_MAX_MS, async () => (await sum()) >= source.made(), 1_000);
    say(`${cards} cards are known`);
    steady = (async () => {
      for (const startMs = Date.now(); !ended; await sleep(TICK_MS)) {
        const due = Math.floor(((Date.now() - startMs) / 1000) * rate) - (source.made() - options.payments);
        if (due > 0) await source.send(due);
      }
    })();
    const watch = new Watch(() => endsOf(world.log, topic));

    /** Kills the worker, waits until the other one predicts everywhere. @returns seconds without predictions */
    const killed = async (worker: ChaosWorker, why: string): Promise<number> => {
      watch.gapped.strikes(why);
      await world.kill(worker);
      await sleep(sessionTimeoutMs);
      for (let quietSinceMs = Date.now(), endMs = Date.now() + OVER_MAX_MS; Date.now() - quietSinceMs < QUIET_MS; ) {
        if (Date.now() > endMs) throw new Error(`no predictions everywhere within ${OVER_MAX_MS} ms`);
        await sleep(TICK_MS);
        if (watch.gapped.now > 1) quietSinceMs = Date.now();
      }
      say(`${why}: ${watch.gapped.last.toFixed(1)} s without predictions in some partition`);
      return watch.gapped.last;
    };

    const copied: number[] = [];
    for (let n = 0; n < kills; n++) {
      const dies = crew[n % crew.length]!;
      await sleep(restMs);
      copied.push(await killed(dies, 'with a copy'));
      world.start(dies, path, { HEADRACE_STANDBY_COPIES: '1' });
      await dies.runs;
    }

    // One without copies takes everything over before the other one comes, which so never had the tasks that it will take over.
    const [dies, stays] = [world.worker('cold-1'), world.worker('cold-2')];
    const start = async (worker: ChaosWorker) => {
      world.start(worker, path, { HEADRACE_STANDBY_COPIES: '0' });
      await worker.runs;
    };
    await start(dies);
    for (const worker of crew) await world.kill(worker, 'SIGTERM');
    await sleep(restMs);
    await until('one predicts alone', OVER_MAX_MS, async () => watch.gapped.now < 1);
    await start(stays);
    await sleep(restMs);
    await until('the others predict', OVER_MAX_MS, async () => watch.gapped.now < 1);
    const before = (await linesOf(world, stays)).length;
    const without = await killed(dies, 'without a copy');
    const lines = (await linesOf(world, stays)).slice(before);
    ended = true;
    await steady;
    await watch.end();
    await source.close();
    const progress = lines.filter(({ msg }) => msg === 'restoring state from the changelog');
    const restored = new Map(progress.map((line) => [line.partition!, line.of!]));
    const { records, bytes } = await bytesOf(world.log, changelogTopic(definition.name, definition.groups[0]!));
    return {
      session_seconds: sessionTimeoutMs / 1000,
      cards,
      changelog_records: records,
      changelog_megabytes: Math.round(bytes / 1e6),
      with_copies_seconds: copied,
      without_copies_seconds: without,
      restored_records: [...restored.values()].reduce((total, records) => total + records, 0),
      progress_lines: progress.length,
    };
  } finally {
    ended = true;
    await steady.catch(() => undefined);
    await world.close(options.keep);
  }
}
