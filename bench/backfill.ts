/** `headrace replay backfill` of the flights: a year's vectors from files to a file, by one thread and by two. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { writeVectorsFile } from '../src/cli/vectors-file.js';
import { loadTopology } from '../src/runtime/load-topology.js';
import { cpuSeconds } from './cpu.js';
import { FLIGHTS_FOLDER, FLIGHTS_TOPOLOGY } from './flights-rows.js';
import { median, type Part, type Scale, shown, table } from './part.js';

const REPETITIONS = 3;
const THREADS = [1, 2];

interface RunFigures {
  readonly threads: number;
  readonly departures: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}
interface BackfillFigures {
  readonly runs: readonly RunFigures[];
  /** Of all repetitions, the time of two threads to that of one, run one after the other. */
  readonly ratio: number;
}

/** The first rows of each file, for a smoke test. */
async function excerpt(folder: string, topics: readonly string[], rows: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const topic of topics) {
    const file = `${topic}.parquet`;
    await connection.run(
      `COPY (SELECT * FROM '${join(FLIGHTS_FOLDER, file)}' LIMIT ${rows}) TO '${join(folder, file)}' (FORMAT PARQUET)`,
    );
  }
  connection.closeSync();
  instance.closeSync();
}

async function run({ quick }: Scale): Promise<BackfillFigures> {
  const definition = await loadTopology(FLIGHTS_TOPOLOGY);
  const view = definition.views[0]!;
  const folder = await mkdtemp(join(tmpdir(), 'headrace-bench-'));
  try {
    const topics = definition.events.map(({ topic }) => topic);
    if (quick) await excerpt(folder, topics, 500);
    const from = quick ? folder : FLIGHTS_FOLDER;
    const out = join(folder, 'vectors.out.parquet');
    const measured = THREADS.map((): RunFigures[] => []);
    for (let n = 0; n < (quick ? 1 : REPETITIONS); n++) {
      for (const [index, threads] of THREADS.entries()) {
        const cpuBefore = cpuSeconds();
        const startedAt = performance.now();
        const departures = await writeVectorsFile({ definition, view, from, out, threads });
        const seconds = (performance.now() - startedAt) / 1000;
        measured[index]!.push({ threads, departures, seconds, cpuSeconds: cpuSeconds() - cpuBefore });
      }
    }
    const ratios = measured[1]!.map(({ seconds }, n) => seconds / measured[0]![n]!.seconds);
    return { runs: measured.map(medianOf), ratio: median(ratios) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function medianOf(runs: readonly RunFigures[]): RunFigures {
  return {
    ...runs[0]!,
    seconds: median(runs.map((run) => run.seconds)),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
  };
}

function section({ runs, ratio }: BackfillFigures): string {
  return [
    `\`headrace replay backfill ${FLIGHTS_TOPOLOGY} --from ${FLIGHTS_FOLDER}\`: three groups, Parquet in and Parquet out, without Kafka. One`,
    'thread does everything; of two, one computes the group `origin` and the other the rest, beside the thread that reads the departures,',
    `joins and writes. Seconds on the clock and of all processors, median of ${REPETITIONS} runs of each, taken in turn.`,
    '',
    table(
      ['threads', 'departures', 's', 'departures a s', 'processor s'],
      runs.map((r) => [String(r.threads), r.departures, r.seconds, r.departures / r.seconds, r.cpuSeconds]),
    ),
    '',
    `Two threads took ${shown(ratio)} of the time of one.`,
  ].join('\n');
}

export const backfill: Part<BackfillFigures> = { name: 'backfill', title: 'Backfill', run, section };
