/**
 * The compute stage from inbox bytes to feature bytes, RocksDB under it and checkpoints included.
 * Rows a second of processor time: of all threads of the process together, so RocksDB's compaction and the garbage collector
 * count, and the figure is that of one core. Frames are encoded outside of the measured part.
 */

import { history, stream, take } from './card-events.js';
import { CARD_HORIZON_MS } from './cards.js';
import { cpuByThread, cpuSeconds } from './cpu.js';
import { type Profile, startProfile } from './profile.js';
import { openStage, type Stage } from './stage.js';

const FRAME_ROWS = 512;
const PORTION_FRAMES = 16;
const HISTORY_EACH = 5;

export interface ComputeFigures {
  readonly case: string;
  readonly cards: number;
  readonly rows: number;
  /** Share of rows whose entity was in memory. */
  readonly hitRate: number;
  readonly rowsPerCpuSecond: number;
  readonly rowsPerSecond: number;
  readonly checkpoints: number;
  /** Records and bytes that checkpoints wrote, a row. */
  readonly recordsWrittenPerRow: number;
  readonly bytesWrittenPerRow: number;
  readonly cpuByThread: Readonly<Record<string, number>> | null;
}

export interface ComputeOptions {
  readonly cards: number;
  readonly rows: number;
  readonly hotCards: number;
  readonly hotShare: number;
  readonly memoryBytesMax: number;
  /** Told the profile of the measured part, which costs a few percent. */
  readonly onProfile?: (profile: Profile) => void;
}

export async function fill(stage: Stage, cards: number): Promise<void> {
  const past = history(cards, HISTORY_EACH);
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

export async function measure(name: string, options: ComputeOptions): Promise<ComputeFigures> {
  const { cards, rows, hotCards, hotShare, memoryBytesMax } = options;
  const stage = await openStage({ memoryBytesMax });
  try {
    await fill(stage, cards);
    const events = stream({ cards, hotCards, hotShare, stepMs: CARD_HORIZON_MS / (cards * HISTORY_EACH) });
    // The first fifth warms the cache and the compiler.
    let cpu = 0;
    let ms = 0;
    let measured = 0;
    let threads: Record<string, number> | null = null;
    let lookedUp = 0;
    let checkpoints = 0;
    let written = 0;
    let writtenBytes = 0;
    let stopProfile: (() => Promise<Profile>) | null = null;
    for (let done = 0; done < rows * 1.2; ) {
      const frames: Buffer[] = [];
      for (let f = 0; f < PORTION_FRAMES; f++) frames.push(stage.encoder.encode(take(events, FRAME_ROWS)));
      const counts = done >= rows * 0.2;
      if (counts && options.onProfile) stopProfile ??= await startProfile();
      const before = { cpu: cpuSeconds(), at: performance.now(), threads: cpuByThread(), store: { ...stage.store } };
      const checkpointsBefore = Number(stage.describe().checkpoints);
      await stage.run(frames);
      done += PORTION_FRAMES * FRAME_ROWS;
      if (!counts) continue;
      cpu += cpuSeconds() - before.cpu;
      ms += performance.now() - before.at;
      measured += PORTION_FRAMES * FRAME_ROWS;
      lookedUp += stage.store.lookedUp - before.store.lookedUp;
      written += stage.store.written - before.store.written;
      writtenBytes += stage.store.writtenBytes - before.store.writtenBytes;
      checkpoints += Number(stage.describe().checkpoints) - checkpointsBefore;
      threads = added(threads, before.threads, cpuByThread());
    }
    if (stopProfile !== null) options.onProfile!(await stopProfile());
    return {
      case: name,
      cards,
      rows: measured,
      hitRate: 1 - lookedUp / measured,
      rowsPerCpuSecond: measured / cpu,
      rowsPerSecond: (measured * 1000) / ms,
      checkpoints,
      recordsWrittenPerRow: written / measured,
      bytesWrittenPerRow: writtenBytes / measured,
      cpuByThread: threads,
    };
  } finally {
    await stage.close();
  }
}

function added(
  sum: Record<string, number> | null,
  from: Record<string, number> | null,
  to: Record<string, number> | null,
): Record<string, number> | null {
  if (from === null || to === null) return null;
  const result = { ...sum };
  for (const [name, seconds] of Object.entries(to)) result[name] = (result[name] ?? 0) + seconds - (from[name] ?? 0);
  return result;
}

export interface Scale {
  readonly quick: boolean;
}

export async function compute({ quick }: Scale): Promise<ComputeFigures[]> {
  const cards = quick ? 2_000 : 2_000_000;
  const rows = quick ? 20_000 : 600_000;
  const memoryBytesMax = quick ? 4 * 1024 * 1024 : 128 * 1024 * 1024;
  return [
    await measure('90 % in memory', { cards, rows, memoryBytesMax, hotCards: cards / 200, hotShare: 0.9 }),
    await measure('uniform', { cards, rows, memoryBytesMax, hotCards: 1, hotShare: 0 }),
  ];
}
