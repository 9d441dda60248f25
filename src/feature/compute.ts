/**
 * The stage `compute`: one task per group × inbox partition.
 * Goal: features at once, checkpoints seldom. Method: a batch of inbox frames is decoded, its entities fetched in one look-up,
 * its rows applied in order, its answers produced and acknowledged; every some seconds the dirty state, the inbox offset
 * and the frontier go to the changelog in one transaction.
 * Invariants: no gap in what is applied; outputs before checkpoint; what was applied is dropped.
 */
import { compileGroup, type Entity, type GroupPlan } from '../aggregate/index.js';
import type { Codec, Reader, Writer } from '../codec/avro.js';
import {
  type FeaturesFrame,
  type FeaturesRow,
  featuresSchema,
  type InboxFrame,
  type InboxRow,
  inboxSchema,
} from '../contract/frames.js';
import { readFrames } from '../contract/read-frames.js';
import { cutRows, textBytes, valuesBytes } from '../contract/row-bytes.js';
import type { AnswerTo, Question } from '../contract/state-answers.js';
import { answeredBy, computeHintGroup, featuresTopic, inboxTopic } from '../contract/topics.js';
import { assert, HeadraceError } from '../error.js';
import type { Log, LogRecord, Outgoing, Producer, Subscription, TransactionalProducer } from '../log/log.js';
import type { Changelog } from '../runtime/changelog.js';
import type { Ends } from '../runtime/ends.js';
import { Lag } from '../runtime/lag.js';
import type { Clock, Logger } from '../runtime/ports.js';
import type { Progress, StageTask } from '../runtime/task.js';
import type { ComingTo } from '../state/load-entities.js';
import type { MemoryBudget, MemoryShare } from '../state/memory-budget.js';
import type { StateStore } from '../state/store.js';
import type { GroupDefinition, TopologyDefinition } from '../topology/definition.js';
import { type Answer, ComputeCore } from './compute-core.js';
import { type Checkpoint, computeChangelog, statePrefix } from './compute-state.js';
import { Entities } from './entities.js';
import { Applied } from './frontier.js';
import { type Standing, StateAnswers } from './state-answers.js';

export interface ComputeOptions {
  readonly definition: TopologyDefinition;
  readonly group: GroupDefinition;
  readonly partition: number;
  readonly log: Log;
  readonly codec: Codec;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly checkpointMs: number;
  readonly checkpointBytesMax: number;
  readonly memory: MemoryBudget;
  readonly frameBytesMax: number;
  /** Where partitions end, for the lag; absent: as the last fetch said. */
  readonly ends?: Ends;
}

const HINT_MS = 200;
/** It is said again, changed or not: a predecessor that still works may have said less since. */
const HINT_AGAIN_MS = 2_000;
const RESTORE_LOG_MS = 2000;
/** Rows of one features frame. */
const FRAME_ROWS_MAX = 1024;
/** The share of the cache that changed entities may take: only a checkpoint lets go of them. */
const PINNED_MAX = 0.75;
/** Inbox records applied in one step: answers go out at once, others have their turn, and what they bring into memory is bounded. */
const STEP_FRAMES_MAX = 16;
const STEP_BYTES_MAX = 256 * 1024;

const answerBytes = ({ key, values }: FeaturesRow) => 32 + textBytes(key) + valuesBytes(values);

interface Framed {
  readonly offset: number;
  readonly frame: InboxFrame;
}
interface Output {
  readonly topic: string;
  readonly writer: Writer<FeaturesFrame>;
}

export class Compute implements StageTask {
  readonly #options: ComputeOptions;
  readonly #plan: GroupPlan;
  readonly #prefix: Buffer;
  #reader: Reader<InboxFrame>;
  #outputs = new Map<string, Output>();
  #core: ComputeCore;
  #applied = new Applied();
  #entities: Entities;
  #share: MemoryShare | null = null;
  #changelog: Changelog<Checkpoint>;
  readonly #answers: StateAnswers;
  #inbox: Subscription | null = null;
  #producer: Producer | null = null;
  #transactional: TransactionalProducer | null = null;
  #held: LogRecord[] = [];
  #unsent: Outgoing[] = [];
  /** The next inbox record to apply, the next whose outputs are not acknowledged, and what the last checkpoint holds. */
  #nextOffset = 0;
  #acknowledged = 0;
  #checkpointed = 0;
  #hinted = -1;
  #hintedAtMs = 0;
  #hinting = false;
  #checkpointAtMs = 0;
  #lastStable = 0;
  #lag = new Lag();
  #checkpoints = 0;
  /** Rows that were applied when the state was swept last. */
  #sweptRows = 0;
  #rebuild = false;

  constructor(options: ComputeOptions) {
    this.#options = options;
    const { definition, group, partition, log, codec, store } = options;
    this.#plan = compileGroup(definition, group);
    this.#prefix = statePrefix(group, partition);
    this.#reader = codec.reader(inboxSchema(definition, group));
    this.#core = new ComputeCore(this.#plan);
    this.#entities = this.#noEntities();
    const { clock } = options;
    const prefix = this.#prefix;
    this.#changelog = computeChangelog(definition, group, partition, { log, store, clock });
    this.#answers = new StateAnswers({ topology: definition.name, group, partition, store, prefix, clock });
  }

  async open(wake: () => void): Promise<void> {
    const { definition, group, partition, log, codec, store, clock, logger, memory } = this.#options;
    const role = `${definition.name}.compute.${group.name}.v${group.version}.${partition}`;
    this.#transactional = await log.transactional(role);
    for (const scored of answeredBy(definition, group)) {
      const topic = featuresTopic(definition.name, group, scored);
      this.#outputs.set(scored, { topic, writer: await codec.writer<FeaturesFrame>(topic, featuresSchema(group)) });
    }
    if (this.#rebuild) await store.clear(this.#prefix);
    this.#rebuild = false;
    let saidAtMs = clock.now();
    const checkpoint = await this.#changelog.restore((restored, of) => {
      if (clock.now() - saidAtMs < RESTORE_LOG_MS) return;
      saidAtMs = clock.now();
      logger.info({ group: group.name, partition, restored, of }, 'restoring state from the changelog');
    });
    const inbox = inboxTopic(definition.name, group);
    const [bounds] = await log.offsets([{ topic: inbox, partition }]);
    this.#nextOffset = checkpoint?.inboxOffset ?? bounds!.start;
    this.#acknowledged = this.#nextOffset;
    this.#checkpointed = this.#nextOffset;
    this.#hinted = -1;
    this.#applied = new Applied(checkpoint?.frontier);
    this.#core = new ComputeCore(this.#plan, checkpoint?.known);
    this.#share?.close();
    this.#share = memory.share();
    this.#entities = this.#noEntities();
    this.#held = [];
    this.#unsent = [];
    this.#checkpointAtMs = clock.now();
    this.#sweptRows = 0;
    this.#producer = await log.producer();
    this.#lag.close();
    this.#lag = new Lag(this.#options.ends?.watch({ topic: inbox, partition }));
    this.#inbox = log.subscribe({ topic: inbox, partition, offset: this.#nextOffset }, wake);
    this.#answers.open(wake);
  }

  #noEntities(): Entities {
    return new Entities(this.#plan, this.#options.store, this.#prefix, () => this.#share?.bytesMax() ?? 0);
  }

  async step(): Promise<Progress> {
    await this.#send();
    if (this.#held.length === 0) {
      const fetched = this.#inbox!.take();
      if (fetched !== null) {
        this.#lastStable = fetched.lastStableOffset;
        this.#held = [...fetched.records];
        if (this.#held.length === 0) {
          this.#acknowledged = this.#nextOffset = fetched.next;
          this.#lag.read(fetched, 0);
        }
      }
    }
    const records = this.#nextFrames();
    if (records.length > 0) {
      await this.#apply(records);
      await this.#send();
    } else this.#entities.trim(); // Its share may be smaller since another task opened.
    this.#hint();
    await this.#checkpointIfDue();
    const asked = await this.#answers.answer(() => this.#standing());
    return records.length > 0 || asked ? 'busy' : 'idle';
  }

  ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
    return this.#answers.ask(question);
  }

  #standing(): Standing {
    const { known } = this.#core;
    return {
      known,
      nextOffset: this.#nextOffset,
      frontier: this.#applied.entries,
      query: (key, at) => this.#entities.query(key, at, known),
    };
  }

  #nextFrames(): LogRecord[] {
    let bytes = 0;
    let count = 0;
    for (const { value } of this.#held.slice(0, STEP_FRAMES_MAX)) {
      bytes += value!.length;
      if (count > 0 && bytes > STEP_BYTES_MAX) break;
      count++;
    }
    return this.#held.slice(0, count);
  }

  /** What can fail for a while (schemas, store) comes first: then nothing has moved, and the step can be made again. */
  async #apply(records: readonly LogRecord[]): Promise<void> {
    const frames = await readFrames(this.#reader, this.#inbox!, records);
    const rows = frames.flatMap(({ frame }) => frame.rows);
    const entities = await this.#reading(this.#ensure(rows, frames));
    // From here on to the end of the batch nothing waits: state and outputs move together.
    let row = 0;
    for (const { offset, frame } of frames) {
      this.#applyFrame(offset, frame, entities, row);
      row += frame.rows.length;
    }
    this.#entities.applied();
    this.#nextOffset = records.at(-1)!.offset + 1;
    this.#lag.read({ next: this.#nextOffset, lastStableOffset: this.#lastStable, records }, rows.length);
    this.#held.splice(0, records.length);
  }

  /** A store that cannot be read is a copy that is thrown away: the next `open` builds it from the changelog. */
  async #reading<T>(read: Promise<T>): Promise<T> {
    try {
      return await read;
    } catch (cause) {
      if (cause instanceof HeadraceError && cause.code === 'STATE_UNREADABLE') this.#rebuild = true;
      throw cause;
    }
  }

  async #ensure(rows: readonly InboxRow[], frames: readonly Framed[]): Promise<readonly (Entity | null)[]> {
    const entities = await this.#entities.ensure(rows.map(({ key }) => key));
    if (entities.some((entity) => entity?.isWhole === false)) await this.#bring(entities, frames);
    return entities;
  }

  /** What the rows need of entities of which a part is in the store only. */
  async #bring(entities: readonly (Entity | null)[], frames: readonly Framed[]): Promise<void> {
    let known = this.#core.known;
    const coming: ComingTo[] = [];
    let at = 0;
    for (const { frame } of frames) {
      for (const row of frame.rows) {
        known = Math.max(known, row.known);
        const entity = entities[at++]!;
        if (entity === null || entity.isWhole) continue;
        const event = this.#core.eventIndex(frame.after[row.source]!.topic);
        coming.push({ key: row.key!, entity, row: { event, time: row.time, id: row.id, scored: row.scored } });
      }
    }
    await this.#entities.bring(coming, known);
  }

  /** @param entities of the batch's rows, those of the frame from `first` on */
  #applyFrame(offset: number, frame: InboxFrame, entities: readonly (Entity | null)[], first: number): void {
    const { group, partition } = this.#options;
    const gap = this.#applied.gap(frame.before);
    assert(
      gap === null,
      `no gap in inbox ${group.name}/${partition}: frame at ${offset} follows ${gap?.topic}/${gap?.partition} offset ${gap?.offset}, which was not applied`,
    );
    const answers: Answer[] = [];
    const applied = frame.after.map(({ topic, partition: raw }) => this.#applied.next(topic, raw));
    for (let i = 0; i < frame.rows.length; i++) {
      const row = frame.rows[i]!;
      if (row.offset < applied[row.source]!) continue;
      const { topic, partition: raw } = frame.after[row.source]!;
      const answer = this.#core.apply(row, topic, raw, entities[first + i]!);
      if (answer !== null) answers.push(answer);
      if (row.key !== null) this.#answers.row(row.key);
    }
    this.#applied.advance(frame.after);
    this.#unsent.push(...this.#frames(offset, answers));
  }

  #frames(inboxOffset: number, answers: readonly Answer[]): Outgoing[] {
    const byTarget: Answer[][] = [];
    for (const answer of answers) {
      const { topic, partition } = answer;
      const list = byTarget.find(([first]) => first!.partition === partition && first!.topic === topic);
      if (list === undefined) byTarget.push([answer]);
      else list.push(answer);
    }
    const outgoing: Outgoing[] = [];
    for (const list of byTarget) {
      const { topic, partition } = list[0]!;
      const output = this.#outputs.get(topic)!;
      const answered = list.map((answer) => answer.row);
      const bounds = { rowsMax: FRAME_ROWS_MAX, bytesMax: this.#options.frameBytesMax };
      for (const rows of cutRows(answered, answerBytes, bounds)) {
        const frame: FeaturesFrame = { inboxPartition: this.#options.partition, inboxOffset, rows };
        outgoing.push({ topic: output.topic, partition, value: output.writer.encode(frame) });
      }
    }
    return outgoing;
  }

  async #send(): Promise<void> {
    if (this.#unsent.length > 0) await this.#producer!.send(this.#unsent);
    this.#unsent = [];
    this.#acknowledged = this.#nextOffset;
  }

  /** Tells `route` how far this partition is acknowledged. Only a hint, so nothing waits for it. */
  #hint(): void {
    const { definition, group, partition, log, clock, logger } = this.#options;
    const afterMs = this.#acknowledged === this.#hinted ? HINT_AGAIN_MS : HINT_MS;
    if (this.#hinting || clock.now() - this.#hintedAtMs < afterMs) return;
    this.#hinting = true;
    this.#hintedAtMs = clock.now();
    const offset = this.#acknowledged;
    log
      .commit(
        computeHintGroup(definition.name, group),
        inboxTopic(definition.name, group),
        new Map([[partition, offset]]),
      )
      .then(() => {
        this.#hinted = offset;
      })
      .catch((cause) => logger.debug({ err: cause, group: group.name, partition }, 'hint not committed'))
      .finally(() => {
        this.#hinting = false;
      });
  }

  async #checkpointIfDue(): Promise<void> {
    const { clock, checkpointMs, checkpointBytesMax } = this.#options;
    if (this.#nextOffset === this.#checkpointed) return;
    const { dirtyBytes, pinnedBytes } = this.#entities;
    const isFull = dirtyBytes >= checkpointBytesMax || pinnedBytes >= this.#share!.bytesMax() * PINNED_MAX;
    if (clock.now() - this.#checkpointAtMs < checkpointMs && !isFull) return;
    await this.#checkpoint();
    const { rows } = this.#core.counts;
    await this.#reading(this.#entities.sweep(rows - this.#sweptRows, this.#core.known));
    this.#sweptRows = rows;
  }

  async #checkpoint(): Promise<void> {
    assert(this.#unsent.length === 0 && this.#acknowledged === this.#nextOffset, 'outputs before checkpoint');
    const checkpoint: Checkpoint = {
      inboxOffset: this.#nextOffset,
      frontier: this.#applied.entries,
      known: this.#core.known,
    };
    await this.#changelog.checkpoint(this.#transactional!, this.#entities.changes(), checkpoint);
    this.#entities.saved();
    this.#checkpointed = this.#nextOffset;
    this.#checkpointAtMs = this.#options.clock.now();
    this.#checkpoints++;
  }

  async close(): Promise<void> {
    await this.#send();
    if (this.#nextOffset !== this.#checkpointed) await this.#checkpoint();
    await this.release();
  }

  async release(): Promise<void> {
    await this.#answers.close();
    this.#inbox?.close();
    this.#lag.close();
    this.#share?.close();
    this.#share = null;
    this.#entities = this.#noEntities();
    const [producer, transactional] = [this.#producer, this.#transactional];
    this.#producer = null;
    this.#transactional = null;
    await producer?.close();
    await transactional?.close();
  }

  describe() {
    const { counts } = this.#core;
    return {
      next_offset: this.#nextOffset,
      lag_records: this.#lag.records,
      lag_rows: this.#lag.rows,
      known_ms: this.#core.known,
      checkpoints: this.#checkpoints,
      dirty_bytes: this.#entities.dirtyBytes,
      cached_bytes: this.#entities.cachedBytes,
      computed_rows: counts.rows,
      repeated: counts.repeated,
      conflicts: counts.conflicts,
      late_beyond_horizon: counts.lateBeyondHorizon,
      late_scored: counts.lateScored,
      not_finite: counts.notFinite,
    };
  }
}
