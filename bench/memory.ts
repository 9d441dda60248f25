/**
 * The memory of a compute stage: two million keys, and one key with a million events in its windows.
 * Goal: what the stage adds to its process stays below the one setting. Method: the process first makes and encodes frames without a
 * stage, and its resident size then is what is taken off; the peak is the system's own (`maxRSS`).
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings } from '../src/runtime/settings.js';
import { history, START_MS, stream, take } from './card-events.js';
import { CARD_HORIZON_MS } from './cards.js';
import { megabytes, type Part, type Scale, shown, table } from './part.js';
import { random } from './random.js';
import { type CardEvent, InboxEncoder, inboxWriter, openStage } from './stage.js';

const FRAME_ROWS = 512;
const PORTION_FRAMES = 16;
const PORTION_ROWS = FRAME_ROWS * PORTION_FRAMES;
/** One row in three is the large key's. */
const WHALE_EVERY = 3;
const WHALE = 'card-whale';
const WHALE_SPAN_MS = CARD_HORIZON_MS - 2 * 86_400_000;
/** One of so many of its events comes late. */
const LATE_EVERY = 20;

interface MemoryFigures {
  readonly cards: number;
  readonly whaleEvents: number;
  readonly rows: number;
  readonly settingBytes: number;
  readonly before: number;
  readonly peak: number;
  readonly heapPeak: number;
  readonly externalPeak: number;
  readonly cachedPeak: number;
  readonly diskBytes: number;
}

/** Every so-many-th event is the large key's, as long as there are any of these. */
function* mixed(others: Generator<CardEvent>, whale: Generator<CardEvent>): Generator<CardEvent> {
  for (let n = 0; ; n++) {
    const { done, value } = n % WHALE_EVERY === 0 ? whale.next() : others.next();
    if (done === true) break;
    yield value;
  }
  yield* others;
  yield* whale;
}

/** The large key's events over its windows: in order, but some that come late, by anything up to the windows' beginning. */
function* whaleEvents(events: number): Generator<CardEvent> {
  const chance = random(7);
  let n = 0;
  for (const { fields, ...event } of history(1, events)) {
    const time = START_MS - Math.floor(WHALE_SPAN_MS * (++n % LATE_EVERY === 0 ? chance.next() : 1 - n / events));
    yield { ...event, time, fields: { ...fields, time, card: WHALE, id: `w${fields.id}` } };
  }
}

export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) {
    // A compaction may take a file away in between.
    bytes += await stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}

async function run({ quick }: Scale): Promise<MemoryFigures> {
  const cards = quick ? 1_000 : 2_000_000;
  const whale = quick ? 1_000 : 1_000_000;
  const settingBytes = quick ? 16 * 1024 * 1024 : readSettings({}).memoryBytesMax;
  const sample = new InboxEncoder(await inboxWriter());
  const past = history(cards, 1);
  for (let n = 0; n < (quick ? 1 : 100); n++) {
    for (let f = 0; f < PORTION_FRAMES; f++) sample.encode(take(past, FRAME_ROWS));
  }
  const before = process.memoryUsage().rss;
  const stage = await openStage({ memoryBytesMax: settingBytes });
  const peaks = { heap: 0, external: 0, cached: 0 };
  let rows = 0;
  const apply = async (events: Generator<CardEvent>, rowsMax: number) => {
    for (let applied = 0; applied < rowsMax; ) {
      const frames: Buffer[] = [];
      for (let f = 0; f < PORTION_FRAMES; f++) {
        const some = take(events, FRAME_ROWS);
        if (some.length > 0) frames.push(stage.encoder.encode(some));
        applied += some.length;
      }
      if (frames.length === 0) return;
      await stage.run(frames);
      rows = Number(stage.describe().computed_rows);
      const { heapTotal, external } = process.memoryUsage();
      peaks.heap = Math.max(peaks.heap, heapTotal);
      peaks.external = Math.max(peaks.external, external);
      peaks.cached = Math.max(peaks.cached, Number(stage.describe().cached_bytes));
    }
  };
  try {
    await apply(mixed(history(cards, 1), whaleEvents(whale)), Number.POSITIVE_INFINITY);
    // Then keys by chance, and the large one asked and added to in between.
    const stepMs = CARD_HORIZON_MS / (cards * 10);
    const later = stream({ cards, hotCards: 1, hotShare: 0, stepMs, startMs: START_MS, seed: 4 });
    const often = stream({ cards: 1, hotCards: 1, hotShare: 0, stepMs: stepMs * 2, startMs: START_MS, seed: 5 });
    const inOrder = mixed(
      later,
      (function* () {
        for (const { fields, ...event } of often) yield { ...event, fields: { ...fields, card: WHALE } };
      })(),
    );
    await apply(inOrder, quick ? PORTION_ROWS : 40 * PORTION_ROWS);
    const peak = process.resourceUsage().maxRSS * 1024;
    return {
      cards,
      whaleEvents: whale,
      rows,
      settingBytes,
      before,
      peak,
      heapPeak: peaks.heap,
      externalPeak: peaks.external,
      cachedPeak: peaks.cached,
      diskBytes: await folderBytes(stage.folder),
    };
  } finally {
    await stage.close();
  }
}

function section(f: MemoryFigures): string {
  const added = f.peak - f.before;
  return [
    `${shown(f.cards)} cards, and one card with ${shown(f.whaleEvents)} events in its windows, a third of the rows, of which one in ${LATE_EVERY} comes late by`,
    'anything up to six days; then keys by chance, the large one in between:',
    `${shown(f.rows)} rows through the real stage, memory log and bench in the same process.`,
    '',
    table(
      ['', 'MB'],
      [
        ['the setting, `memoryBytesMax`', megabytes(f.settingBytes)],
        [
          `what the stage added at its peak: ${added < f.settingBytes ? 'below the setting' : 'ABOVE the setting'}`,
          megabytes(added),
        ],
        ['resident before the stage was opened', megabytes(f.before)],
        ['resident at the peak', megabytes(f.peak)],
        ['JavaScript’s heap at its peak, all of the process', megabytes(f.heapPeak)],
        ['buffers outside of the heap at their peak', megabytes(f.externalPeak)],
        ['entities in the cache at their peak, by its own estimate', megabytes(f.cachedPeak)],
        ['state on disk at the end', megabytes(f.diskBytes)],
      ],
    ),
  ].join('\n');
}

export const memory: Part<MemoryFigures> = { name: 'memory', title: 'Memory', run, section };
