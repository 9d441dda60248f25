import { expect, test } from 'vitest';
import { compileGroup } from '../../src/aggregate/index.js';
import { Entities } from '../../src/feature/entities.js';
import { memoryStore } from '../../src/state/memory-store.js';
import { definition, feature, field, group } from '../aggregate/support.js';

const plan = compileGroup(definition, group([feature({ aggregate: 'sum', value: field('x'), windowMs: null })]));
const prefix = Buffer.from('group.v1/0\0');

test('what a batch changes is in the next checkpoint, whoever asks for figures while the batch waits for the store', async () => {
  const store = memoryStore();
  let asked = 0;
  const entities = new Entities(
    plan,
    {
      ...store,
      getMany(keys) {
        asked += 1 + entities.cachedBytes + entities.dirtyBytes + entities.pinnedBytes;
        return store.getMany(keys);
      },
    },
    prefix,
    () => 1e9,
  );
  const apply = async (keys: readonly string[], time: number) => {
    const held = await entities.ensure(keys);
    for (const entity of held) entity!.insert(0, time, `at ${time}`, [1]);
    entities.applied();
  };
  await apply(['known'], 1);
  await store.write(entities.changes());
  entities.saved();
  // `known` is in the cache, and `new` makes the batch wait.
  await apply(['known', 'new'], 2);
  expect(asked).toBeGreaterThan(1);
  expect(entities.dirtyBytes).toBeGreaterThan(0);
  expect(entities.changes().map(({ key }) => key.toString('latin1').includes('known'))).toContain(true);
  expect(entities.changes()).toHaveLength(2);
});
