/**
 * Which records a log lacks for what is to come: a row's query and insert, and the eviction before it.
 * Goal: nothing waits in the middle of a batch. Method: the directory tells where a time lies; super-chunks' records are asked for
 * first, and what lies in them in the next round. Invariant: what comes before the row in its batch can only split chunks that
 * are in memory, or drop some; so what is not wanted now is not wanted then.
 */
import { type Chunk, firstReaching, type SuperChunk } from './chunk.js';
import { type EventLog, firstNotBehind } from './event-log.js';
import { isBehind } from './place.js';

/** What lacks its record, as often as it is needed. */
export type Lacking = (Chunk | SuperChunk)[];

/** For `evict(before)`: the chunks of every super-chunk that it may touch, and of the one that is the first then. */
export function wantForEvict(log: EventLog, before: number, lacking: Lacking): void {
  for (const whole of log.supers) {
    const stays = whole.firstTime >= before;
    // Over all time, what is folded ends somewhere in the first super-chunk, and goes on with its chunks.
    if (!stays || log.plan.allTime) wantChunks(whole, lacking);
    if (stays) return;
  }
}

/** For `insert(time, id)`: the chunk that it falls into. */
export function wantForInsert(log: EventLog, time: number, id: string, lacking: Lacking): void {
  const { passed, supers } = log;
  // Mostly it comes in order.
  if (time > log.lastBorderTime) return;
  if (passed !== null && !isBehind(passed, time, id)) return;
  const s = firstNotBehind(supers, time, id);
  const whole = supers[s];
  if (whole !== undefined && !wantChunks(whole, lacking)) return;
  const chunks = log.chunksOf(s);
  const chunk = chunks[firstNotBehind(chunks, time, id)];
  if (chunk !== undefined) wantRows(chunk, lacking);
}

/**
 * For `query` at `t`: the edges of every stretch, and the partials between them. Hot: where nothing lacks, the log is told up to which
 * time that is so, namely for as long as each edge stays in its chunk.
 */
export function wantForQuery(log: EventLog, t: number, lacking: Lacking): void {
  const { holdings } = log;
  if (holdings.isReady(t)) return;
  const before = lacking.length;
  let until = Number.POSITIVE_INFINITY;
  const { stretches } = log.plan;
  for (let i = 0; i < stretches.length; i++) {
    const { windowMs, delayMs } = stretches[i]!;
    const to = t - delayMs;
    const last = firstReaching(log.supers, to);
    let first = 0;
    if (windowMs !== null) {
      first = firstReaching(log.supers, to - windowMs);
      until = Math.min(until, wantEdge(log, first, to - windowMs, lacking) + windowMs + delayMs);
    }
    until = Math.min(until, wantEdge(log, last, to, lacking) + delayMs);
    for (let s = first; s < last; s++) {
      const whole = log.supers[s]!;
      // The first in reach is folded from its chunks.
      if (s === first || whole.parts.length === 0) wantChunks(whole, lacking);
    }
  }
  if (lacking.length === before) holdings.ready(t, until);
}

/** What is needed to find the first row that is not before `time`, in run `s`. @returns the last time of which the same is needed */
function wantEdge(log: EventLog, s: number, time: number, lacking: Lacking): number {
  const whole = log.supers[s];
  if (whole !== undefined) {
    if (whole.firstTime >= time) return whole.firstTime;
    if (!wantChunks(whole, lacking)) return time;
  }
  const chunks = log.chunksOf(s);
  const chunk = chunks[firstReaching(chunks, time)];
  if (chunk === undefined) return Number.POSITIVE_INFINITY;
  if (chunk.firstTime >= time) return chunk.firstTime;
  wantRows(chunk, lacking);
  return chunk.time;
}

/** @returns whether they are here */
function wantChunks(whole: SuperChunk, lacking: Lacking): boolean {
  if (whole.chunks === null) lacking.push(whole);
  return whole.chunks !== null;
}

function wantRows(chunk: Chunk, lacking: Lacking): void {
  if (chunk.rows === null) lacking.push(chunk);
}
