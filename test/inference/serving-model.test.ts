import { expect, test } from 'vitest';
import { HeadraceError } from '../../src/error.js';
import { servingModel } from '../../src/inference/serving-model.js';
import { ModelsFollower } from '../../src/runtime/models-follower.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import { viewHash } from '../../src/topology/canonical.js';
import { promoteFixtureModel } from '../support/fixture-model.js';
import { flights, MemoryWorld } from '../support/memory-world.js';

/** Flights with models promoted in turn, whose files are opened as `broken` says: by version, the remedy of its failure. */
async function served(promoted: number, broken: ReadonlyMap<number, 'fix-input' | 'fix-environment'>) {
  const world = await MemoryWorld.open();
  const definition = await flights();
  await world.createRaw(definition, {});
  await ensureTopics(world.log, definition);
  for (let version = 1; version <= promoted; version++) await promoteFixtureModel(definition, version, world);
  const follower = new ModelsFollower(definition.name, { log: world.log, codec: world.codec, clock: systemClock });
  const opened: number[] = [];
  const model = servingModel({
    model: definition.models[0]!.name,
    viewHash: viewHash(definition, definition.views[0]!),
    follower,
    artifacts: world.artifacts,
    logger: silentLogger,
    openScorer: async (_bytes, _width, file) => {
      const version = Number(/version (\d+)/.exec(file)![1]);
      opened.push(version);
      const remedy = broken.get(version);
      if (remedy) throw new HeadraceError('MODEL_UNREADABLE', 'broken', { remedy });
      return { score: async () => new Float32Array(), close: async () => {} };
    },
  });
  await model.readToEnd();
  return { model, opened, world, definition };
}

test('a worker that starts after a broken version was promoted serves the version before it', async () => {
  const { model, opened, world } = await served(3, new Map([[3, 'fix-input']]));
  expect((await model.current())?.version).toBe(2);
  expect((await model.current())?.version).toBe(2);
  expect(opened).toEqual([3, 2]);
  await world.close();
});

test('where no version can be loaded, serving waits, and tries all of them again', async () => {
  const broken = new Map<number, 'fix-input' | 'fix-environment'>([
    [1, 'fix-input'],
    [2, 'fix-input'],
  ]);
  const { model, opened, world } = await served(2, broken);
  await expect(model.current()).rejects.toMatchObject({ code: 'MODEL_UNREADABLE', remedy: 'retry' });
  broken.delete(2);
  expect((await model.current())?.version).toBe(2);
  expect(opened).toEqual([2, 1, 2]);
  await world.close();
});

test('an artifact that cannot be had now is waited for: another worker may be serving it', async () => {
  const broken = new Map<number, 'fix-input' | 'fix-environment'>([[2, 'fix-environment']]);
  const { model, world } = await served(2, broken);
  await expect(model.current()).rejects.toMatchObject({ remedy: 'retry' });
  broken.clear();
  expect((await model.current())?.version).toBe(2);
  await world.close();
});

test('a broken version that is promoted while another serves changes nothing', async () => {
  const { model, opened, world, definition } = await served(1, new Map([[2, 'fix-input']]));
  expect((await model.current())?.version).toBe(1);
  await promoteFixtureModel(definition, 2, world);
  await model.readToEnd();
  expect((await model.current())?.version).toBe(1);
  expect((await model.current())?.version).toBe(1);
  expect(opened).toEqual([1, 2]);
  await world.close();
});
