/**
 * What else could compute the same features, in one run over the same rows: count, mean and standard deviation of the arrival
 * delay by origin over 1, 3 and 24 hours, for every departure.
 */
import { compileGroup, Entity } from '../src/aggregate/index.js';
import { count, type Duration, event, group, mean, type Schema, std, topology } from '../src/index.js';
import { loadTopology } from '../src/runtime/load-topology.js';
import type { Scalar } from '../src/topology/definition.js';
import { type Drift, drift } from './alternatives/drift.js';
import { type DuckDbTimes, duckDb } from './alternatives/duckdb.js';
import { exact, naiveScan } from './alternatives/naive.js';
import { ANSWERS, type DelayRow, WINDOWS_MS } from './alternatives/rows.js';
import { runningSums } from './alternatives/running-sums.js';
import { cpuSeconds } from './cpu.js';
import { FLIGHTS_TOPOLOGY, flightsRows } from './flights-rows.js';
import { median, type Part, percent, type Scale, shown, table } from './part.js';

const REPETITIONS = 3;
/** The scan of everything is so slow that only each hundredth query is made. */
const NAIVE_EVERY = 100;
const HUGE = 1e16;

interface AlternativesFigures {
  readonly rows: number;
  readonly queries: number;
  readonly cpuSeconds: {
    readonly engine: number;
    readonly all: number;
    readonly window: number;
    readonly sums: number;
  };
  readonly duckDb: { readonly one: DuckDbTimes; readonly several: DuckDbTimes };
  readonly drifts: readonly { readonly values: string; readonly sums: Drift; readonly engine: Drift }[];
}

type ArrivalFields = { flight_id: 'string'; time: 'long'; origin: 'string'; arr_delay: 'double' };

/** The engine's way; values are what the schema's `arr_delay` is taken to be. */
function engineAnswers(): (rows: readonly DelayRow[], out: Float64Array) => void {
  const record = {
    type: 'record',
    name: 'Arrival',
    fields: [
      { name: 'flight_id', type: 'string' },
      { name: 'time', type: 'long' },
      { name: 'origin', type: 'string' },
      { name: 'arr_delay', type: 'double' },
    ],
  } as const;
  const arrival = event(record as unknown as Schema<ArrivalFields>, {
    topic: 'arrivals',
    id: 'flight_id',
    time: 'time',
    knownAt: 'time',
  });
  const of = (window: Duration, hours: number) => ({
    [`count_${hours}h`]: count(arrival, window),
    [`mean_${hours}h`]: mean(arrival.arr_delay, window),
    [`std_${hours}h`]: std(arrival.arr_delay, window),
  });
  const origin = group('origin', {
    version: 1,
    key: [arrival.origin],
    features: { ...of('1h', 1), ...of('3h', 3), ...of('24h', 24) },
  });
  const { definition } = topology('delays', { groups: [origin] });
  const plan = compileGroup(definition, definition.groups[0]!);
  return (rows, out) => {
    const entities = new Map<string, Entity>();
    const answers: Scalar[] = new Array(ANSWERS).fill(null);
    const values: Scalar[] = [0];
    let at = 0;
    let id = 0;
    for (const { key, time, asks, delay } of rows) {
      let entity = entities.get(key);
      if (entity === undefined) {
        entity = new Entity(plan);
        entities.set(key, entity);
      }
      entity.evict(time);
      if (asks) {
        entity.query(time, null, answers);
        for (let i = 0; i < ANSWERS; i++) out[at++] = (answers[i] as number | null) ?? Number.NaN;
      } else {
        values[0] = delay;
        entity.insert(0, time, String(id++), values);
      }
    }
  };
}

async function delayRows(rowsMax: number): Promise<DelayRow[]> {
  const definition = await loadTopology(FLIGHTS_TOPOLOGY);
  const group = definition.groups.find(({ name }) => name === 'origin')!;
  const { plan, rows } = await flightsRows(definition, group, rowsMax);
  const arrivals = plan.events.findIndex(({ topic }) => topic === 'arrivals');
  const delay = plan.events[arrivals]!.columns.indexOf('arr_delay');
  return rows
    .filter(({ scored, event }) => scored || event === arrivals)
    .map(({ key, time, scored, values }) => ({ key, time, asks: scored, delay: scored ? 0 : Number(values[delay]) }));
}

function cpuOf(repetitions: number, work: () => void): number {
  const seconds = Array.from({ length: repetitions }, () => {
    const before = cpuSeconds();
    work();
    return cpuSeconds() - before;
  });
  return median(seconds);
}

function driftsOf(rows: readonly DelayRow[], queries: number, engine: ReturnType<typeof engineAnswers>) {
  const inHours = rows.map((row) => ({ ...row, delay: row.delay / 60 }));
  // One value a key, a third into the year.
  const changed = new Set<string>();
  const hugeAt = new Map<string, number>();
  const withHuge = inHours.map((row, i) => {
    if (row.asks || i < rows.length / 3 || changed.has(row.key)) return row;
    changed.add(row.key);
    hugeAt.set(row.key, row.time);
    return { ...row, delay: HUGE };
  });
  const asked = rows.filter(({ asks }) => asks);
  const outside = (query: number, window: number) => {
    const { key, time } = asked[query]!;
    const at = hugeAt.get(key);
    return at === undefined || time <= at || time - WINDOWS_MS[window]! > at;
  };
  return [
    { values: 'whole minutes', of: rows, counted: () => true },
    { values: 'hours', of: inHours, counted: () => true },
    { values: `hours, and ${HUGE.toExponential(0)} once a key; windows without it`, of: withHuge, counted: outside },
  ].map(({ values, of, counted }) => {
    const [right, sums, own] = [0, 1, 2].map(() => new Float64Array(queries * ANSWERS)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    exact(of, right);
    runningSums(of, sums);
    engine(of, own);
    return { values, sums: drift(right, sums, counted), engine: drift(right, own, counted) };
  });
}

async function run({ quick }: Scale): Promise<AlternativesFigures> {
  const rowsMax = quick ? 2_000 : Number.POSITIVE_INFINITY;
  const rows = await delayRows(rowsMax);
  const queries = rows.filter(({ asks }) => asks).length;
  const out = new Float64Array(queries * ANSWERS);
  const engine = engineAnswers();
  const repetitions = quick ? 1 : REPETITIONS;
  const engineSeconds = cpuOf(repetitions, () => engine(rows, out));
  let countSum = 0;
  for (let at = ANSWERS - 3; at < out.length; at += ANSWERS) countSum += out[at]!;
  const duck = { one: await duckDb(1, rowsMax), several: await duckDb(null, rowsMax) };
  if (!quick && (duck.one.countSum !== countSum || duck.several.countSum !== countSum)) {
    throw new Error(`the counts of DuckDB (${duck.one.countSum}) and of the engine (${countSum}) differ`);
  }
  return {
    rows: rows.length,
    queries,
    cpuSeconds: {
      engine: engineSeconds,
      all: cpuOf(1, () => naiveScan(rows, out, NAIVE_EVERY, false)) * NAIVE_EVERY,
      window: cpuOf(repetitions, () => naiveScan(rows, out, 1, true)),
      sums: cpuOf(repetitions, () => runningSums(rows, out)),
    },
    duckDb: duck,
    drifts: driftsOf(rows, queries, engine),
  };
}

function section({ rows, queries, cpuSeconds: cpu, duckDb: duck, drifts }: AlternativesFigures): string {
  const ratio = (seconds: number) => `${shown(seconds / cpu.engine)} ×`;
  const line = (name: string, seconds: number) => [name, seconds, ratio(seconds), rows / seconds] as const;
  const driftRows = drifts.flatMap(({ values, sums, engine }) =>
    (
      [
        ['running sums', sums],
        ['Headrace', engine],
      ] as const
    ).map(([name, d]) => [
      `${values}: ${name}`,
      percent(d.differingMeans),
      d.meanOff,
      percent(d.differingStds),
      d.stdOff,
    ]),
  );
  return [
    `Count, mean and standard deviation of the arrival delay by origin over 1, 3 and 24 hours: ${shown(rows)} rows of the flights,`,
    `of which ${shown(queries)} are departures that ask. The engine’s ratio is 1; larger is slower.`,
    '',
    table(
      ['', 'processor s', 'to the engine', 'rows a processor s'],
      [
        line('Headrace’s engine', cpu.engine),
        line(`scan of all events of the key (each ${NAIVE_EVERY}th query made, times ${NAIVE_EVERY})`, cpu.all),
        line('bisection, then scan of each window', cpu.window),
        line('running sums with eviction', cpu.sums),
        line('DuckDB, window functions, one thread', duck.one.cpuSeconds),
        line('DuckDB, window functions, its default threads', duck.several.cpuSeconds),
      ],
    ),
    '',
    `DuckDB’s query took ${shown(duck.one.seconds)} s on one thread and ${shown(duck.several.seconds)} s by default on the clock; it computes a whole table at once, and neither`,
    'keeps state nor takes events that come late. Its counts and the engine’s were compared and are equal.',
    '',
    'How far the results lie from the right ones (compensated sums over each window), over all departures and windows with events; a result',
    'differs if it is another float32. Whole minutes are sums of small integers, which doubles hold exactly.',
    '',
    table(['values', 'means that differ', 'largest error', 'stds that differ', 'largest error'], driftRows),
  ].join('\n');
}

export const alternatives: Part<AlternativesFigures> = {
  name: 'alternatives',
  title: 'The obvious alternatives',
  run,
  section,
};
