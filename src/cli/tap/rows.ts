/**
 * A record as rows for people and pipes: one object a row, each with the Kafka record that it stands in. Pure.
 * A frame gives its rows, a fact its body as JSON, everything else itself.
 */
import type { LogRecord, Partition } from '../../log/log.js';
import { type Shown, textOrBase64 } from './show.js';

/** Keys in the order in which they are printed; absent where there is nothing to say. */
export interface TapRow {
  readonly partition: number;
  readonly offset: number;
  /** Place in the frame, from 0. */
  readonly row?: number;
  /** Kafka's timestamp, ms. */
  readonly timestamp: number;
  readonly key?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Why the value is shown as bytes. */
  readonly unreadable?: string;
  readonly value: unknown;
}

/** @param frames whether a frame is one row, as it is: then marks without rows are seen too */
export function rowsOf({ partition }: Partition, record: LogRecord, shown: Shown, frames: boolean): TapRow[] {
  const { offset, timestamp, key, headers } = record;
  const names = Object.keys(headers);
  const rest = {
    timestamp,
    ...(key === null ? {} : { key: brief(key) }),
    ...(names.length === 0 ? {} : { headers: Object.fromEntries(names.map((name) => [name, brief(headers[name]!)])) }),
  };
  const one = (value: unknown): TapRow => ({ partition, offset, ...rest, value });
  switch (shown.kind) {
    case 'null':
      return [one(null)];
    case 'bytes':
      if (shown.unreadable === null) return [one(shown.value)];
      return [{ partition, offset, ...rest, unreadable: shown.unreadable, value: shown.value }];
    case 'avro':
      if (shown.form === 'fact') return [one(factOf(shown.value))];
      if (shown.form === 'record' || frames) return [one(shown.value)];
      return unrolled(shown.value as Frame).map((value, row) => ({ partition, offset, row, ...rest, value }));
  }
}

/** A key or header: mostly text, then it stands as it is. */
function brief(bytes: Buffer): unknown {
  const shown = textOrBase64(bytes);
  return 'text' in shown ? shown.text : shown;
}

function factOf(value: unknown): unknown {
  const { body, ...fact } = value as { body: string };
  try {
    return { ...fact, body: JSON.parse(body) as unknown };
  } catch {
    return value;
  }
}

interface Frame {
  readonly after?: unknown;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly [field: string]: unknown;
}

/** What stands in the frame for all of its rows (the view's hash, the inbox record) is repeated on each of them. */
function unrolled({ rows, before: _before, after, known: _known, mark: _mark, ...common }: Frame): object[] {
  if (!Array.isArray(after)) return rows.map((row) => ({ ...common, ...row }));
  // An inbox row names its raw partition by its place in the frontier.
  const frontier = after as readonly { topic: string; partition: number }[];
  return rows.map(({ source, ...row }) => {
    const from = frontier[source as number];
    return { ...common, topic: from?.topic, partition: from?.partition, ...row };
  });
}
