import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { projectFile } from '../../support/memory-world.js';
import { MUTATIONS } from './mutations.js';
import { patched } from './patched.js';

test.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
  'the patches of %s match once each, and what they leave is a program',
  (_, mutation) => {
    const files = patched(mutation, (file) => readFileSync(projectFile(file), 'utf8'));
    for (const [fileName, text] of files) {
      const { diagnostics } = ts.transpileModule(text, { fileName, reportDiagnostics: true });
      expect(diagnostics).toEqual([]);
      expect(text).not.toBe(readFileSync(projectFile(fileName), 'utf8'));
    }
  },
);

test('a patch that does not match, or matches twice, is refused', () => {
  const mutation = { name: 'm', rule: '', patches: [{ file: 'f', find: 'a', replace: 'b' }] };
  expect(patched(mutation, () => 'a')).toEqual(new Map([['f', 'b']]));
  expect(() => patched(mutation, () => 'aa')).toThrow('"a" is 2 times in f');
  expect(() => patched(mutation, () => 'c')).toThrow('"a" is 0 times in f');
});
