/**
 * The compute stage from inbox bytes to feature bytes, RocksDB under it and checkpoints included.
 * Rows a second of processor time: of all threads of the process together, so RocksDB's compaction and the garbage collector
 * count, and the figure is that of one core. Frames are encoded outside of the measured part.
 */
import { readSettings } from '../src/runtime/settings.js';
import { history, START_MS, stream, take } from './card-events.js';
import { CARD_HORIZON_MS, CARDS_FEATURES } from './cards.js';
import { cpuByThread, cpuSeconds } from './cpu.js';
import { megabytes, type Part, percent, type Scale, shown, table } from './part.js';
import { profileText, type Spent, startProfile, summarize } from './profile.js';
import { openStage, type Stage } from './stage.js';

const FRAME_ROWS = 512;
const PORTION_FRAMES = 16;
const PORTION_ROWS = FRAME_ROWS * PORTION_FRAMES;
const HISTORY_EACH = 4;
/** Of the rows, not measured: the first warm the cache and the compiler, others are profiled. */
const WARM = 0.25;
const PROFILED = 0.25;

interface CaseFigures {
  readonly case: string;
  readonly rows: number;
  /** Rows whose entity was in memory, and records looked up, a row. */
  readonly hitRate: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
  readonly checkpoints: number;
  /** By checkpoints, a row. */
  readonly recordsWritten: number;
  readonly bytesWritten: number;
  /** Processor seconds by the name of threads; null where the system does not tell. */
  readonly threads: Readonly<Record<string, number>> | null;
  readonly profile: readonly Spent[];
}
export interface ComputeFigures {
  readonly cards: number;
  readonly memoryBytesMax: number;
  readonly cases: readonly CaseFigures[];
}

export interface StreamCase {
  readonly name: string;
  readonly rows: number;
  readonly hotCards: number;
  readonly hotShare: number;
}

/** Each card gets its history, card by card. */
export async function fill(stage: Stage, cards: number, each = HISTORY_EACH): Promise<void> {
  const past = history(cards, each);
  for (;;) {
    const frames: Buffer[] = [];
    while (frames.length < PORTION_FRAMES) {
      const events = take(past, FRAME_ROWS);
      if (events.length === 0) break;
      frames.push(stage.encoder.encode(events));
    }
    if (frames.length === 0) return;
    await stage.run(frames);
  }
}

const counters = (stage: Stage) => ({
  cpu: cpuSeconds(),
  ms: performance.now(),
  lookedUp: stage.store.lookedUp,
  written: stage.store.written,
  writtenBytes: stage.store.writtenBytes,
  checkpoints: Number(stage.describe().checkpoints),
  ...Object.fromEntries(Object.entries(cpuByThread() ?? {}).map(([name, seconds]) => [`thread ${name}`, seconds])),
});

/** @param onProfile told the text of the whole profile */
export async function measure(
  stage: Stage,
  cards: number,
  { name, rows, hotCards, hotShare }: StreamCase,
  [seed, startMs]: readonly [number, number],
  onProfile: (text: string) => void = () => {},
): Promise<CaseFigures> {
  const stepMs = CARD_HORIZON_MS / (cards * HISTORY_EACH);
  const events = stream({ cards, hotCards, hotShare, stepMs, startMs, seed });
  const next = () => Array.from({ length: PORTION_FRAMES }, () => stage.encoder.encode(take(events, FRAME_ROWS)));
  const portions = (share: number) => Array.from({ length: Math.ceil((rows * share) / PORTION_ROWS) }, next);
  for (const frames of portions(WARM)) await stage.run(frames);
  const frames = portions(1);
  const measured = frames.length * PORTION_ROWS;
  const before: Record<string, number> = counters(stage);
  for (const portion of frames) await stage.run(portion);
  const sums: Record<string, number> = {};
  for (const [counter, value] of Object.entries(counters(stage))) sums[counter] = value - (before[counter] ?? 0);
  // Beside what is measured: the profiler takes time of its own.
  const profiled = portions(PROFILED);
  const stop = await startProfile();
  for (const portion of profiled) await stage.run(portion);
  const profile = await stop();
  onProfile(profileText(profile));
  const threads = Object.entries(sums).filter(([counter]) => counter.startsWith('thread '));
  return {
    case: name,
    rows: measured,
    hitRate: 1 - sums.lookedUp! / measured,
    cpuSeconds: sums.cpu!,
    seconds: sums.ms! / 1000,
    checkpoints: sums.checkpoints!,
    recordsWritten: sums.written! / measured,
    bytesWritten: sums.writtenBytes! / measured,
    threads: threads.length === 0 ? null : Object.fromEntries(threads.map(([name, s]) => [name.slice(7), s])),
    profile: summarize(profile).byKind,
  };
}

async function run({ quick }: Scale): Promise<ComputeFigures> {
  const cards = quick ? 400 : 2_000_000;
  const memoryBytesMax = quick ? 16 * 1024 * 1024 : readSettings({}).memoryBytesMax;
  const stage = await openStage({ memoryBytesMax });
  try {
    await fill(stage, cards);
    const rows = quick ? PORTION_ROWS : 600_000;
    const hot = (share: number): StreamCase => ({
      name: `90 % of the rows of ${shown(cards * share)} cards`,
      rows,
      hotCards: cards * share,
      hotShare: 0.9,
    });
    const uniform: StreamCase = { name: 'uniform', rows, hotCards: 1, hotShare: 0 };
    const print = process.env.BENCH_PROFILE ? (text: string) => console.error(text) : () => {};
    const cases: CaseFigures[] = [];
    for (const [n, one] of [hot(1 / 1000), hot(1 / 200), uniform].entries()) {
      cases.push(await measure(stage, cards, one, [2 + n, START_MS + (n * CARD_HORIZON_MS) / 3], print));
    }
    return { cards, memoryBytesMax, cases };
  } finally {
    await stage.close();
  }
}

const RESTS = new Set(['idle', 'bench']);

/** Shares of what is busy, without the bench's own; the greatest first. */
export function shares(profile: readonly Spent[]): { name: string; share: number }[] {
  const own = profile.filter(({ name }) => !RESTS.has(name));
  const total = own.reduce((sum, { ms }) => sum + ms, 0);
  return own.map(({ name, ms }) => ({ name, share: ms / total }));
}

function section({ cards, memoryBytesMax, cases }: ComputeFigures): string {
  return [
    `The real stage on the memory log and RocksDB: ${shown(cards)} cards of ${HISTORY_EACH} events each in their windows, ${CARDS_FEATURES} features, half of the rows are`,
    `scored; ${megabytes(memoryBytesMax)} of memory, checkpoints as by default. Frames are encoded, and a first quarter of the rows is applied, before`,
    'the measured part; a profile is taken of another quarter behind it. A row hits if no record had to be looked up for it.',
    '',
    table(
      [
        'keys',
        'rows',
        'hits',
        'rows a processor s',
        'rows a s',
        'checkpoints',
        'records written a row',
        'bytes written a row',
      ],
      cases.map((c) => [
        c.case,
        c.rows,
        percent(c.hitRate),
        c.rows / c.cpuSeconds,
        c.rows / c.seconds,
        c.checkpoints,
        c.recordsWritten,
        c.bytesWritten,
      ]),
    ),
    '',
    ...cases
      .filter(({ threads }) => threads !== null)
      .map(
        ({ case: name, threads, cpuSeconds: all }) =>
          `Processor time by thread, ${name}: ${Object.entries(threads!)
            .filter(([, seconds]) => seconds / all >= 0.005)
            .sort(([, a], [, b]) => b - a)
            .map(([thread, seconds]) => `${thread} ${percent(seconds / all)}`)
            .join(', ')}.`,
      ),
    'In this, `main` runs JavaScript; `node` are the threads of libuv, on which RocksDB reads and writes, and V8’s for garbage; `rocksdb:` compacts.',
  ].join('\n');
}

export const compute: Part<ComputeFigures> = {
  name: 'compute',
  title: 'The compute stage, from inbox bytes to feature bytes',
  run,
  section,
};
