/** Writes docs/benchmarks.md of one run's figures. */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import type { ComputeFigures } from './compute.js';
import type { EngineFigures } from './engine.js';
import { limitsText } from './limits.js';
import type { Part } from './part.js';

const FILE = 'docs/benchmarks.md';

export async function writeReport(
  results: readonly { readonly part: Part<unknown>; readonly figures: unknown }[],
): Promise<string> {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const lines = [
    '<!-- Written by `npm run bench`. Do not edit: run it again. -->',
    '# Benchmarks',
    '',
    'The machine that made these figures is shared and noisy, so read ratios within a section, which are of one run, before absolute figures.',
    'Where nothing else is said a figure is of processor time (user and system, of all threads of the process), so it is that of one core,',
    'and the garbage collector and RocksDB’s own threads count.',
    '',
    `${model}, ${availableParallelism()} cores; Node ${process.versions.node}; ${process.platform} ${process.arch}.`,
    '',
  ];
  for (const { part, figures } of results) {
    lines.push(`## ${part.title}`, '', `\`npm run bench -- ${part.name}\``, '', part.section(figures), '');
  }
  const of = (name: string) => results.find(({ part }) => part.name === name)?.figures;
  const limits = limitsText(of('engine') as EngineFigures, of('compute') as ComputeFigures);
  lines.push('## Limits', '', limits, '');
  await writeFile(FILE, lines.join('\n'));
  return FILE;
}
