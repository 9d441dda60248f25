/** A smoke test: every part of the bench still runs, on as little as it can. No time is asserted. */
import { describe, expect, test } from 'vitest';
import { PARTS } from '../../bench/parts.js';

describe('the bench', () => {
  test.each(PARTS.map((part) => [part.name, part] as const))(
    'runs its part %s, and has a section for it',
    async (_, part) => {
      const figures = await part.run({ quick: true });
      // As between a part's process and the report.
      const section = part.section(JSON.parse(JSON.stringify(figures)));
      expect(section).toContain('| ---');
      expect(section).not.toMatch(/NaN|undefined|Infinity/);
    },
  );
});
