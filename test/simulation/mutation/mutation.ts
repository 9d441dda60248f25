/**
 * Switches one rule off at a time, and asks how many seeds it takes to miss it: `npm run mutation`, or
 * `npm run mutation -- --seeds 1000 --only low-water,bounded-lead --json`. Fails if one is not missed.
 * Method: the compiled simulation is copied to a folder outside the checkout, the patched file compiled into the copy, and seeds
 * run in a process of its own until one fails.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { MUTATIONS, type Mutation } from './mutations.js';
import { patched } from './patched.js';

const COMPILED = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const PROJECT = resolve(COMPILED, '..');
/** A mutation can make a run long: the trace of one is not wanted. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

interface Result {
  readonly name: string;
  readonly rule: string;
  /** Seeds run until one failed; null where none did. */
  readonly seeds: number | null;
  readonly seed: number | null;
  readonly why: string;
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    workers: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
});

async function run(mutation: Mutation): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-mutation-'));
  try {
    cpSync(COMPILED, folder, { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
    for (const [file, text] of patched(mutation, (name) => readFileSync(join(PROJECT, name), 'utf8'))) {
      const { outputText } = ts.transpileModule(text, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
      });
      writeFileSync(join(folder, file.replace(/\.ts$/, '.js')), outputText);
    }
    const args = ['--seeds', values.seeds, '--from', values.from, '--stop', '--json'];
    const output = await runNode(join(folder, 'test/simulation/soak.js'), args);
    const figures = JSON.parse(output.trim().split('\n').at(-1)!) as { runs: number; failed: number[]; why: string[] };
    const [seed] = figures.failed;
    const { name, rule } = mutation;
    return {
      name,
      rule,
      seeds: seed === undefined ? null : figures.runs,
      seed: seed ?? null,
      why: figures.why[0] ?? '',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Its standard output, whatever it exits with. */
function runNode(script: string, args: readonly string[]): Promise<string> {
  return new Promise((done, failed) => {
    execFile(process.execPath, [script, ...args], { maxBuffer: OUTPUT_BYTES_MAX }, (error, stdout, stderr) => {
      if (stdout.includes('"failed"')) done(stdout);
      else failed(error ?? new Error(stderr));
    });
  });
}

const only = values.only === '' ? null : new Set(values.only.split(','));
const left = MUTATIONS.filter(({ name }) => only?.has(name) ?? true);
const results: Result[] = [];
async function work(): Promise<void> {
  for (let mutation = left.shift(); mutation !== undefined; mutation = left.shift()) {
    const result = await run(mutation);
    results.push(result);
    if (!values.json) {
      const found = result.seed === null ? `NOT MISSED in ${values.seeds} seeds` : `missed at seed ${result.seed}`;
      process.stdout.write(`${result.name}: ${found} ${result.why}\n`);
    }
  }
}
await Promise.all(Array.from({ length: Number(values.workers) }, work));
if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`);
else {
  process.stdout.write('\n| switched off | seeds until it is missed | by |\n| --- | --- | --- |\n');
  for (const { rule, seeds, why } of results) process.stdout.write(`| ${rule} | ${seeds ?? 'never'} | ${why} |\n`);
}
if (results.some(({ seed }) => seed === null)) process.exitCode = 1;
