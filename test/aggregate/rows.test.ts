import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Columns } from '../../src/aggregate/columns.js';
import { Rows } from '../../src/aggregate/rows.js';

const columns = new Columns([
  { field: 'a', kind: 'number' },
  { field: 'b', kind: 'text' },
]);
interface Row {
  readonly time: number;
  readonly id: string;
  readonly a: number | null;
  readonly b: string | null;
}
const listed = (rows: Rows): Row[] =>
  Array.from({ length: rows.end }, (_, at) => ({
    time: rows.data[at]!,
    id: rows.id(at),
    a: columns.valueAt(rows, at, columns.fields[0]!) as number | null,
    b: columns.valueAt(rows, at, columns.fields[1]!) as string | null,
  }));

test('holds what was inserted where, split off and resized, as a list does', () => {
  const row = fc.record({
    time: fc.nat(),
    id: fc.string(),
    a: fc.option(fc.double({ noNaN: true })),
    b: fc.option(fc.string()),
  });
  const steps = fc.array(
    fc.oneof({ arbitrary: fc.tuple(fc.nat(), row), weight: 9 }, { arbitrary: fc.nat(), weight: 1 }),
  );
  fc.assert(
    fc.property(steps, (all) => {
      const rows = new Rows(columns);
      let list: Row[] = [];
      for (const step of all) {
        if (typeof step === 'number') {
          const at = step % (list.length + 1);
          const first = rows.splitOff(at);
          expect(listed(first)).toEqual(list.slice(0, at));
          first.resize(first.end + (step % 3));
          expect(listed(first)).toEqual(list.slice(0, at));
          list = list.slice(at);
        } else {
          const at = step[0] % (list.length + 1);
          const { time, id, a, b } = step[1];
          rows.insert(at, time, id, [a, b]);
          list.splice(at, 0, step[1]);
        }
        expect(listed(rows)).toEqual(list);
        expect([rows.texts.length, rows.data.length]).toEqual(
          [columns.texts, columns.numbers].map((n) => n * rows.capacity),
        );
      }
    }),
  );
});
