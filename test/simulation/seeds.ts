/** A share of the seeds of a test run, as tests of its own: files run beside each other, one a core. */
import { expect, test } from 'vitest';
import { commandOf } from './command.js';
import { simulate } from './simulate.js';

const SEEDS = Number(process.env.SIM_SEEDS ?? 1000);
const FROM = Number(process.env.SIM_FROM ?? 0);
/** Seeds of one test. */
const TEST_SEEDS = 50;

export function testSeeds(share: number, shares: number): void {
  const from = FROM + Math.ceil((SEEDS * share) / shares);
  const to = FROM + Math.ceil((SEEDS * (share + 1)) / shares);
  for (let first = from; first < to; first += TEST_SEEDS) {
    const last = Math.min(to, first + TEST_SEEDS) - 1;
    test(`seeds ${first} to ${last}: everything once, in order, with the undisturbed run's bytes`, async () => {
      const failures: string[] = [];
      for (let seed = first; seed <= last; seed++) {
        const { wrong } = await simulate(seed);
        if (wrong.length > 0) failures.push(`seed ${seed} (${commandOf(seed)}):\n  ${wrong.join('\n  ')}`);
      }
      expect(failures).toEqual([]);
    });
  }
}
