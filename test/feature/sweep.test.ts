import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileGroup } from '../../src/aggregate/index.js';
import { Entities } from '../../src/feature/entities.js';
import { entityPart, keyOf } from '../../src/state/entity-key.js';
import { memoryStore } from '../../src/state/memory-store.js';
import type { StateStore } from '../../src/state/store.js';
import { definition, feature, field, group } from '../aggregate/support.js';

const prefix = Buffer.from('group.v1/0\0');
const small = { chunkModulus: 2, fanout: 2 };
const windows = compileGroup(definition, group([feature({ aggregate: 'sum', value: field('x') })]), small);
const allTime = compileGroup(
  definition,
  group([feature({ aggregate: 'sum', value: field('x') }), feature({ aggregate: 'count', windowMs: null })]),
  small,
);
const HORIZON_MS = windows.horizonMs;

async function keysOf(store: StateStore): Promise<string[]> {
  const keys = new Set<string>();
  for await (const [key] of store.iterate(prefix)) keys.add(keyOf(entityPart(key, prefix.length)));
  return [...keys].sort();
}

const rows = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b', 'c', 'dé', ''), stepMs: fc.nat(HORIZON_MS / 2), id: fc.uuid() }),
  { maxLength: 60 },
);

/** Each row asks and is inserted; a checkpoint and a sweep behind each `every` of them. @returns the answers */
async function life(made: typeof windows, all: readonly { key: string; stepMs: number; id: string }[], every: number) {
  const store = memoryStore();
  const entities = new Entities(made, store, prefix, () => 20_000);
  const answers: unknown[] = [];
  let known = 0;
  const last = new Map<string, number>();
  const save = async () => {
    await store.write(entities.changes());
    entities.saved();
  };
  for (const [i, { key, stepMs, id }] of all.entries()) {
    known += stepMs;
    const [entity] = await entities.ensure([key]);
    await entities.bring([{ key, entity: entity!, row: { event: 0, time: known, id, scored: true } }], known);
    entity!.evict(known);
    const out = new Array(made.group.features.length).fill(null);
    entity!.query(known, null, out);
    answers.push(out);
    entity!.insert(0, known, id, [i]);
    last.set(key, known);
    entities.applied();
    if (i % every !== every - 1) continue;
    await save();
    await entities.sweep(every, known);
  }
  await save();
  // Round and round: a pass over what is there, whatever was the last record before.
  for (let pass = 0; pass < 2; pass++) await entities.sweep(1e6, known);
  await save();
  return { answers, keys: await keysOf(store), last, known };
}

test('what is past leaves the store, nothing else does, and no answer is another one', async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 7 }), async (all, every) => {
      const swept = await life(windows, all, every);
      const never = await life(windows, all, Number.POSITIVE_INFINITY);
      expect(swept.answers).toEqual(never.answers);
      const stays = [...swept.last].filter(([, time]) => time >= swept.known - HORIZON_MS).map(([key]) => key);
      expect(swept.keys).toEqual(stays.sort());
    }),
    { numRuns: 60 },
  );
});

test('what a feature over all time reads stays', async () => {
  const all = ['a', 'b', 'c'].map((key, i) => ({ key, stepMs: 3 * HORIZON_MS, id: `id${i}` }));
  expect((await life(allTime, all, 1)).keys).toEqual(['a', 'b', 'c']);
  expect((await life(windows, all, 1)).keys).toEqual(['c']);
});
