import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stateKey } from '../../src/state/entity-key.js';

const prefix = Buffer.from('group.v1/0\0');
const key = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '\0', '\0\0', 'a\0', 'a\0b'));
const suffix = fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes));

test('no two records of two keys share a state key', () => {
  fc.assert(
    fc.property(key, suffix, key, suffix, (key1, suffix1, key2, suffix2) => {
      const same = key1 === key2 && suffix1.equals(suffix2);
      expect(stateKey(prefix, key1, suffix1).equals(stateKey(prefix, key2, suffix2))).toBe(same);
    }),
  );
});

test('it is prefix, length, key, suffix', () => {
  expect(stateKey(Buffer.alloc(0), 'é\0', Buffer.alloc(0)).toString('hex')).toBe('00000003c3a900');
  expect(stateKey(Buffer.from([9]), 'a', Buffer.from([7])).toString('hex')).toBe('09000000016107');
});
