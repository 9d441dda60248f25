/**
 * Runs the bench: each part in a process of its own, so that their heaps do not mix, then writes docs/benchmarks.md.
 * `npm run bench` for all; `npm run bench -- compute` prints one part and writes nothing; `-- --quick` is a smoke test.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Part } from './part.js';
import { PARTS } from './parts.js';
import { writeReport } from './report.js';

const SELF = fileURLToPath(import.meta.url);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, child: { type: 'boolean', default: false } },
});
const known = new Map(PARTS.map((part) => [part.name, part]));
for (const name of positionals) {
  if (known.has(name)) continue;
  console.error(`There is no part ${name}; the parts are: ${[...known.keys()].join(', ')}.`);
  process.exit(2);
}

/** The last line of a child's output is its figures, as JSON. */
function figuresOf(part: Part<unknown>): Promise<unknown> {
  const args = [...process.execArgv, SELF, '--child', part.name, ...(values.quick ? ['--quick'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => {
      if (code !== 0) failed(new Error(`part ${part.name} ended with ${code}`));
      else done(JSON.parse(output.trim().split('\n').at(-1)!));
    });
  });
}

if (values.child) {
  const figures = await known.get(positionals[0]!)!.run({ quick: values.quick });
  console.log(JSON.stringify(figures));
} else {
  const chosen = positionals.length === 0 ? PARTS : PARTS.filter(({ name }) => positionals.includes(name));
  const results: { part: Part<unknown>; figures: unknown }[] = [];
  for (const part of chosen) {
    const startedAt = performance.now();
    const figures = await figuresOf(part);
    results.push({ part, figures });
    console.log(`## ${part.title}\n\n${part.section(figures)}\n`);
    console.error(`${part.name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  }
  if (!values.quick && positionals.length === 0) console.error(`wrote ${await writeReport(results)}`);
}
