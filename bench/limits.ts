/** What the limit is: a paragraph made of the profiles of the engine and of the compute stage. */
import { type ComputeFigures, shares } from './compute.js';
import type { EngineFigures } from './engine.js';
import { percent } from './part.js';
import type { Spent } from './profile.js';

const LEAST_SHARE = 0.01;

const listed = (profile: readonly Spent[]) =>
  shares(profile)
    .filter(({ share }) => share >= LEAST_SHARE)
    .map(({ name, share }) => `${name} ${percent(share)}`)
    .join(', ');

/** Processor time beside the main thread: RocksDB reading, writing and compacting, and V8's helpers. */
function beside({ threads, cpuSeconds }: ComputeFigures['cases'][number]): string {
  if (threads === null) return '';
  const main = threads.main ?? 0;
  return ` The main thread is ${percent(main / cpuSeconds)} of all processor time; the rest is threads of RocksDB and of V8.`;
}

export function limitsText(engine: EngineFigures, compute: ComputeFigures): string {
  return [
    'Shares of the main thread’s busy time, by V8’s sampling profiler (each millisecond), in the runs above.',
    '',
    `- The engine alone: ${listed(engine.profile)}.`,
    ...compute.cases.map((c) => `- The compute stage, ${c.case}: ${listed(c.profile)}.${beside(c)}`),
  ].join('\n');
}
