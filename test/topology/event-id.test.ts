import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventId } from '../../src/topology/event-id.js';

test('one field is taken as it is', () => {
  expect(eventId(['id'], { id: 'a|b\\c' })).toBe('a|b\\c');
  expect(eventId(['id'], { id: 42 })).toBe('42');
  expect(eventId(['id'], { id: '' })).toBe('');
});

test('several are joined, and escaped', () => {
  expect(eventId(['origin', 'time'], { origin: 'EWR', time: 1_357_020_000_000 })).toBe('EWR|1357020000000');
  expect(eventId(['a', 'b'], { a: 'x|y', b: 'z\\' })).toBe('x\\|y|z\\\\');
});

test('a part that is null or absent identifies nothing', () => {
  expect(eventId(['id'], { id: null })).toBeNull();
  expect(eventId(['id'], {})).toBeNull();
  expect(eventId(['a', 'b'], { a: 'x', b: null })).toBeNull();
  expect(eventId([], {})).toBeNull();
});

test('different parts have different ids', () => {
  const part = fc.string({ unit: fc.constantFrom('a', '|', '\\'), maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 2, maxLength: 3 }),
      fc.array(part, { minLength: 2, maxLength: 3 }),
      (a, b) => {
        const idOf = (parts: string[]) =>
          eventId(Object.keys(parts), { ...parts } as unknown as Record<string, string>);
        return (idOf(a) === idOf(b)) === (JSON.stringify(a) === JSON.stringify(b));
      },
    ),
    { numRuns: 2000 },
  );
});
