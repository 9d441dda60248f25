/** `npm run failover`: see `--help`. Exit code 1: with a copy of the state, it took longer than the session and three seconds. */
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { failover } from './failover.js';

/** Beyond the session, with a copy of the state at hand. */
const BEYOND_MAX_SECONDS = 3;

const number = (text: string) => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number above 0');
  return value;
};

const program = new Command('npm run failover --')
  .description(
    'Kills a worker that has a large state, on a real Kafka of its own, and says how long no prediction came.',
  )
  .option('--workers <n>', 'worker processes', number, 3)
  .option('--cards <n>', 'keys of the state', number, 300_000)
  .option('--payments <n>', 'before anything breaks; more than cards: several of a card', number, 600_000)
  .option('--text-bytes <n>', 'of a text in each payment that state keeps', number, 200)
  .option('--rate <n>', 'payments a second, of random cards, meanwhile', number, 300)
  .option('--kills <n>', 'how often a worker is killed whose state is copied', number, 3)
  .option('--rest <seconds>', 'before each', number, 20)
  .option('--session <seconds>', 'session time-out of workers', number, 10)
  .option('--keep', 'leave the folder, with the logs of all processes, and name it');

interface Given {
  readonly workers: number;
  readonly cards: number;
  readonly payments: number;
  readonly textBytes: number;
  readonly rate: number;
  readonly kills: number;
  readonly rest: number;
  readonly session: number;
  readonly keep?: boolean;
}

const { rest, session, ...given } = program.parse().opts<Given>();
const folder = join(resolve('.headrace'), 'failover', String(process.pid));
if (given.keep) console.error(`logs will be in ${folder}`);
const report = await failover({
  ...given,
  folder,
  restMs: rest * 1000,
  sessionTimeoutMs: session * 1000,
  say: (line) => console.error(line),
});
console.log(JSON.stringify(report, null, 2));
process.exitCode = Math.max(...report.with_copies_seconds) > session + BEYOND_MAX_SECONDS ? 1 : 0;
