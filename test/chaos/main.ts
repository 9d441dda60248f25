/** `npm run chaos`: see `--help`. Exit code 1: something was lost, doubled, out of order or different. */
import { join, resolve } from 'node:path';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { FAULTS } from './faults.js';
import { type ChaosReport, chaos } from './run.js';

const number = (text: string) => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above 0');
  return value;
};
const faults = (text: string) => {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(name in FAULTS));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`${unknown} is none of: ${Object.keys(FAULTS).join(', ')}`);
  }
  return names;
};

const program = new Command('npm run chaos --')
  .description(
    'Breaks one thing after another under a steady load, on a real Kafka of its own, and compares with a run without faults.',
  )
  .option('--minutes <n>', 'how long faults go on', number, 10)
  .option('--workers <n>', 'worker processes', number, 3)
  .option('--rate <n>', 'events a second, of all topics together', number, 1000)
  .option('--seed <n>', 'of the order of faults and of what they hit', number, (Date.now() % 1_000_000) + 1)
  .option('--faults <names>', `some of: ${Object.keys(FAULTS).join(', ')}`, faults, Object.keys(FAULTS))
  .option('--rest <seconds>', 'between two faults', number, 5)
  .option('--session <seconds>', 'session time-out of workers', number, 10)
  .option('--keep', 'leave the folder, with the logs of all processes, and name it')
  .option('--json', 'print the result as JSON');

interface Given {
  readonly minutes: number;
  readonly workers: number;
  readonly rate: number;
  readonly seed: number;
  readonly faults: readonly string[];
  readonly rest: number;
  readonly session: number;
  readonly keep?: boolean;
  readonly json?: boolean;
}

function print(report: ChaosReport): void {
  const table = new Table({
    head: ['fault', 'times', 'without predictions, median s', 'maximum s', 'beyond the outage itself, maximum s'],
  });
  for (const [fault, { times, median, max, beyond }] of Object.entries(report.gaps))
    table.push([fault, times, median.toFixed(1), max.toFixed(1), beyond.max.toFixed(1)]);
  console.log(table.toString());
  const { events, lost, doubled, differing, disordered } = report;
  console.log(`${events} events: ${lost} lost, ${doubled} doubled, ${differing} differing, ${disordered} out of order`);
  for (const exit of report.exits) console.log(`  ended by itself: ${exit}`);
  for (const example of report.examples) console.log(`  ${example}`);
}

const { json = false, rest, session, ...given } = program.parse().opts<Given>();
const folder = join(resolve('.headrace'), 'chaos', String(process.pid));
if (given.keep) console.error(`logs will be in ${folder}`);
const report = await chaos({
  ...given,
  folder,
  restMs: rest * 1000,
  sessionTimeoutMs: session * 1000,
  say: (line) => console.error(line),
});
if (json) console.log(JSON.stringify(report));
else print(report);
process.exitCode = report.lost + report.doubled + report.differing + report.disordered > 0 ? 1 : 0;
