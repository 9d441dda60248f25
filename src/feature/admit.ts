/**
 * The stage `admit`: the only reader of a raw topic. One task per raw partition.
 * Goal: what exists is decided once. Method: decode by a schema in hand, check, give the position and a monotone known time,
 * dead-letter what is bad, write `admitted`. Stateless: the tail of its output is its checkpoint.
 * Invariants: a frame's `before` is the last one's `after`; dead letters are acknowledged before the frame that passes them; of a
 * batch that is judged too bad as a whole, neither is sent.
 */
import type { Codec, Reader, Writer } from '../codec/avro.js';
import { type AdmittedFrame, type AdmittedRow, admittedSchema, NO_MARK } from '../contract/frames.js';
import { readFrame } from '../contract/read-frames.js';
import { textBytes, valuesBytes } from '../contract/row-bytes.js';
import { admittedTopic, deadLettersTopic, IDLE_MARK_MS } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import {
  type Fetched,
  type Log,
  type LogRecord,
  lastRecord,
  type Outgoing,
  type Producer,
  type Subscription,
} from '../log/log.js';
import type { Ends } from '../runtime/ends.js';
import { Lag } from '../runtime/lag.js';
import type { Clock, Logger } from '../runtime/ports.js';
import type { Progress, StageTask } from '../runtime/task.js';
import type { EventDefinition, Scalar, TopologyDefinition } from '../topology/definition.js';
import { deadLetter } from './dead-letter.js';
import { type HealthBounds, InputHealth, latenessOf } from './input-health.js';
import { judge } from './judge.js';
import { type LongFields, longFields } from './long-fields.js';
import { Undecided } from './undecided.js';

export interface AdmitOptions extends HealthBounds {
  readonly topology: string;
  readonly definition: TopologyDefinition;
  readonly event: EventDefinition;
  readonly partition: number;
  readonly log: Log;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly frameBytesMax: number;
  /** Where partitions end, for the lag; absent: as the last fetch said. */
  readonly ends?: Ends;
}

/** A schema that no record can be read by now, where a person can decide to do without. */
export const SKIPPED_CODES: ReadonlySet<string> = new Set(['SCHEMA_UNKNOWN', 'SCHEMA_INCOMPATIBLE']);
/** Rows a frame, whatever their size: bounds what a reader decodes at once. */
const FRAME_ROWS_MAX = 2048;

export class Admit implements StageTask {
  readonly #options: AdmitOptions;
  #reader: Reader<Record<string, Scalar>>;
  #raw: Subscription | null = null;
  #producer: Producer | null = null;
  #writer: Writer<AdmittedFrame> | null = null;
  /** Records that were fetched and not yet considered. */
  #held: LogRecord[] = [];
  #heldNext = 0;
  /** The last frame's `after`; 0 before the first, since what retention took before that never existed. */
  #before = 0;
  #after = 0;
  #known = NO_MARK;
  #mark = NO_MARK;
  /** Made and not yet acknowledged. */
  #unsent: { letters: Outgoing[]; frames: Outgoing[] } | null = null;
  #sentAtMs = 0;
  #admitted = 0;
  #refused = 0;
  #health: InputHealth;
  readonly #longs: LongFields;
  readonly #undecided = new Undecided();
  #lag = new Lag();

  constructor(options: AdmitOptions) {
    this.#options = options;
    this.#reader = options.codec.reader(options.event.schema, { wide: true });
    this.#health = this.#newHealth();
    this.#longs = longFields(options.definition, options.event);
  }

  async open(wake: () => void): Promise<void> {
    const { topology, event, partition, log, codec } = this.#options;
    const out = admittedTopic(topology, event.topic);
    const schema = admittedSchema(event);
    this.#writer = await codec.writer<AdmittedFrame>(out, schema);
    const [bounds] = await log.offsets([{ topic: event.topic, partition }]);
    this.#after = bounds!.start;
    this.#before = 0;
    this.#known = NO_MARK;
    this.#mark = NO_MARK;
    const tail = await this.#tail();
    if (tail !== null) this.#goOnAfter(tail);
    this.#sentAtMs = this.#options.clock.now();
    this.#held = [];
    this.#heldNext = this.#after;
    this.#unsent = null;
    this.#health = this.#newHealth();
    this.#producer = await log.producer();
    this.#lag.close();
    this.#lag = new Lag(this.#options.ends?.watch({ topic: event.topic, partition }));
    this.#raw = log.subscribe({ topic: event.topic, partition, offset: this.#after }, wake);
  }

  /** The last frame that was written, by whomever. */
  async #tail(): Promise<AdmittedFrame | null> {
    const { topology, event, partition, log, codec } = this.#options;
    const at = { topic: admittedTopic(topology, event.topic), partition };
    return readFrame(codec.reader<AdmittedFrame>(admittedSchema(event)), at, await lastRecord(log, at));
  }

  #goOnAfter({ after, known, mark }: AdmittedFrame): void {
    this.#before = after;
    this.#after = after;
    this.#known = known;
    this.#mark = mark;
  }

  /** Begins anew at each opening: what is read again is not counted twice. */
  #newHealth(): InputHealth {
    const { definition, event, partition } = this.#options;
    return new InputHealth(`${event.topic}/${partition}`, latenessOf(definition, event), this.#options);
  }

  async step(): Promise<Progress> {
    if (this.#unsent === null) {
      if (this.#held.length === 0) {
        const fetched: Fetched | null = this.#raw!.take();
        if (fetched === null) {
          this.#undecided.look(this.#raw!.end(), this.#heldNext, this.#options.clock.now());
          return this.#renew();
        }
        this.#lag.read(fetched, fetched.records.length);
        // A fetch that comes again brings nothing: its records would be admitted with another known time.
        this.#held = fetched.records.filter(({ offset }) => offset >= this.#heldNext);
        this.#heldNext = Math.max(this.#heldNext, fetched.next);
      }
      const ready = await this.#decodable();
      if (ready === 0 && this.#held.length > 0) return 'busy';
      const taken = this.#held.splice(0, ready);
      this.#unsent = this.#consider(taken, this.#held.length === 0 ? this.#heldNext : this.#held[0]!.offset);
    }
    await this.#send();
    return 'busy';
  }

  /** A tail that retention takes would be a checkpoint lost: it is written again long before that. */
  async #renew(): Promise<Progress> {
    const { topology, event, partition, clock } = this.#options;
    if (this.#before === 0 || clock.now() - this.#sentAtMs < IDLE_MARK_MS) return 'idle';
    const frame: AdmittedFrame = {
      before: this.#after,
      after: this.#after,
      known: this.#known,
      mark: this.#mark,
      rows: [],
    };
    const value = this.#writer!.encode(frame);
    this.#unsent = { letters: [], frames: [{ topic: admittedTopic(topology, event.topic), partition, value }] };
    await this.#send();
    return 'busy';
  }

  /** How many held records can be judged: those before the first whose schema cannot be had now. */
  async #decodable(): Promise<number> {
    for (let i = 0; i < this.#held.length; i++) {
      const { value } = this.#held[i]!;
      if (value === null || this.#reader.ready(value)) continue;
      try {
        await this.#reader.prepare([value]);
      } catch (cause) {
        if (i > 0) return i;
        if (await this.#wasSkipped()) return 0;
        const { event, partition } = this.#options;
        const at = `${event.topic}/${partition} offset ${this.#held[i]!.offset}`;
        const { code = 'REGISTRY_UNAVAILABLE', message, remedy = 'retry' } = cause as HeadraceError;
        const past = SKIPPED_CODES.has(code) ? `; headrace skip makes it a dead letter and lets admit go on` : '';
        throw new HeadraceError(code, `${at}: ${message}${past}`, { remedy, cause });
      }
    }
    return this.#held.length;
  }

  /** Whether a person has decided about the record that it stands at (`headrace skip`): then it goes on behind it. */
  async #wasSkipped(): Promise<boolean> {
    const tail = await this.#tail();
    if (tail === null || tail.after <= this.#after) return false;
    this.#goOnAfter(tail);
    this.#held = this.#held.filter(({ offset }) => offset >= tail.after);
    this.#heldNext = Math.max(this.#heldNext, tail.after);
    return true;
  }

  #consider(records: readonly LogRecord[], next: number): { letters: Outgoing[]; frames: Outgoing[] } {
    const { topology, event, partition, clock, skewMs, frameBytesMax, logger } = this.#options;
    // All are judged before the first is framed: an input that is too bad leaves nothing behind.
    const verdicts = judge(records, this.#known, clock.now() + skewMs, {
      event,
      reader: this.#reader,
      health: this.#health,
      longs: this.#longs,
      frameBytesMax,
    });
    const refused = new Map<string, { first: number; error: HeadraceError; count: number }>();
    const letters: Outgoing[] = [];
    const frames: Outgoing[] = [];
    let rows: AdmittedRow[] = [];
    let bytes = 0;
    const close = (after: number) => {
      const frame: AdmittedFrame = { before: this.#before, after, known: this.#known, mark: this.#mark, rows };
      frames.push({ topic: admittedTopic(topology, event.topic), partition, value: this.#writer!.encode(frame) });
      this.#before = after;
      this.#after = after;
      rows = [];
      bytes = 0;
    };
    for (const verdict of verdicts) {
      if (verdict.kind === 'mark') {
        this.#mark = Math.max(this.#mark, verdict.mark);
      } else if (verdict.kind === 'row') {
        const { row } = verdict;
        const size = 48 + textBytes(row.id) + valuesBytes(row.event);
        if (rows.length >= FRAME_ROWS_MAX || bytes + size > frameBytesMax) close(row.offset);
        this.#known = row.known;
        rows.push(row);
        bytes += size;
        this.#admitted++;
      } else {
        const { record, error } = verdict;
        this.#refused++;
        letters.push(
          deadLetter(deadLettersTopic(topology, event.topic), event.topic, partition, record, 'admit', error),
        );
        const like = refused.get(error.code);
        if (like === undefined) refused.set(error.code, { first: record.offset, error, count: 1 });
        else like.count++;
      }
    }
    if (rows.length > 0 || next > this.#after) close(next);
    for (const [code, { first, error, count }] of refused) {
      const others = count === 1 ? '' : ` (and ${count - 1} more of ${code})`;
      logger.warn(
        { code, topic: event.topic, partition, offset: first, count },
        `dead letter: ${error.message}${others}`,
      );
    }
    return { letters, frames };
  }

  async #send(): Promise<void> {
    const unsent = this.#unsent!;
    if (unsent.letters.length > 0) await this.#producer!.send(unsent.letters);
    unsent.letters = [];
    if (unsent.frames.length > 0) await this.#producer!.send(unsent.frames);
    this.#unsent = null;
    this.#sentAtMs = this.#options.clock.now();
  }

  async close(): Promise<void> {
    await this.release();
  }

  async release(): Promise<void> {
    this.#raw?.close();
    this.#lag.close();
    this.#raw = null;
    const producer = this.#producer;
    this.#producer = null;
    await producer?.close();
  }

  describe() {
    const undecided = this.#undecided.waits(this.#after, this.#options.clock.now());
    return {
      considered_offset: this.#after,
      lag_records: this.#lag.behind(this.#after),
      known_ms: this.#known,
      mark_ms: this.#mark,
      admitted_rows: this.#admitted,
      dead_letters: this.#refused,
      bad_share: this.#health.badShare,
      late_rows: this.#health.lateRows,
      known_jumps: this.#health.jumps,
      rounded_longs: this.#health.roundedLongs,
      waits_for: undecided,
      limited_by: undecided === null ? null : 'transaction',
    };
  }
}
