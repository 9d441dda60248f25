/**
 * Which faults a seed draws, and how often.
 * Goal: every kind of fault meets every other, and also has runs to itself, where nothing masks it. Method: a seed switches each
 * kind on or off by a coin, so that runs differ in kind and not only in luck.
 */
import type { Random } from './random.js';

export const FAULTS = [
  'crash',
  'disk',
  'abort',
  'concurrent',
  'fence',
  'zombie',
  'rebalance',
  'lie',
  'refuse',
  'fetch',
  'slow',
  'outage',
  'registry',
  'artifact',
  'corrupt',
  'skew',
  'loss',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What each kind means; rates are per call of a port, the others are times that `nemesis.ts` draws. */
export const MEANING: Readonly<Record<Fault, string>> = {
  crash: 'a worker dies at any await, before or after what it asked for took effect, or while that is on its way',
  disk: 'it comes back with a lost disk, or one as it was some writes ago',
  abort: 'a transaction is aborted',
  concurrent: 'CONCURRENT_TRANSACTIONS: the last one’s markers are not written yet',
  fence: 'another producer opens the task’s transactional id',
  zombie: 'a worker that membership has given up writes on, or is stopped and wakes later',
  rebalance: 'workers come and go in the middle of batches',
  lie: 'a produce or a commit that takes effect, whole or in part, and reports an error',
  refuse: 'a request that fails without effect',
  fetch: 'delayed, cut and repeated fetches; subscriptions that break',
  slow: 'times in which every request takes up to half a second',
  outage: 'times in which no broker answers',
  registry: 'times in which the schema registry does not answer',
  artifact: 'an artifact that is truncated for a while; a model version whose file is',
  corrupt: 'a local store that cannot be read',
  skew: 'workers’ clocks differ by some seconds',
  loss: 'one produce is acknowledged and lost, as by an unclean election: the run may be stopped, by name, but not go on wrongly',
};

/** Share of runs that lose something: most others must come to their end. */
const LOSS = 0.12;

export interface Rates {
  crash: number;
  abort: number;
  concurrent: number;
  lie: number;
  refuse: number;
  fetch: number;
  corrupt: number;
}

export const CALM: Rates = { crash: 0, abort: 0, concurrent: 0, lie: 0, refuse: 0, fetch: 0, corrupt: 0 };

export interface Profile {
  readonly on: ReadonlySet<Fault>;
  readonly rates: Rates;
}

export function drawProfile(random: Random, allowed: readonly Fault[] = FAULTS): Profile {
  const density = random.pick([0.2, 0.5, 0.8]);
  const on = new Set(
    FAULTS.filter((fault) => random.chance(fault === 'loss' ? LOSS : density) && allowed.includes(fault)),
  );
  const rate = (fault: Fault, least: number, most: number) => {
    const drawn = least + ((most - least) * random.below(1000)) / 1000;
    return on.has(fault) ? drawn : 0;
  };
  return {
    on,
    rates: {
      crash: rate('crash', 0.0005, 0.004),
      abort: rate('abort', 0.02, 0.2),
      concurrent: rate('concurrent', 0.05, 0.4),
      lie: rate('lie', 0.01, 0.08),
      refuse: rate('refuse', 0.002, 0.012),
      fetch: rate('fetch', 0.05, 0.4),
      corrupt: rate('corrupt', 0.005, 0.03),
    },
  };
}
