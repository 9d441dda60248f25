/** `headrace replay backfill` of the flights: a year's vectors from files to a file, by one thread and by two. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { writeVectorsFile } from '../src/cli/vectors-file.js';
import { loadTopology } from '../src/runtime/load-topology.js';
import { cpuSeconds } from './cpu.js';
import { FLIGHTS_FOLDER, FLIGHTS_TOPOLOGY } from './flights-rows.js';
import { median, type Part, type Scale, table } from './part.js';

const REPETITIONS = 3;
const THREADS = [1, 2];

interface BackfillFigures {
  readonly runs: readonly {
    readonly threads: number;
    readonly departures: number;
    readonly seconds: number;
    readonly cpuSeconds: number;
  }[];
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
    const runs = [];
    for (const threads of THREADS) {
      const seconds: number[] = [];
      const cpu: number[] = [];
      let departures = 0;
      for (let n = 0; n < (quick ? 1 : REPETITIONS); n++) {
        const before = cpuSeconds();
        const startedAt = performance.now();
        const out = join(folder, 'vectors.out.parquet');
        departures = await writeVectorsFile({
          definition,
          view,
          from,
          out,
          ...({ threads } as object),
          onProgress: () => {},
        });
        seconds.push((performance.now() - startedAt) / 1000);
        cpu.push(cpuSeconds() - before);
      }
      runs.push({ threads, departures, seconds: median(seconds), cpuSeconds: median(cpu) });
    }
    return { runs };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function section({ runs }: BackfillFigures): string {
  return [
    `\`headrace replay backfill ${FLIGHTS_TOPOLOGY} --from ${FLIGHTS_FOLDER}\`: three groups, Parquet in and Parquet out, without Kafka. Seconds on`,
    `the clock, median of ${REPETITIONS} runs.`,
    '',
    table(
      ['threads', 'departures', 's', 'departures a s', 'processor s'],
      runs.map((r) => [String(r.threads), r.departures, r.seconds, r.departures / r.seconds, r.cpuSeconds]),
    ),
  ].join('\n');
}

export const backfill: Part<BackfillFigures> = { name: 'backfill', title: 'Backfill', run, section };
