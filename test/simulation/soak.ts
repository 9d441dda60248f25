/**
 * Any number of seeds: `SIM_SEEDS=10000 SIM_FROM=0 npm run soak`, or `npm run soak -- --seeds 10000 --from 0`.
 * `--stop` ends at the first seed that fails; `--trace` prints the run's trace; `--json` prints the figures as one JSON object.
 */
import { parseArgs } from 'node:util';
import { commandOf } from './command.js';
import { simulate } from './simulate.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: process.env.SIM_SEEDS ?? '1000' },
    from: { type: 'string', default: process.env.SIM_FROM ?? '0' },
    stop: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const say = values.trace ? (line: string) => process.stdout.write(`${line}\n`) : undefined;
const from = Number(values.from);
const struck = new Map<string, number>();
const failed: number[] = [];
const why: string[] = [];
const stopped: number[] = [];
let [steps, virtualMs, vectors, decided, promoted, leadRows] = [0, 0, 0, 0, 0, 0];
const before = process.cpuUsage();
let seed = from;
for (; seed < from + Number(values.seeds); seed++) {
  const report = await simulate(seed, say && { say });
  for (const [fault, count] of report.struck) struck.set(fault, (struck.get(fault) ?? 0) + count);
  steps += report.steps;
  virtualMs += report.virtualMs;
  vectors += report.vectors;
  decided += report.decided;
  promoted += report.promoted;
  leadRows = Math.max(leadRows, report.leadRows);
  if (report.stopped !== null) stopped.push(seed);
  if (report.wrong.length === 0) continue;
  failed.push(seed);
  why.push(report.wrong[0]!);
  if (!values.json) process.stdout.write(`seed ${seed} fails: ${commandOf(seed)}\n  ${report.wrong.join('\n  ')}\n`);
  if (values.stop) break;
}
const runs = Math.min(seed + 1, from + Number(values.seeds)) - from;
const { user, system } = process.cpuUsage(before);
const cpuSeconds = (user + system) / 1e6;
const figures = {
  runs,
  failed,
  why,
  stoppedByName: stopped.length,
  vectors,
  decidedByDeadline: decided,
  trainedAndPromoted: promoted,
  steps,
  virtualHours: Number((virtualMs / 3_600_000).toFixed(1)),
  cpuSeconds: Number(cpuSeconds.toFixed(1)),
  cpuMsPerRun: Math.round((cpuSeconds * 1000) / runs),
  leadRowsMax: leadRows,
  struck: Object.fromEntries([...struck].sort(([a], [b]) => (a < b ? -1 : 1))),
};
process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : `${JSON.stringify(figures, null, 2)}\n`);
if (failed.length > 0) process.exitCode = 1;
