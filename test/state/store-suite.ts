/** What every StateStore does. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Entry, StateStore } from '../../src/state/store.js';

const bytes = (...values: number[]) => Buffer.from(values);
const text = (value: string) => Buffer.from(value);

export const storeSuite = (name: string, open: () => Promise<StateStore>) =>
  describe(`StateStore: ${name}`, () => {
    let store: StateStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const shown = ([key, value]: Entry) => `${key.toString('hex')}=${value}`;
    const entries = async (prefix: Buffer) => {
      const found: string[] = [];
      for await (const entry of store.iterate(prefix)) found.push(shown(entry));
      return found;
    };
    const page = async (prefix: Buffer, after: Buffer | null, max = 9) =>
      (await store.page(prefix, after, max)).map(shown);

    test('gives what was written, in the order of the keys asked for', async () => {
      await store.write([
        { key: text('a'), value: text('1') },
        { key: text('b'), value: bytes() },
      ]);
      expect(await store.getMany([text('b'), text('none'), text('a'), text('a')])).toEqual([
        bytes(),
        undefined,
        text('1'),
        text('1'),
      ]);
    });

    test('asks for nothing', async () => {
      expect(await store.getMany([])).toEqual([]);
      await store.write([]);
    });

    test('overwrites and deletes; the last write of a batch holds', async () => {
      await store.write([{ key: text('a'), value: text('1') }]);
      await store.write([
        { key: text('a'), value: null },
        { key: text('b'), value: text('1') },
        { key: text('b'), value: text('2') },
        { key: text('never there'), value: null },
      ]);
      expect(await store.getMany([text('a'), text('b')])).toEqual([undefined, text('2')]);
    });

    test('keeps bytes of its own', async () => {
      const value = text('before');
      await store.write([{ key: text('a'), value }]);
      value.fill(0);
      const [first] = await store.getMany([text('a')]);
      first!.fill(0);
      expect(await store.getMany([text('a')])).toEqual([text('before')]);
    });

    test('iterates a prefix in the order of bytes', async () => {
      const keys = [bytes(1, 255), bytes(1), bytes(1, 0), bytes(1, 127), bytes(1, 128, 3), bytes(2), bytes(0, 1)];
      await store.write(keys.map((key) => ({ key, value: text('x') })));
      expect(await entries(bytes(1))).toEqual(['01=x', '0100=x', '017f=x', '018003=x', '01ff=x']);
      expect(await entries(bytes(1, 255))).toEqual(['01ff=x']);
      expect(await entries(bytes(3))).toEqual([]);
    });

    test('gives a page of a prefix, behind a key or not, whether that is there or not', async () => {
      const keys = [bytes(1), bytes(1, 0), bytes(1, 127), bytes(1, 127, 0), bytes(2)];
      await store.write(keys.map((key) => ({ key, value: text('x') })));
      expect(await page(bytes(1), null)).toEqual(['01=x', '0100=x', '017f=x', '017f00=x']);
      expect(await page(bytes(1), null, 2)).toEqual(['01=x', '0100=x']);
      expect(await page(bytes(1), bytes(1))).toEqual(['0100=x', '017f=x', '017f00=x']);
      expect(await page(bytes(1), bytes(1), 1)).toEqual(['0100=x']);
      expect(await page(bytes(1), bytes(1, 127))).toEqual(['017f00=x']);
      expect(await page(bytes(1), bytes(1, 1))).toEqual(['017f=x', '017f00=x']);
      expect(await page(bytes(1), bytes(1, 127, 0))).toEqual([]);
    });

    test('iterates the last prefix there can be', async () => {
      await store.write([
        { key: bytes(255, 255, 1), value: text('x') },
        { key: bytes(255, 254), value: text('y') },
      ]);
      expect(await entries(bytes(255, 255))).toEqual(['ffff01=x']);
    });

    test('can be left in the middle of an iteration', async () => {
      await store.write([1, 2, 3].map((n) => ({ key: bytes(7, n), value: text('x') })));
      for await (const [key] of store.iterate(bytes(7))) {
        expect(key).toEqual(bytes(7, 1));
        break;
      }
      expect(await entries(bytes(7))).toHaveLength(3);
    });

    test('clears a prefix and nothing else', async () => {
      await store.write([bytes(1), bytes(1, 255, 9), bytes(2)].map((key) => ({ key, value: text('x') })));
      await store.clear(bytes(1));
      expect(await store.getMany([bytes(1), bytes(1, 255, 9), bytes(2)])).toEqual([undefined, undefined, text('x')]);
    });
  });
