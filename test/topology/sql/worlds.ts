/** Small random worlds for the query of a group: files of two events, with ties, repeats, nulls, late rows, and features of every kind. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type {
  EventDefinition,
  FeatureDefinition,
  KnownAt,
  Scalar,
  TopologyDefinition,
} from '../../../src/topology/definition.js';
import { AGGREGATED, DERIVED, LATENESS_MS, times } from '../../aggregate/support.js';

export type Row = Readonly<Record<string, Scalar>>;

/** Times begin here: none is before 1970. */
const START_MS = 1_000;
/** An event comes so late at most: some scored ones too late to be answered, some events behind the horizon. */
const LATE_MAX_MS = 700;

const event = (topic: string, id: readonly string[], knownAt: KnownAt): EventDefinition => ({
  topic,
  schema: {
    type: 'record',
    name: topic,
    fields: [
      { name: 'id', type: 'string' },
      { name: 'part', type: 'int' },
      { name: 'key', type: ['null', 'string'] },
      { name: 'time', type: 'long' },
      { name: 'known', type: 'long' },
      { name: 'x', type: ['null', 'double'] },
      { name: 'y', type: ['null', 'float'] },
      { name: 'text', type: ['null', 'string'] },
      { name: 'yes', type: ['null', 'boolean'] },
    ],
  },
  id,
  time: 'time',
  knownAt,
  marks: true,
});

/** Eighths: sums of them have one value, whatever their order. */
const eighths = fc.oneof(
  fc.constantFrom(0, -0, 1, 1.125, -7.5),
  fc.integer({ min: -4000, max: 4000 }).map((n) => n / 8),
);

const rowsOf = (idOf: (i: number) => string): fc.Arbitrary<Row[]> =>
  fc
    .array(
      fc.record({
        stepMs: times(0, 60),
        lateMs: fc.oneof({ weight: 3, arbitrary: times(-20, 20) }, times(0, LATE_MAX_MS)),
        dipMs: fc.constantFrom(0, 0, 0, 30),
        again: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
        id: fc.integer({ min: 0, max: 12 }),
        key: fc.constantFrom('u', 'u', 'u', 'v', null),
        x: fc.option(eighths, { freq: 5 }),
        y: fc.option(eighths, { freq: 5 }),
        text: fc.option(fc.constantFrom('', 'u', 'v', 'w|', 'é', '😀', '\uffff'), { freq: 5 }),
        yes: fc.option(fc.boolean(), { freq: 5 }),
      }),
      { maxLength: 60, size: 'max' },
    )
    .map((given) => {
      let arrivedMs = START_MS;
      const rows: Row[] = [];
      for (const { stepMs, lateMs, dipMs, again, id, ...values } of given) {
        arrivedMs += stepMs;
        const before = rows.at(-2);
        const known = arrivedMs - dipMs;
        // A repeat, often with other values; beyond the horizon an engine no longer knows that it is one.
        if (again && before !== undefined && (before.time as number) > arrivedMs - LATENESS_MS) {
          rows.push({ ...before, ...values, key: before.key!, known });
        } else {
          rows.push({ id: idOf(id), part: id % 3, time: Math.max(0, arrivedMs - lateMs), known, ...values });
        }
      }
      return rows;
    });

const STRANGE = ['é', '\ue000', '😀', '\uffff', 'a|b', 'a\\|b'];

export interface World {
  readonly definition: TopologyDefinition;
  readonly rows: Readonly<Record<'a' | 'b', readonly Row[]>>;
}

export const worlds: fc.Arbitrary<World> = fc
  .record({
    features: fc.oneof(
      { weight: 9, arbitrary: fc.subarray(AGGREGATED, { minLength: 1, maxLength: 8 }) },
      { weight: 1, arbitrary: fc.constant<FeatureDefinition[]>([...DERIVED, ...AGGREGATED]) },
    ),
    scored: fc.constantFrom(['a'], ['a'], ['b'], ['a', 'b']),
    ofA: fc.constantFrom<KnownAt>({ by: 'field', field: 'known', plusMs: 0 }, { by: 'broker' }),
    ofB: fc.constantFrom<KnownAt>(
      { by: 'field', field: 'known', plusMs: 10 },
      { by: 'field', field: 'time', plusMs: 0 },
    ),
    a: rowsOf((id) => STRANGE[id] ?? `id${id}`),
    b: rowsOf((id) => STRANGE[id % 8] ?? `${id}`),
  })
  .map(({ features, scored, ofA, ofB, a, b }) => ({
    definition: {
      name: 'test',
      events: [event('a', ['id'], ofA), event('b', ['id', 'part'], ofB)],
      groups: [
        {
          name: 'group',
          version: 1,
          keys: { a: 'key', b: 'key' },
          features,
          inboxPartitions: 2,
          latenessMs: LATENESS_MS,
        },
      ],
      views: scored.map((score) => ({ name: `of_${score}`, version: 1, score, groups: ['group'], fields: [] })),
      models: [],
    },
    rows: { a, b },
  }));

/** Writes the rows as `<topic>.ndjson`, and removes them when `use` is done. */
export async function withFiles<T>(rows: World['rows'], use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-sql-'));
  try {
    for (const [topic, of] of Object.entries(rows)) {
      writeFileSync(join(folder, `${topic}.ndjson`), of.map((row) => `${JSON.stringify(row)}\n`).join(''));
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
