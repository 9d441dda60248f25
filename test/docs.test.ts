/** Pages that must name everything of a kind do so, and nothing else. (`docs/settings.md`: see `runtime/settings.test.ts`.) */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AGGREGATES, DERIVATIONS } from '../src/topology/definition.js';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const inCode = (text: string, pattern: RegExp) => new Set([...text.matchAll(pattern)].map((match) => match[1]!));

test('docs/errors.md lists every code, and no other', () => {
  const source = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('runtime/settings'))
    .map((file) => read(`src/${file}`))
    .join('\n');
  const written = inCode(source, /new HeadraceError\(\s*'([A-Z_]+)'/g);
  const named = inCode(source, /['`]([A-Z]+(?:_[A-Z]+)+)['`]/g);
  const documented = inCode(read('docs/errors.md'), /^\| `([A-Z_]+)` \|/gm);
  expect([...written].filter((code) => !documented.has(code))).toEqual([]);
  expect([...documented].filter((code) => !written.has(code) && !named.has(code))).toEqual([]);
});

test('docs/dependencies.md gives a reason for every dependency, and names no other', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json')) as Record<
    string,
    Record<string, string>
  >;
  const cells = [...read('docs/dependencies.md').matchAll(/^\| (`[^|]+) \|/gm)].map((match) => match[1]!);
  const documented = cells.flatMap((cell) => [...inCode(cell, /`([^`]+)`/g)]);
  expect(documented.sort()).toEqual(
    Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).sort(),
  );
});

test.each(['Formulas', 'Nulls, ties, late events', 'Cost and state'])(
  'docs/aggregates.md names every aggregate and derivation under "%s", and no other',
  (heading) => {
    const page = read('docs/aggregates.md');
    const start = page.indexOf(`\n## ${heading}\n`);
    expect(start).toBeGreaterThan(0);
    const section = page.slice(start, page.indexOf('\n## ', start + 1));
    const cells = [...section.matchAll(/^\| (`[^|]+) \|/gm)].map((match) => match[1]!);
    const named = new Set(cells.flatMap((cell) => [...inCode(cell, /`([A-Za-z]+)[`(]/g)]));
    // `median` is a word of the language for one quantile.
    const words = [...AGGREGATES, ...DERIVATIONS, 'median'];
    expect([...named].sort()).toEqual([...words].sort());
  },
);
