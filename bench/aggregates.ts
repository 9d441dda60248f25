/**
 * What each aggregate costs and keeps, and what a question touches: the figures of docs/aggregates.md.
 * Method: a group of one key that has the feature alone, with 10,000 events in its window (see `times.ts`); partials of chunks of 64
 * events (see `partials.ts`); and the same log with an aggregate that counts what is added to it and merged.
 */
import { deriveFeatures } from '../src/aggregate/derived.js';
import {
  approxDistinct,
  count,
  decayedCount,
  decayedMean,
  distinct,
  type Feature,
  first,
  last,
  max,
  mean,
  median as middle,
  min,
  quantile,
  secondsSince,
  share,
  std,
  sum,
  top,
  variance,
} from '../src/index.js';
import type { Derivation, Scalar } from '../src/topology/definition.js';
import { cpuSeconds } from './cpu.js';
import { median, type Part, type Scale, shown, table } from './part.js';
import { eventBytes, type PartialBytes, partialBytes } from './partials.js';
import { reading } from './sensor.js';
import { BLOCKS, timesOf } from './times.js';
import { type Touched, touchedBy } from './touched.js';

const WINDOW = '3h';
const WINDOW_MS = 3 * 3_600_000;
const EVENTS_IN_WINDOW = 10_000;
/** Rounds of a block. */
const OPERATIONS = 1_000;
/** While they come late the end of the window is thinner than before: not many at a time. */
const LATE_OPERATIONS = 100;
/** Of those that take near a millisecond. */
const FEW_OPERATIONS = 100;
const CHUNK_EVENTS = 64;
const halfLife = '1h';

/** `reading.state` has 30 different values, `reading.id` as many as events, `reading.value` is a number of two decimals. */
const FEATURES: Readonly<Record<string, { readonly feature: Feature<'readings'>; readonly few?: true }>> = {
  count: { feature: count(reading, WINDOW) },
  sum: { feature: sum(reading.value, WINDOW) },
  mean: { feature: mean(reading.value, WINDOW) },
  min: { feature: min(reading.value, WINDOW) },
  max: { feature: max(reading.value, WINDOW) },
  variance: { feature: variance(reading.value, WINDOW) },
  std: { feature: std(reading.value, WINDOW) },
  share: { feature: share(reading.value.gte(10), WINDOW) },
  'distinct, 30 different': { feature: distinct(reading.state, WINDOW) },
  'distinct, all different': { feature: distinct(reading.id, WINDOW), few: true },
  'approxDistinct, 30 different': { feature: approxDistinct(reading.state, WINDOW) },
  'approxDistinct, all different': { feature: approxDistinct(reading.id, WINDOW) },
  'first, a number': { feature: first(reading.value, WINDOW) },
  'last, a number': { feature: last(reading.value, WINDOW) },
  'last, a text': { feature: last(reading.state, WINDOW) },
  secondsSince: { feature: secondsSince(reading, WINDOW) },
  decayedMean: { feature: decayedMean(reading.value, WINDOW, { halfLife }) },
  decayedCount: { feature: decayedCount(reading, WINDOW, { halfLife }) },
  'top, 30 different': { feature: top(reading.state, WINDOW) },
  'top, all different': { feature: top(reading.id, WINDOW), few: true },
  'quantile, of 0.9': { feature: quantile(reading.value, 0.9, WINDOW) },
  median: { feature: middle(reading.value, WINDOW) },
};

/** What an event keeps in a log, by what the group's features read of it. */
const LOGS: Readonly<Record<string, Readonly<Record<string, Feature<'readings'>>>>> = {
  'nothing but time and id (`count`)': { count: FEATURES.count!.feature },
  'and a number (`sum`)': { sum: FEATURES.sum!.feature },
  'and a number under a condition on it': { sum: sum(reading.value, WINDOW, { where: reading.value.gte(10) }) },
  'and a text (`top`), 30 different': { top: FEATURES['top, 30 different']!.feature },
};

interface AggregateFigures {
  readonly feature: string;
  readonly ofChunk: PartialBytes;
  readonly ofWindow: PartialBytes;
  readonly queryUs: number;
  readonly lateQueryUs: number;
}
interface Figures {
  readonly each: readonly AggregateFigures[];
  /** Evict and insert; the median of all. */
  readonly insertUs: number;
  readonly lateInsertUs: number;
  readonly logs: readonly { readonly of: string; readonly memory: number; readonly saved: number }[];
  readonly touched: readonly Touched[];
  readonly derived: readonly { readonly derive: Derivation; readonly ns: number }[];
}

const REPETITIONS = 5;

/** @returns ns a derived feature, its operands being there */
function derivedNs(derive: Derivation, runs: number): number {
  const of = derive === 'zScore' ? [0, 1, 2] : [0, 1];
  const derived = [{ feature: 3, derive, of }];
  const out: Scalar[] = [1, 2, 3, null];
  const ns: number[] = [];
  for (let n = 0; n < REPETITIONS; n++) {
    const before = cpuSeconds();
    for (let i = 0; i < runs; i++) {
      out[0] = i;
      deriveFeatures(derived, out);
    }
    ns.push(((cpuSeconds() - before) * 1e9) / runs);
  }
  return median(ns);
}

async function run(scale: Scale): Promise<Figures> {
  const { quick } = scale;
  const stepMs = WINDOW_MS / (quick ? 200 : EVENTS_IN_WINDOW);
  const inserts: number[] = [];
  const lateInserts: number[] = [];
  // Calls of the engine see many kinds of aggregates, as in a group.
  for (const { feature } of Object.values(FEATURES)) timesOf(feature, WINDOW_MS / 200, WINDOW_MS, 20, 20);
  const each = Object.entries(FEATURES).map(([name, { feature, few }]) => {
    const operations = quick ? 20 : few === true ? FEW_OPERATIONS : OPERATIONS;
    const ofChunk = partialBytes(feature, CHUNK_EVENTS, quick ? 20 : 5_000, scale);
    const ofWindow = partialBytes(feature, quick ? 200 : EVENTS_IN_WINDOW, quick ? 2 : 20, scale);
    const inOrder = timesOf(feature, stepMs, 0, operations, 0);
    const late = timesOf(feature, stepMs, WINDOW_MS, Math.min(LATE_OPERATIONS, operations), quick ? 20 : 1_000);
    inserts.push(inOrder.insertUs);
    lateInserts.push(late.insertUs);
    return { feature: name, queryUs: inOrder.queryUs, lateQueryUs: late.queryUs, ofChunk, ofWindow };
  });
  return {
    each,
    insertUs: median(inserts),
    lateInsertUs: median(lateInserts),
    logs: Object.entries(LOGS).map(([of, features]) => ({
      of,
      ...eventBytes(features, stepMs, quick ? 2 : 20, scale),
    })),
    touched: (quick ? [100, 1_000] : [1e2, 1e4, 1e6]).map((events) =>
      touchedBy(FEATURES.count!.feature, WINDOW_MS, events, Math.min(100, events / 10)),
    ),
    derived: (['ratio', 'difference', 'zScore'] as const).map((derive) => ({
      derive,
      ns: derivedNs(derive, quick ? 1_000 : 2_000_000),
    })),
  };
}

function section({ each, insertUs, lateInsertUs, logs, touched, derived }: Figures): string {
  return [
    `One key, one event, a window of ${shown(EVENTS_IN_WINDOW)} events, a group of this feature alone (what features of a group share is counted in`,
    `each). Each round evicts, asks, and inserts one event; the time of one is the mean of a block of rounds, and the median of ${BLOCKS} blocks. Late: each`,
    'event at a random time of the window, so that each query folds a changed chunk again.',
    'µs. Partials of 64 events (a chunk) and of 10,000: bytes, the mean of many; in memory as the heap and its buffers grow, and as the memory',
    'setting counts it; saved in the directory of chunks.',
    '',
    table(
      [
        'aggregate',
        'query, in order',
        'query, late',
        'of 64, in memory',
        'as counted',
        'saved',
        'of 10,000, in memory',
        'saved',
      ],
      each.map(({ feature, queryUs, lateQueryUs, ofChunk, ofWindow }) => [
        feature,
        queryUs,
        lateQueryUs,
        ofChunk.memory,
        ofChunk.counted,
        ofChunk.saved,
        ofWindow.memory,
        ofWindow.saved,
      ]),
    ),
    '',
    `An event (evict and insert; median of all rows of the table): ${shown(insertUs)} µs in order, ${shown(lateInsertUs)} µs late.`,
    '',
    'A feature made of others, its operands being there:',
    '',
    table(
      ['', 'ns a query'],
      derived.map(({ derive, ns }) => [derive, ns]),
    ),
    '',
    'What an event keeps, bytes (ids of 7 characters; all records of a key, divided by its events):',
    '',
    table(
      ['what features read of it', 'in memory', 'saved'],
      logs.map(({ of, memory, saved }) => [of, memory, saved]),
    ),
    '',
    'What a query over one window touches, the mean of many; and what is brought from the store for a query and an insert in order where nothing of',
    'the key is in memory:',
    '',
    table(
      [
        'events in the window',
        'events, in order',
        'partials, in order',
        'events, late',
        'partials, late',
        'records brought',
        'of bytes',
      ],
      touched.map((t) => [
        t.events,
        t.inOrder.events,
        t.inOrder.partials,
        t.late.events,
        t.late.partials,
        t.records,
        t.bytes,
      ]),
    ),
  ].join('\n');
}

export const aggregates: Part<Figures> = { name: 'aggregates', title: 'Each aggregate', run, section };
