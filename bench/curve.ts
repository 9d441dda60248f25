/** What a query and an event cost as a key's history grows: 10² to 10⁶ events in the window, in order and late. */
import { type Part, type Scale, table } from './part.js';
import { tenFeatures } from './sensor.js';
import { costOf } from './ten.js';

const WINDOW = '24h';
const WINDOW_MS = 24 * 3_600_000;
const SIZES = [1e2, 1e3, 1e4, 1e5, 1e6];

interface CurveFigures {
  readonly points: readonly {
    readonly events: number;
    readonly insertUs: number;
    readonly queryUs: number;
    readonly lateInsertUs: number;
    readonly lateQueryUs: number;
  }[];
}

async function run({ quick }: Scale): Promise<CurveFigures> {
  const operations = quick ? 100 : 3_000;
  const points = (quick ? SIZES.slice(0, 2) : SIZES).map((events) => {
    const stepMs = WINDOW_MS / events;
    const inOrder = costOf(tenFeatures(WINDOW), stepMs, 0, operations);
    const late = costOf(tenFeatures(WINDOW), stepMs, WINDOW_MS, operations);
    return {
      events,
      insertUs: inOrder.insertUs,
      queryUs: inOrder.queryUs,
      lateInsertUs: late.insertUs,
      lateQueryUs: late.queryUs,
    };
  });
  return { points };
}

function section({ points }: CurveFigures): string {
  return [
    'The same ten features over 24 hours, one key, steady state: with each event the oldest leaves, a query asks for all ten, and the event is',
    'inserted. Late: each event at a random time of the window, so that each query folds a changed chunk again. µs of processor time.',
    '',
    table(
      ['events in the window', 'event, in order', 'query, in order', 'event, late', 'query, late'],
      points.map((p) => [p.events, p.insertUs, p.queryUs, p.lateInsertUs, p.lateQueryUs]),
    ),
  ].join('\n');
}

export const curve: Part<CurveFigures> = { name: 'curve', title: 'Cost by the length of the history', run, section };
