import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { progress } from '../../../src/cli/ui/progress.js';
import { table } from '../../../src/cli/ui/table.js';

test('columns line up, numbers to the right, null is a dash, the last column wraps', () => {
  const text = table(
    ['model', 'rows', 'why'],
    [
      ['late-arrival', 12, 'short'],
      ['x', null, 'a long text that does not fit into one line of a narrow terminal'],
    ],
    { columns: 50, right: [1] },
  );
  expect(stripVTControlCharacters(text).split('\n')).toEqual([
    'model         rows  why',
    '-----         ----  ---',
    'late-arrival    12  short',
    'x                -  a long text that does not',
    '                    fit into one line of a',
    '                    narrow terminal',
  ]);
});

test('without a terminal, progress is a line every ten percent', () => {
  const lines: string[] = [];
  const bar = progress({ columns: null, stderr: (line) => void lines.push(line) }, 'loading', 1000);
  for (let done = 0; done <= 1000; done += 50) bar.at(done, done === 1000 ? '2013-12-31' : '');
  bar.end();
  expect(lines).toHaveLength(11);
  expect(lines[0]).toBe('loading 0%\n');
  expect(lines.at(-1)).toBe('loading 100% 2013-12-31\n');
});
