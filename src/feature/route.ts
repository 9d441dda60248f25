/**
 * The stage `route`: one task per group.
 * Goal: order is decided once per group, and written down. Method: merge the admitted partitions by known time, keep what
 * the group uses, write each row to the inbox partition of its entity. The tail of each inbox partition is the checkpoint.
 * Invariants: a frame's `before` is the partition's last `after`; at most `leadRowsMax` rows are ahead of compute.
 */
import type { Codec, Reader, Writer } from '../codec/avro.js';
import {
  type AdmittedFrame,
  admittedSchemaOf,
  type Frontier,
  type InboxFrame,
  type InboxRow,
  inboxSchema,
} from '../contract/frames.js';
import { readFrame, readFrames } from '../contract/read-frames.js';
import { textBytes, valuesBytes } from '../contract/row-bytes.js';
import { admittedTopic, computeHintGroup, computeTask, IDLE_MARK_MS, inboxTopic } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import { type Log, lastRecord, type Outgoing, type Producer } from '../log/log.js';
import type { Ends } from '../runtime/ends.js';
import { Feed } from '../runtime/feed.js';
import { Lag } from '../runtime/lag.js';
import type { Clock, Logger } from '../runtime/ports.js';
import type { Progress, StageTask } from '../runtime/task.js';
import type { GroupDefinition, TopologyDefinition } from '../topology/definition.js';
import { least, sourceKey } from './frontier.js';
import { type GroupInput, groupInputs, inboxRow, neededFields } from './inbox-rows.js';
import { Lead } from './lead.js';
import { Merge, Source, START } from './merge.js';
import { onTheirWay } from './on-their-way.js';

export interface RouteOptions {
  readonly definition: TopologyDefinition;
  readonly group: GroupDefinition;
  /** Partitions of each raw topic that the group reads. */
  readonly rawPartitions: Readonly<Record<string, number>>;
  readonly log: Log;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly holdMs: number;
  readonly leadRowsMax: number;
  readonly markMs: number;
  readonly frameBytesMax: number;
  /** Where partitions end, for the lag; absent: as the last fetch said. */
  readonly ends?: Ends;
}

/** Rows emitted in one step, over all inbox partitions. */
const STEP_ROWS_MAX = 8192;
/** Rows of one source held before it is read on. */
const SOURCE_ROWS_MAX = 8192;
const HINT_MS = 200;
/** The same while few rows are on their way: for whoever asks how many. */
const HINT_FEW_MS = 1_000;
/** How long a step waits at most for the leaders of raw partitions to say how far these reach. */
const ASK_MAX_MS = 1_000;
/** How often a route that waits for compute looks whether what it waits for is there. */
const LOST_LOOK_MS = 5_000;
/** Of a row beside its texts and values. */
const ROW_BYTES = 48;

interface Input {
  readonly source: Source;
  readonly input: GroupInput;
  readonly reader: Reader<AdmittedFrame>;
  feed: Feed | null;
  readonly lag: Lag;
}

export class Route implements StageTask {
  readonly #options: RouteOptions;
  #inputs: Input[] = [];
  #merge = new Merge([]);
  #producer: Producer | null = null;
  #writer: Writer<InboxFrame> | null = null;
  /** Frontier of the last frame of each inbox partition. */
  #written: (readonly Frontier[])[] = [];
  #writtenAtMs: number[] = [];
  #unsent: { frames: Outgoing[]; rows: number[]; after: readonly Frontier[]; partitions: number[] } | null = null;
  #lead: Lead;
  /** Sources whose leader was asked for their end and has not answered yet; and whether one did not in time. */
  #asked = new Set<Source>();
  #apart = false;
  #askFailed: unknown = null;
  #bell: Promise<boolean> | null = null;
  #hintedAtMs = 0;
  #lookedAtMs = 0;
  #routed = 0;
  #known = -1;

  constructor(options: RouteOptions) {
    this.#options = options;
    this.#lead = new Lead(options.group.inboxPartitions);
  }

  async open(wake: () => void): Promise<void> {
    const { definition, group, log, codec, rawPartitions, clock } = this.#options;
    const out = inboxTopic(definition.name, group);
    const schema = inboxSchema(definition, group);
    this.#writer = await codec.writer<InboxFrame>(out, schema);
    const reader = codec.reader<InboxFrame>(schema);
    this.#written = [];
    for (let partition = 0; partition < group.inboxPartitions; partition++) {
      const tail = await lastRecord(log, { topic: out, partition });
      const frame = await readFrame(reader, { topic: out, partition }, tail);
      this.#written.push(frame?.after ?? []);
    }
    const resume = least(this.#written);
    this.#inputs = [];
    this.#asked = new Set();
    this.#askFailed = null;
    for (const input of groupInputs(definition, group)) {
      const { topic, marks } = input.event;
      for (let partition = 0; partition < rawPartitions[topic]!; partition++) {
        const known = resume.get(sourceKey(topic, partition));
        const from = known ?? { ...START, admittedOffset: await this.#admittedStart(topic, partition) };
        this.#inputs.push({
          // Where retention has taken nothing, nothing may be missing before the first frame.
          source: new Source(
            { topic, partition, scored: input.scored, marks },
            from,
            known === undefined && from.admittedOffset > 0,
          ),
          input,
          reader: codec.reader<AdmittedFrame>(admittedSchemaOf(input.event, neededFields(input))),
          feed: null,
          lag: new Lag(this.#options.ends?.watch({ topic: admittedTopic(definition.name, topic), partition })),
        });
      }
    }
    this.#merge = new Merge(this.#inputs.map((input) => input.source));
    this.#lead = await this.#leadLeft(reader);
    this.#unsent = null;
    this.#writtenAtMs = this.#written.map(() => clock.now());
    this.#producer = await log.producer();
    for (const input of this.#inputs) {
      const { topic, partition } = input.source.definition;
      const at = { topic: admittedTopic(definition.name, topic), partition, offset: input.source.admittedOffset };
      input.feed = new Feed(log.subscribe(at, wake));
    }
  }

  /** What a predecessor emitted counts as long as it is not acknowledged. */
  async #leadLeft(reader: Reader<InboxFrame>): Promise<Lead> {
    const { definition, group, log, leadRowsMax } = this.#options;
    const topic = inboxTopic(definition.name, group);
    const acknowledged = await log.committed(computeHintGroup(definition.name, group), topic);
    const lead = new Lead(group.inboxPartitions);
    for (let partition = 0; partition < group.inboxPartitions; partition++) {
      const next = acknowledged.get(partition);
      for (const { offset, rows } of await onTheirWay(log, { topic, partition }, next, leadRowsMax, reader))
        lead.appended(partition, offset, rows);
      if (next !== undefined) lead.acknowledged(partition, next);
    }
    return lead;
  }

  async #admittedStart(topic: string, partition: number): Promise<number> {
    const { definition, log } = this.#options;
    const [bounds] = await log.offsets([{ topic: admittedTopic(definition.name, topic), partition }]);
    return bounds!.start;
  }

  async step(): Promise<Progress> {
    if (this.#unsent !== null) await this.#send();
    await this.#readHint();
    const read = await this.#read();
    if (this.#lead.rows >= this.#options.leadRowsMax) {
      await this.#lookForLost();
      return 'idle';
    }
    await this.#askEnds();
    const made = this.#route();
    if (this.#unsent !== null) await this.#send();
    return read || made > 0 ? 'busy' : 'idle';
  }

  async #read(): Promise<boolean> {
    let moved = false;
    for (const { source, reader, feed, lag } of this.#inputs) {
      if (source.held >= SOURCE_ROWS_MAX) continue;
      const fetched = feed!.peek();
      if (fetched === null) continue;
      let rows = 0;
      for (const { offset, frame } of await readFrames(reader, fetched, fetched.records)) {
        source.push(offset, frame);
        rows += frame.rows.length;
      }
      lag.read(fetched, rows);
      feed!.applied();
      moved = true;
    }
    return moved;
  }

  /**
   * What the brokers acknowledged and lost (an unclean election) nobody will ever acknowledge. The inbox's tail is the checkpoint, so
   * whoever opens again sends it again.
   */
  async #lookForLost(): Promise<void> {
    const { definition, group, log, clock } = this.#options;
    if (clock.now() - this.#lookedAtMs < LOST_LOOK_MS) return;
    this.#lookedAtMs = clock.now();
    const topic = inboxTopic(definition.name, group);
    const ends = await log.offsets(this.#written.map((_, partition) => ({ topic, partition })));
    for (const { partition, lastStable } of ends) {
      const last = this.#lead.last(partition);
      if (lastStable > last) continue;
      throw new HeadraceError(
        'INBOX_RECORDS_LOST',
        `${topic}/${partition} ends at ${lastStable}, and the brokers had acknowledged offset ${last}: they lost what they acknowledged; it is sent again. Set min.insync.replicas to 2 and unclean.leader.election.enable to false`,
        { remedy: 'restart-task', topic, partition, lastStable, last },
      );
    }
  }

  /** A source without marks is at its end only if what was read covers the broker's last stable offset, asked after the read. */
  async #askEnds(): Promise<void> {
    if (!this.#merge.holds) return;
    const empty = this.#inputs.filter(({ source }) => source.held === 0 && !source.definition.marks && !source.away);
    if (empty.length === 0) return;
    for (const { source } of empty) source.setLastStable(null);
    const sources = empty.map(({ source }) => source).filter((source) => !this.#asked.has(source));
    // All at once; one by one where some leader did not answer, so that it holds up nobody but its own partitions.
    const askings = this.#apart ? sources.map((source) => [source]) : [sources];
    let waits = true;
    const asks = askings.map((together) => this.#ask(together, () => waits));
    const inTime = Promise.all(asks).then(() => true);
    // One timer for many steps: one of them may wait less.
    this.#bell ??= this.#options.clock.sleep(ASK_MAX_MS).then(() => {
      this.#bell = null;
      return false;
    });
    const answered = await Promise.race([inTime, this.#bell]);
    waits = false;
    if (this.#askFailed !== null) throw this.#askFailed;
    this.#apart = !answered || this.#asked.size > 0 || sources.some((source) => source.isUntold);
  }

  /** An answer that comes when nobody waits any more says nothing of now, and a leader that gives none is as one that is away. */
  async #ask(sources: readonly Source[], isWaitedFor: () => boolean): Promise<void> {
    if (sources.length === 0) return;
    for (const source of sources) this.#asked.add(source);
    try {
      const ends = await this.#options.log.offsets(sources.map(({ definition }) => definition));
      if (isWaitedFor()) for (const [i, end] of ends.entries()) sources[i]!.setLastStable(end.lastStable);
    } catch (cause) {
      if ((cause as HeadraceError).code !== 'LOG_UNAVAILABLE') this.#askFailed = cause;
    } finally {
      for (const source of sources) this.#asked.delete(source);
    }
  }

  #route(): number {
    const { definition, group, clock, holdMs, frameBytesMax, markMs } = this.#options;
    const rows: InboxRow[][] = this.#written.map(() => []);
    const bytes: number[] = this.#written.map(() => 0);
    let full = false;
    const now = clock.now();
    let made = 0;
    while (!full && made < STEP_ROWS_MAX) {
      const taken = this.#merge.take(now, { rowsMax: Math.min(64, STEP_ROWS_MAX - made), holdMs }, (row, source) => {
        this.#known = row.known;
        const routed = inboxRow(this.#inputs[source]!.input, row, source, group.inboxPartitions);
        if (routed === null) return true;
        rows[routed.partition]!.push(routed.row);
        bytes[routed.partition]! +=
          ROW_BYTES + textBytes(row.id) + textBytes(routed.row.key) + valuesBytes(routed.row.values);
        // At once: the next row may be as large as a raw record.
        if (bytes[routed.partition]! > frameBytesMax / 2) full = true;
        return !full;
      });
      if (taken === 0) break;
      made += taken;
    }
    const after = this.#inputs.map(({ source }) => source.frontier());
    const moved = (p: number) => JSON.stringify(after) !== JSON.stringify(this.#written[p]);
    const frames: Outgoing[] = [];
    const partitions: number[] = [];
    for (let p = 0; p < rows.length; p++) {
      const due =
        rows[p]!.length > 0 ||
        (now - this.#writtenAtMs[p]! >= markMs && moved(p)) ||
        now - this.#writtenAtMs[p]! >= IDLE_MARK_MS;
      if (!due) continue;
      const frame: InboxFrame = { before: this.#written[p]!, after, rows: rows[p]! };
      frames.push({ topic: inboxTopic(definition.name, group), partition: p, value: this.#writer!.encode(frame) });
      partitions.push(p);
    }
    if (frames.length > 0) this.#unsent = { frames, rows: partitions.map((p) => rows[p]!.length), after, partitions };
    this.#routed += made;
    return made;
  }

  async #send(): Promise<void> {
    const { frames, rows, after, partitions } = this.#unsent!;
    const appended = await this.#producer!.send(frames);
    const now = this.#options.clock.now();
    for (const [i, partition] of partitions.entries()) {
      const at = appended.find((entry) => entry.partition === partition)!;
      this.#lead.appended(partition, at.baseOffset, rows[i]!);
      this.#written[partition] = after;
      this.#writtenAtMs[partition] = now;
    }
    this.#unsent = null;
  }

  async #readHint(): Promise<void> {
    const { definition, group, log, clock, leadRowsMax } = this.#options;
    const { rows } = this.#lead;
    const everyMs = rows < leadRowsMax / 2 ? HINT_FEW_MS : HINT_MS;
    if (rows === 0 || clock.now() - this.#hintedAtMs < everyMs) return;
    this.#hintedAtMs = clock.now();
    const committed = await log.committed(computeHintGroup(definition.name, group), inboxTopic(definition.name, group));
    for (const [partition, next] of committed) this.#lead.acknowledged(partition, next);
  }

  async close(): Promise<void> {
    await this.release();
  }

  async release(): Promise<void> {
    for (const { feed, lag } of this.#inputs) {
      feed?.close();
      lag.close();
    }
    this.#inputs = [];
    const producer = this.#producer;
    this.#producer = null;
    await producer?.close();
  }

  /** Which compute tasks hold it, and since when they have not moved is theirs to say. */
  #limit(): string {
    const { group, leadRowsMax } = this.#options;
    const tasks = this.#lead.unacknowledged.map((partition) => computeTask(group, partition));
    return `${tasks.join(', ')}: ${this.#lead.rows} rows are on their way, HEADRACE_LEAD_ROWS_MAX is ${leadRowsMax}`;
  }

  describe() {
    const { leadRowsMax } = this.#options;
    const waiting = this.#merge.waitingFor().map(({ topic, partition }) => `${topic}/${partition}`);
    return {
      routed_rows: this.#routed,
      lag_rows: this.#inputs.reduce((sum, { source, lag }) => sum + source.held + lag.rows, 0),
      known_ms: this.#known,
      lead_rows: this.#lead.rows,
      held_rows: this.#inputs.reduce((sum, { source }) => sum + source.held, 0),
      away_total: this.#merge.awayCount,
      waits_for: this.#lead.rows >= leadRowsMax ? this.#limit() : waiting.join(', ') || null,
      limited_by: this.#lead.rows >= leadRowsMax ? 'lead' : waiting.length > 0 ? 'order' : null,
    };
  }
}
