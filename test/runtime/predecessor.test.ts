import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { predecessorIn } from '../../src/runtime/predecessor.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-predecessor-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a process finds the names of the one before it, not its own', () => {
  const file = join(folder, '0.members.json');
  const first = predecessorIn(file);
  expect(first.member('shop.feature')).toBe(undefined);
  first.named('shop.feature', 'a-1');
  first.named('shop.inference', 'a-2');
  expect(first.member('shop.feature')).toBe(undefined);
  const second = predecessorIn(file);
  second.named('shop.feature', 'b-1');
  expect([second.member('shop.feature'), second.member('shop.inference')]).toEqual(['a-1', 'a-2']);
  const third = predecessorIn(file);
  expect([third.member('shop.feature'), third.member('shop.inference')]).toEqual(['b-1', 'a-2']);
});

test('a file that cannot be read, or written, is none', () => {
  for (const [name, text] of [
    ['cut', '{"shop.fea'],
    ['null', 'null'],
    ['numbers', '{"shop.feature":7}'],
  ] as const) {
    writeFileSync(join(folder, name), text);
    expect(predecessorIn(join(folder, name)).member('shop.feature')).toBe(undefined);
  }
  const nowhere = predecessorIn(join(folder, 'no', 'such', 'folder'));
  nowhere.named('shop.feature', 'a-1');
  expect(nowhere.member('shop.feature')).toBe(undefined);
});
