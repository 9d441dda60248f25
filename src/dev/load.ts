/**
 * Loads files of events into their raw topics, in the order in which they were known, with marks.
 * Goal: recorded events arrive as they would have from live producers. Method: merge the files by known time, send in
 * batches, and after each batch promise every partition of a marked topic what has been sent.
 * Invariant: a mark of time m is sent after every record known at or before m.
 */
import type { Codec, Writer } from '../codec/avro.js';
import { partitionOf } from '../contract/partition.js';
import { HeadraceError } from '../error.js';
import { KNOWN_UNTIL } from '../feature/check-event.js';
import { readEvents } from '../log/files.js';
import type { Log, Outgoing, Producer } from '../log/log.js';
import type { Clock } from '../runtime/ports.js';
import type { EventDefinition, Scalar } from '../topology/definition.js';
import { eventId } from '../topology/event-id.js';

export interface LoadOptions {
  readonly events: readonly EventDefinition[];
  /** Folder with `<topic>.parquet` or `<topic>.ndjson`. */
  readonly from: string;
  readonly log: Log;
  readonly codec: Codec;
  readonly clock: Clock;
  /** Events a second; null: as fast as the broker takes them. */
  readonly rate: number | null;
  /** Leaves out what was known before, ms: it was loaded by an earlier one. */
  readonly since?: number | undefined;
}

export interface LoadProgress {
  readonly sent: number;
  /** The same by topic. */
  readonly byTopic: ReadonlyMap<string, number>;
  /** Known time up to which everything is sent, ms. */
  readonly known: number;
}

const BATCH_ROWS_MAX = 2000;
/** At a rate, batches are this long. */
const TICK_MS = 50;
/** The greatest long: nothing more will come. */
const FOR_EVER = '9223372036854775807';

interface Next {
  readonly event: EventDefinition;
  readonly row: Record<string, Scalar>;
  readonly known: number;
}

class Cursor {
  readonly event: EventDefinition;
  readonly #batches: AsyncGenerator<Record<string, Scalar>[]>;
  #batch: Record<string, Scalar>[] = [];
  #at = 0;
  #rows = 0;
  next: Next | null = null;

  constructor(event: EventDefinition, from: string) {
    this.event = event;
    this.#batches = readEvents(event, from);
  }

  async advance(): Promise<void> {
    while (this.#at >= this.#batch.length) {
      const { done, value } = await this.#batches.next();
      if (done) {
        this.next = null;
        return;
      }
      this.#batch = value;
      this.#at = 0;
    }
    this.#take();
  }

  /** Without a wait where the batch holds more: the hot path. */
  step(): boolean {
    if (this.#at >= this.#batch.length) return false;
    this.#take();
    return true;
  }

  /** Marks promise an order, so the file must have it. Error: `FILE_UNSORTED`, naming the row. */
  #take(): void {
    const row = this.#batch[this.#at++]!;
    const known = knownOf(this.event, row);
    this.#rows++;
    if (!(known >= (this.next?.known ?? Number.NEGATIVE_INFINITY))) {
      const after = this.next === null ? '' : ` after ${this.next.known}`;
      throw new HeadraceError(
        'FILE_UNSORTED',
        `${this.event.topic} row ${this.#rows}: known at ${known}${after}; a file is loaded in the order in which its events were known: sort it`,
        { remedy: 'fix-input' },
      );
    }
    this.next = { event: this.event, row, known };
  }

  async close(): Promise<void> {
    await this.#batches.return(undefined);
  }
}

function knownOf(event: EventDefinition, row: Readonly<Record<string, Scalar>>): number {
  const { knownAt } = event;
  if (knownAt.by === 'broker') return Number(row[event.time]);
  return Number(row[knownAt.field]) + knownAt.plusMs;
}

export class Loader {
  readonly #options: LoadOptions;
  readonly #writers = new Map<string, Writer<Record<string, Scalar>>>();
  readonly #partitions = new Map<string, number>();
  #cursors: Cursor[] = [];
  #producer: Producer | null = null;
  #sent = 0;
  #skipped = 0;
  readonly #byTopic = new Map<string, number>();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /**
   * Opens the files and reads their first rows, before anything is asked of the brokers.
   * @returns event time of each file's first row to be sent, ms, by topic. Errors: `FILE_NOT_FOUND`, `FILE_MALFORMED`, `FILE_UNSORTED`
   */
  async openFiles(): Promise<ReadonlyMap<string, number>> {
    const { events, from, since = Number.NEGATIVE_INFINITY } = this.#options;
    if (this.#cursors.length === 0) {
      this.#cursors = events.map((event) => new Cursor(event, from));
      for (const cursor of this.#cursors) {
        await cursor.advance();
        for (; cursor.next !== null && cursor.next.known < since; this.#skipped++) {
          if (!cursor.step()) await cursor.advance();
        }
      }
    }
    const rows = this.#cursors.flatMap(({ next }) => (next === null ? [] : [next]));
    return new Map(rows.map(({ event, row }) => [event.topic, Number(row[event.time])]));
  }

  /** Rows of the files that `since` leaves out. */
  get skipped(): number {
    return this.#skipped;
  }

  async open(): Promise<void> {
    const { events, log, codec } = this.#options;
    await this.openFiles();
    for (const event of events) {
      const info = await log.describeTopic(event.topic);
      if (info === null) {
        throw new HeadraceError('RAW_TOPIC_MISSING', `raw topic ${event.topic} does not exist: create it first`, {
          remedy: 'fix-environment',
        });
      }
      this.#partitions.set(event.topic, info.partitions);
      this.#writers.set(event.topic, await codec.writer(event.topic, event.schema, { wide: true }));
    }
    this.#producer = await log.producer();
  }

  /**
   * Sends on, up to the events known before `until` (ms; Infinity: all), then marks that time.
   * @param onProgress told after each batch, and waited for: it may hold the load back
   * @param stop asked between batches
   * @param rate events a second for this part; null: as fast as the broker takes them
   */
  async run(
    until: number,
    onProgress: (progress: LoadProgress) => void | Promise<void>,
    stop?: () => boolean,
    rate = this.#options.rate,
  ): Promise<LoadProgress> {
    const { clock } = this.#options;
    const batchMax =
      rate === null ? BATCH_ROWS_MAX : Math.max(1, Math.min(BATCH_ROWS_MAX, Math.round((rate * TICK_MS) / 1000)));
    const startMs = clock.now();
    const startSent = this.#sent;
    let known = -1;
    while (!stop?.()) {
      const batch: Outgoing[] = [];
      let last: Next | null = null;
      while (batch.length < batchMax) {
        const cursor = this.#least();
        if (cursor === null || cursor.next!.known >= until) break;
        last = cursor.next!;
        batch.push(this.#outgoing(last));
        if (!cursor.step()) await cursor.advance();
      }
      if (last === null) break;
      // Others with the same known time may follow: the promise ends just before it.
      known = last.known - 1;
      await this.#producer!.send(batch);
      await this.#producer!.send(this.#marks(String(known)));
      this.#sent += batch.length;
      await onProgress(this.#progress(known));
      if (rate !== null) {
        const dueMs = startMs + ((this.#sent - startSent) * 1000) / rate;
        if (dueMs > clock.now()) await clock.sleep(dueMs - clock.now());
      }
    }
    if (!stop?.() && Number.isFinite(until)) {
      known = until - 1;
      await this.#producer!.send(this.#marks(String(known)));
    }
    return this.#progress(known);
  }

  #progress(known: number): LoadProgress {
    return { sent: this.#sent, byTopic: this.#byTopic, known };
  }

  /** Promises that nothing more will come. */
  async end(): Promise<void> {
    const marks = this.#marks(FOR_EVER);
    if (marks.length > 0) await this.#producer!.send(marks);
  }

  async close(): Promise<void> {
    for (const cursor of this.#cursors) await cursor.close();
    await this.#producer?.close();
  }

  #least(): Cursor | null {
    let least: Cursor | null = null;
    for (const cursor of this.#cursors) {
      if (cursor.next !== null && (least === null || cursor.next.known < least.next!.known)) least = cursor;
    }
    return least;
  }

  #outgoing({ event, row }: Next): Outgoing {
    this.#byTopic.set(event.topic, (this.#byTopic.get(event.topic) ?? 0) + 1);
    const key = eventId(event.id, row);
    const partition = key === null ? 0 : partitionOf(key, this.#partitions.get(event.topic)!);
    const value = this.#writers.get(event.topic)!.encode(row);
    return { topic: event.topic, partition, key, value, timestamp: Number(row[event.time]) };
  }

  #marks(until: string): Outgoing[] {
    return this.#options.events
      .filter((event) => event.marks)
      .flatMap((event) =>
        Array.from({ length: this.#partitions.get(event.topic)! }, (_, partition) => ({
          topic: event.topic,
          partition,
          key: null,
          value: null,
          headers: { [KNOWN_UNTIL]: until },
        })),
      );
  }
}
