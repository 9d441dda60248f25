/**
 * Computes a view's vectors again from the inboxes, and compares them with what was served, bit for bit.
 * Goal: the promise, counted. Method: the stages' own code (core, join, vector) over the recorded inboxes with fresh state in
 * memory; a group's inbox partitions are read in step, by known time, so that little is held.
 * It reads only: no consumer group, no topic of production is touched.
 */
import { compileGroup, Entity, type GroupPlan } from '../aggregate/index.js';
import type { Codec, Reader } from '../codec/avro.js';
import {
  type AdmittedFrame,
  type AdmittedRow,
  admittedSchema,
  type FeaturesRow,
  type InboxFrame,
  inboxSchema,
  type VectorsFrame,
  type VectorsRow,
  vectorsSchema,
} from '../contract/frames.js';
import { readFrames } from '../contract/read-frames.js';
import { admittedTopic, inboxTopic, vectorsTopic } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import { ComputeCore } from '../feature/compute-core.js';
import { Applied } from '../feature/frontier.js';
import { Join, type Joined, Side } from '../inference/join.js';
import { type VectorMaker, vectorMaker } from '../inference/vector.js';
import type { Log } from '../log/log.js';
import type { GroupDefinition, TopologyDefinition, ViewDefinition } from '../topology/definition.js';
import { PartitionReader } from './partition-reader.js';

export interface VerifyOptions {
  readonly definition: TopologyDefinition;
  readonly view: ViewDefinition;
  readonly log: Log;
  readonly codec: Codec;
  readonly onProgress?: (compared: number) => void;
}

export interface Difference {
  readonly partition: number;
  readonly offset: number;
  readonly id: string;
  readonly field: string;
  readonly served: number | string | null | undefined;
  readonly computed: number | string | null | undefined;
}

export interface VerifyReport {
  readonly compared: number;
  readonly differing: number;
  /** The first differences, at most DIFFERENCES_MAX. */
  readonly differences: readonly Difference[];
  readonly view: string;
}

const DIFFERENCES_MAX = 20;
const BATCH_ROWS_MAX = 2048;

interface InboxReplay {
  readonly reader: PartitionReader;
  readonly core: ComputeCore;
  readonly applied: Applied;
  readonly entities: Map<string, Entity>;
}

/** One group computed again: its inbox partitions in step, its answers by raw partition. */
class GroupReplay {
  readonly sides: readonly Side[];
  readonly #partitions: readonly InboxReplay[];
  readonly #frames: Reader<InboxFrame>;
  readonly #plan: GroupPlan;
  readonly #scored: string;
  #pushes = 0;

  private constructor(
    plan: GroupPlan,
    scored: string,
    frames: Reader<InboxFrame>,
    readers: readonly PartitionReader[],
    rawPartitions: number,
  ) {
    this.#plan = plan;
    this.#scored = scored;
    this.#frames = frames;
    this.#partitions = readers.map((reader) => ({
      reader,
      core: new ComputeCore(plan),
      applied: new Applied(),
      entities: new Map(),
    }));
    this.sides = Array.from({ length: rawPartitions }, () => new Side(plan.group.name, 0));
  }

  static async open(options: VerifyOptions, group: GroupDefinition, rawPartitions: number): Promise<GroupReplay> {
    const { definition, log, codec, view } = options;
    const topic = inboxTopic(definition.name, group);
    const readers: PartitionReader[] = [];
    for (let partition = 0; partition < group.inboxPartitions; partition++) {
      const reader = await PartitionReader.open(log, { topic, partition });
      if (reader.start > 0) {
        throw new HeadraceError(
          'INBOX_TRUNCATED',
          `${topic}/${partition} begins at offset ${reader.start}: retention took its beginning, so its state cannot be computed again from it; keep inboxes longer (retention.ms)`,
          { remedy: 'fix-environment', topic, partition },
        );
      }
      readers.push(reader);
    }
    const frames = codec.reader<InboxFrame>(inboxSchema(definition, group));
    return new GroupReplay(compileGroup(definition, group), view.score, frames, readers, rawPartitions);
  }

  /** Computes one batch of the partition that is least far. @returns false at the end of all of them */
  async advance(heads: readonly number[]): Promise<boolean> {
    let least: InboxReplay | null = null;
    for (const one of this.#partitions) {
      if (!one.reader.ended && (least === null || one.core.known < least.core.known)) least = one;
    }
    if (least === null) return false;
    const { reader, core, applied, entities } = least;
    const records = await reader.next();
    const rows: FeaturesRow[][] = this.sides.map(() => []);
    for (const { frame } of await readFrames(this.#frames, reader.at, records)) {
      for (const row of frame.rows) {
        const { topic, partition } = frame.after[row.source]!;
        if (row.offset < applied.next(topic, partition)) continue;
        let entity: Entity | null = null;
        if (row.key !== null) {
          entity = entities.get(row.key) ?? new Entity(this.#plan);
          entities.set(row.key, entity);
        }
        const answer = core.apply(row, topic, partition, entity);
        if (answer?.topic === this.#scored) rows[answer.partition]!.push(answer.row);
      }
      applied.advance(frame.after);
    }
    for (const [p, list] of rows.entries()) {
      if (list.length > 0)
        this.sides[p]!.push(this.#pushes++, { inboxPartition: 0, inboxOffset: 0, rows: list }, heads[p]!);
    }
    return true;
  }
}

/** One raw partition: admitted rows joined again, against the vectors that were served. */
class PartitionCompare {
  readonly join: Join;
  readonly #admitted: PartitionReader;
  readonly #vectors: PartitionReader;
  readonly #admittedFrames: Reader<AdmittedFrame>;
  readonly #vectorFrames: Reader<VectorsFrame>;
  #served: VectorsRow[] = [];

  constructor(
    sides: readonly Side[],
    admitted: PartitionReader,
    vectors: PartitionReader,
    admittedFrames: Reader<AdmittedFrame>,
    vectorFrames: Reader<VectorsFrame>,
  ) {
    this.join = new Join(sides, 0, admitted.start, true);
    this.#admitted = admitted;
    this.#vectors = vectors;
    this.#admittedFrames = admittedFrames;
    this.#vectorFrames = vectorFrames;
  }

  /** Rows computed again that a served vector stands for; null where more must be read first, and at the end. */
  async ready(): Promise<{ joined: readonly Joined[]; served: readonly VectorsRow[] } | 'needs-features' | 'ended'> {
    while (this.#served.length === 0) {
      if (this.#vectors.ended) return 'ended';
      const records = await this.#vectors.next();
      const frames = await readFrames(this.#vectorFrames, this.#vectors.at, records);
      for (const { frame } of frames) this.#served.push(...frame.rows);
    }
    while (this.join.held < BATCH_ROWS_MAX && !this.#admitted.ended) {
      const records = await this.#admitted.next();
      const frames = await readFrames(this.#admittedFrames, this.#admitted.at, records);
      for (const { offset, frame } of frames) this.join.pushAdmitted(offset, frame);
    }
    const joined = this.join.ready(Math.min(BATCH_ROWS_MAX, this.#served.length));
    if (joined.length > 0) return { joined, served: this.#served };
    return this.join.held === 0 && this.#admitted.ended ? 'ended' : 'needs-features';
  }

  done(joined: number, served: number): void {
    this.join.served(joined);
    this.#served = this.#served.slice(served);
  }

  /** Served vectors that nothing admitted stands behind. */
  get left(): readonly VectorsRow[] {
    return this.#served;
  }
}

export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { definition, view, log, codec, onProgress } = options;
  const info = await log.describeTopic(vectorsTopic(definition.name, view));
  if (info === null) {
    throw new HeadraceError(
      'TOPIC_UNKNOWN',
      `nothing was served yet: topic ${vectorsTopic(definition.name, view)} does not exist`,
      {
        remedy: 'fix-environment',
      },
    );
  }
  // What was served is taken first: on a running topology everything that it came from lies before these ends.
  const partitions = Array.from({ length: info.partitions }, (_, partition) => partition);
  const readersOf = (topic: string) =>
    Promise.all(partitions.map((partition) => PartitionReader.open(log, { topic, partition })));
  const vectors = await readersOf(vectorsTopic(definition.name, view));
  const admitted = await readersOf(admittedTopic(definition.name, view.score));
  const groups = await Promise.all(
    view.groups.map((name) =>
      GroupReplay.open(options, definition.groups.find((group) => group.name === name)!, info.partitions),
    ),
  );
  const scored = definition.events.find((event) => event.topic === view.score)!;
  const admittedFrames = codec.reader<AdmittedFrame>(admittedSchema(scored));
  const vectorFrames = codec.reader<VectorsFrame>(vectorsSchema(definition, view));
  const compares = partitions.map((p) => {
    const sides = groups.map((group) => group.sides[p]!);
    return new PartitionCompare(sides, admitted[p]!, vectors[p]!, admittedFrames, vectorFrames);
  });
  const tally = new Tally(vectorMaker(definition, view), view);
  const open = new Set(compares.keys());
  while (open.size > 0) {
    let moved = false;
    for (const p of open) {
      const ready = await compares[p]!.ready();
      if (ready === 'ended') {
        tally.unexplained(p, compares[p]!.left);
        open.delete(p);
        moved = true;
      } else if (ready !== 'needs-features') {
        const used = tally.compare(p, ready.joined, ready.served);
        compares[p]!.done(ready.joined.length, used);
        moved = true;
        onProgress?.(tally.compared);
      }
    }
    if (moved) continue;
    const heads = compares.map(({ join }) => join.head);
    const wanting = groups.filter((group) => [...open].some((p) => compares[p]!.join.misses(group.sides[p]!)));
    let advanced = false;
    for (const group of wanting) advanced = (await group.advance(heads)) || advanced;
    if (!advanced) {
      for (const p of open) tally.unexplained(p, compares[p]!.left);
      break;
    }
  }
  return tally.report();
}

const keyOf = (row: VectorsRow | null, name: string) => {
  const value = row?.keys[name];
  return typeof value === 'boolean' ? String(value) : value;
};

/** Compares bit by bit: numbers by Object.is, so that a negative zero or a NaN cannot hide. */
class Tally {
  readonly #maker: VectorMaker;
  readonly #view: ViewDefinition;
  readonly #differences: Difference[] = [];
  /** Partitions of which a served vector was met. */
  readonly #begun = new Set<number>();
  compared = 0;
  #differing = 0;

  constructor(maker: VectorMaker, view: ViewDefinition) {
    this.#maker = maker;
    this.#view = view;
  }

  /** @returns how many of `served` were used */
  compare(partition: number, joined: readonly Joined[], served: readonly VectorsRow[]): number {
    let used = 0;
    for (const { row, features } of joined) {
      const was = served[used];
      if (was === undefined) break;
      if (was.offset > row.offset) {
        // Before the first that is still there, retention took what was served; after it, nothing may be missing.
        if (this.#begun.has(partition)) this.#lost(partition, row.offset, row.id);
        continue;
      }
      this.#begun.add(partition);
      used++;
      this.#row(partition, was, was.offset === row.offset ? this.#again(row, features, was.missing) : null);
    }
    return used;
  }

  /** Which groups had not answered when a live row was due is no function of the inboxes: that is taken from what was served. */
  #again(row: AdmittedRow, features: Joined['features'], missing: readonly string[]): VectorsRow {
    if (missing.length === 0) return this.#maker.make(row, features);
    return this.#maker.make(
      row,
      features.map((answer, i) => (missing.includes(this.#view.groups[i]!) ? null : answer)),
    );
  }

  unexplained(partition: number, served: readonly VectorsRow[]): void {
    for (const was of served) this.#row(partition, was, null);
  }

  #lost(partition: number, offset: number, id: string): void {
    this.compared++;
    this.#differing++;
    const difference = { partition, offset, id, field: 'vector', served: undefined, computed: id };
    if (this.#differences.length < DIFFERENCES_MAX) this.#differences.push(difference);
  }

  #row(partition: number, was: VectorsRow, now: VectorsRow | null): void {
    this.compared++;
    let differs = false;
    const check = (field: string, a: Difference['served'], b: Difference['computed']) => {
      if (Object.is(a, b)) return;
      differs = true;
      if (this.#differences.length < DIFFERENCES_MAX) {
        this.#differences.push({ partition, offset: was.offset, id: was.id, field, served: a, computed: b });
      }
    };
    check('id', was.id, now?.id);
    check('time', was.time, now?.time);
    check('known', was.known, now?.known);
    for (const name of Object.keys(was.keys)) check(`keys.${name}`, keyOf(was, name), keyOf(now, name));
    check('missing', was.missing.join(), now?.missing.join());
    for (const { name } of this.#maker.columns) check(name, was.features[name], now?.features[name]);
    if (differs) this.#differing++;
  }

  report(): VerifyReport {
    return {
      compared: this.compared,
      differing: this.#differing,
      differences: this.#differences,
      view: this.#view.name,
    };
  }
}
