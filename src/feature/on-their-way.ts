/**
 * What a predecessor of `route` has emitted and compute has not acknowledged.
 * Goal: the lead outlives its task: else each restart would let as many rows go again. Method: the inbox's frames from the hint
 * on, looked for backwards in growing steps, until as many rows are found as may be on their way.
 */
import type { Reader } from '../codec/avro.js';
import type { InboxFrame } from '../contract/frames.js';
import { readFrame } from '../contract/read-frames.js';
import { type Log, type Partition, readToEnd } from '../log/log.js';

export interface Emitted {
  /** Of the inbox frame. */
  readonly offset: number;
  readonly rows: number;
}

/** Frames looked at first. */
const FRAMES_FIRST = 16;

/** @param acknowledged the next offset that compute has not acknowledged; undefined: it never said */
export async function onTheirWay(
  log: Log,
  at: Partition,
  acknowledged: number | undefined,
  rowsMax: number,
  reader: Reader<InboxFrame>,
): Promise<readonly Emitted[]> {
  const [bounds] = await log.offsets([at]);
  const start = Math.max(bounds!.start, acknowledged ?? 0);
  for (let back = FRAMES_FIRST; ; back *= 4) {
    const from = Math.max(start, bounds!.lastStable - back);
    const emitted: Emitted[] = [];
    let rows = 0;
    for await (const record of readToEnd(log, at, from)) {
      const frame = await readFrame(reader, at, record);
      if (frame === null) continue;
      if (frame.rows.length > 0) emitted.push({ offset: record.offset, rows: frame.rows.length });
      rows += frame.rows.length;
    }
    if (rows >= rowsMax || from === start) return emitted;
  }
}
