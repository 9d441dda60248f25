import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TreeParams, trainTrees } from '../../../src/training/trees/train.js';
import { COLUMNS, randomRows } from '../random-rows.js';

const sources = fileURLToPath(new URL('../../../src/', import.meta.url));
let built: string;

/** As the build does: each file to JavaScript at the same place. */
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'headrace-built-'));
  for (const folder of ['runtime', 'training/trees']) await mkdir(join(built, folder), { recursive: true });
  await writeFile(join(built, 'package.json'), '{ "type": "module" }');
  const trees = (await readdir(join(sources, 'training/trees'))).map((name) => `training/trees/${name}`);
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  for (const file of ['error.ts', 'runtime/start-thread.ts', ...trees]) {
    const { outputText } = ts.transpileModule(await readFile(join(sources, file), 'utf8'), { compilerOptions });
    await writeFile(join(built, file.replace(/\.ts$/, '.js')), outputText);
  }
});
afterAll(() => rm(built, { recursive: true, force: true }));

describe('trainInWorker, built', () => {
  it('trains in a thread of plain JavaScript, to the same model', async () => {
    const { matrix, labels } = randomRows(500, 3);
    const params: TreeParams = { trees: 5, leaves: 7, learningRate: 0.1, minRowsInLeaf: 5, bins: 63, seed: 1 };
    const expected = trainTrees(matrix, labels, COLUMNS, params);
    const file = pathToFileURL(join(built, 'training/trees/train-in-worker.js')).href;
    const { trainInWorker } = (await import(
      /* @vite-ignore */ file
    )) as typeof import('../../../src/training/trees/train-in-worker.js');
    expect(await trainInWorker({ matrix, labels, columns: COLUMNS, params })).toEqual(expected);
  });
});
