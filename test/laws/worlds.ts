/**
 * Inbox rows of some keys, and the ways in which a group's tasks can come to their answers.
 * What runs is the code of `compute` without its topics: the core, the entities, their cache and their store.
 */
import fc from 'fast-check';
import { compileGroup, type GroupPlan } from '../../src/aggregate/index.js';
import { Codec, type Writer } from '../../src/codec/avro.js';
import { memoryRegistry } from '../../src/codec/registry.js';
import { type FeaturesRow, featuresSchema, type InboxRow, inboxColumn } from '../../src/contract/frames.js';
import { ComputeCore } from '../../src/feature/compute-core.js';
import { Entities } from '../../src/feature/entities.js';
import { memoryStore } from '../../src/state/memory-store.js';
import type { FeatureDefinition, Scalar } from '../../src/topology/definition.js';
import type { NaiveEvent } from '../aggregate/naive.js';
import { AGGREGATED, definition, EVERYTHING, FREQUENT, group, LATENESS_MS, rows, times } from '../aggregate/support.js';

export interface Step {
  readonly key: string;
  readonly known: number;
  readonly scored: boolean;
  readonly row: NaiveEvent;
}

/** Rows in the order of the inbox: what is known only grows, and a row may come up to `lateMaxMs` after it happened. */
export const inbox = (lateMaxMs: number): fc.Arbitrary<Step[]> =>
  fc
    .array(
      fc.record({
        key: fc.constantFrom('u', 'u', 'v', 'w'),
        row: rows({ timeMax: 0, maxLength: 1 }).filter((list) => list.length === 1),
        stepMs: times(0, 60),
        lateMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, times(0, lateMaxMs)),
        scored: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
        again: fc.integer({ min: 0, max: 11 }).map((n) => n === 0),
      }),
      { maxLength: 90, size: 'max' },
    )
    .map((given) => {
      let known = 0;
      const steps: Step[] = [];
      for (const [i, { key, row, stepMs, lateMs, scored, again }] of given.entries()) {
        known += stepMs;
        const before = steps.at(-3);
        // A repeated event: the same id and time, often with other values.
        if (again && before !== undefined && before.row.time >= known - lateMaxMs) {
          steps.push({ ...before, known, row: { ...before.row, values: row[0]!.values } });
        } else {
          const { topic, id, values } = row[0]!;
          steps.push({ key, known, scored, row: { topic, id: `${id}-${i % 40}`, time: known - lateMs, values } });
        }
      }
      return steps;
    });

/** Some features of every kind, and some that are made of others. */
export const features: fc.Arbitrary<readonly FeatureDefinition[]> = fc.oneof(
  { weight: 9, arbitrary: fc.subarray(AGGREGATED, { minLength: 3, maxLength: 9 }) },
  { weight: 1, arbitrary: fc.constant(EVERYTHING) },
);
export const plan = (of: readonly FeatureDefinition[]) => compileGroup(definition, group(of), FREQUENT);

/** How a task comes to its answers: batches, checkpoints, crashes, memory. */
export interface Way {
  /** Rows of each batch, again and again. */
  readonly batches: readonly number[];
  /** After which batches a checkpoint is made. */
  readonly checkpoints: readonly boolean[];
  /** After which batches it crashes, and goes on from its last checkpoint. */
  readonly crashes: readonly boolean[];
  readonly bytesMax: number;
}
export const STRAIGHT: Way = { batches: [1e9], checkpoints: [false], crashes: [false], bytesMax: 1e9 };

const often = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });
export const ways: fc.Arbitrary<Way> = fc.record({
  batches: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }),
  checkpoints: often,
  crashes: fc.array(
    fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    { minLength: 1, maxLength: 7 },
  ),
  bytesMax: fc.constantFrom(0, 5_000, 1e9),
});

const PREFIX = Buffer.from('group.v1/0\0');
const codec = new Codec(memoryRegistry());
const nth = <T>(list: readonly T[], i: number) => list[i % list.length]!;

/** The bytes of the answer to each scored row, by its place among the steps; a row that is answered again must be answered alike. */
export async function answers(of: GroupPlan, steps: readonly Step[], way: Way): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  const writer = await writerOf(of);
  const store = memoryStore();
  const open = (known: number) => ({
    core: new ComputeCore(of, known),
    entities: new Entities(of, store, PREFIX, () => way.bytesMax),
  });
  let checkpoint = { next: 0, known: -1 };
  let task = open(-1);
  let crashes = 0;
  for (let next = 0, batch = 0; next < steps.length; batch++) {
    const rows = steps.slice(next, next + nth(way.batches, batch));
    const entities = await bring(task, rows);
    for (const [i, step] of rows.entries()) {
      const answer = task.core.apply(inboxRow(step, next + i), step.row.topic, 0, entities[i]!);
      if (answer !== null) note(found, next + i, encoded(writer, answer.row));
    }
    next += rows.length;
    if (nth(way.checkpoints, batch)) {
      await store.write(task.entities.changes());
      task.entities.saved();
      checkpoint = { next, known: task.core.known };
    }
    // Some crashes only: a task that always crashes before its checkpoint never ends.
    if (nth(way.crashes, batch) && crashes++ < 5) {
      next = checkpoint.next;
      task = open(checkpoint.known);
    }
  }
  return found;
}

function note(found: Map<number, string>, place: number, bytes: string): void {
  const before = found.get(place);
  if (before !== undefined && before !== bytes)
    throw new Error(`row ${place} was answered by ${before}, then ${bytes}`);
  found.set(place, bytes);
}

async function bring({ core, entities }: { core: ComputeCore; entities: Entities }, rows: readonly Step[]) {
  const held = await entities.ensure(rows.map(({ key }) => key));
  const known = Math.max(core.known, ...rows.map((row) => row.known));
  const coming = rows.map(({ key, row: { topic, time, id }, scored }, i) => {
    return { key, entity: held[i]!, row: { event: core.eventIndex(topic), time, id, scored } };
  });
  await entities.bring(coming, known);
  return held;
}

function inboxRow({ key, known, scored, row }: Step, offset: number): InboxRow {
  const values = Object.fromEntries(
    Object.entries(row.values).map(([field, value]) => [inboxColumn(row.topic, field), value]),
  );
  return { source: 0, offset, known, time: row.time, id: row.id, key, scored, values };
}

const writers = new WeakMap<GroupPlan, Promise<Writer<{ rows: readonly FeaturesRow[] }>>>();
function writerOf(of: GroupPlan) {
  let writer = writers.get(of);
  if (writer === undefined) {
    // Any topic will do, but one for each schema.
    writer = codec.writer(`features-${of.group.features.map(({ name }) => name).join()}`, featuresSchema(of.group));
    writers.set(of, writer);
  }
  return writer;
}
const encoded = (writer: Writer<object>, row: FeaturesRow) =>
  writer.encode({ inboxPartition: 0, inboxOffset: 0, rows: [row] }).toString('hex');

/** The bytes of an answer with these features. */
export async function encodedAnswer(of: GroupPlan, step: Step, offset: number, out: readonly Scalar[]) {
  const values = Object.fromEntries(of.group.features.map(({ name }, i) => [name, out[i] as number | string | null]));
  return encoded(await writerOf(of), { offset, time: step.row.time, key: step.key, values });
}

/** A late scored row has missing features. */
export const isAnswerable = ({ known, row }: Step) => row.time >= known - LATENESS_MS;
