/**
 * Computes a view's vectors from files, with no Kafka at all.
 * Goal: the bits that serving gives. Method: the same merge, the same core, the same join and the same vectors as in the
 * stages, fed with batches of the files as if each file were a raw topic of one partition with marks.
 * Invariant: at most some batches a file are in memory.
 */
import { compileGroup, Entity } from '../aggregate/index.js';
import {
  type AdmittedFrame,
  type AdmittedRow,
  type FeaturesRow,
  LAST_MARK,
  NO_MARK,
  type VectorsRow,
} from '../contract/frames.js';
import { HeadraceError } from '../error.js';
import { checkEvent } from '../feature/check-event.js';
import { ComputeCore } from '../feature/compute-core.js';
import { type GroupInput, groupInputs, inboxRow } from '../feature/inbox-rows.js';
import { Merge, Source, START } from '../feature/merge.js';
import { Join, Side } from '../inference/join.js';
import { vectorMaker } from '../inference/vector.js';
import { readEvents } from '../log/files.js';
import type { EventDefinition, GroupDefinition, TopologyDefinition, ViewDefinition } from '../topology/definition.js';

export interface BackfillOptions {
  readonly definition: TopologyDefinition;
  readonly view: ViewDefinition;
  /** Folder with `<topic>.parquet` or `<topic>.ndjson` of every event that the view's groups read. */
  readonly from: string;
  readonly onProgress?: (rows: number) => void;
}

const JOIN_ROWS_MAX = 4096;

/** One file, read batch by batch, as the frames that `admit` would have written. */
class FileSource {
  readonly event: EventDefinition;
  readonly #batches: AsyncGenerator<Record<string, import('../topology/definition.js').Scalar>[]>;
  #offset = 0;
  #known = NO_MARK;
  ended = false;

  constructor(event: EventDefinition, from: string) {
    this.event = event;
    this.#batches = readEvents(event, from);
  }

  /** Known time up to which everything was read. */
  get mark(): number {
    return this.ended ? LAST_MARK : this.#known - 1;
  }

  async next(): Promise<AdmittedFrame> {
    const before = this.#offset;
    const { done, value } = await this.#batches.next();
    this.ended = done === true;
    const rows: AdmittedRow[] = [];
    for (const fields of value ?? []) {
      const offset = this.#offset++;
      const { id, time, known } = this.#check(fields, offset);
      this.#known = Math.max(this.#known, known);
      rows.push({ offset, known: this.#known, time, id, event: fields });
    }
    return { before, after: this.#offset, known: this.#known, mark: this.mark, rows };
  }

  #check(fields: AdmittedRow['event'], offset: number) {
    const { event } = this;
    try {
      // A file has no append time: what is known at the broker is known when it happened.
      return checkEvent(event, fields, Number(fields[event.time]), Number.MAX_SAFE_INTEGER);
    } catch (cause) {
      const { code, message } = cause as HeadraceError;
      throw new HeadraceError(code, `${event.topic} row ${offset}: ${message}`, { remedy: 'fix-input', cause });
    }
  }
}

/** One group's merge and its inbox partitions' cores. */
class GroupRun {
  readonly merge: Merge;
  readonly side: Side;
  readonly #group: GroupDefinition;
  readonly #inputs: readonly GroupInput[];
  readonly #cores: ComputeCore[];
  readonly #entities: Map<string, Entity>[];
  readonly #plan;
  readonly #scored: string;
  #frames = 0;

  constructor(definition: TopologyDefinition, group: GroupDefinition, scored: string) {
    this.#group = group;
    this.#scored = scored;
    this.#inputs = groupInputs(definition, group);
    this.#plan = compileGroup(definition, group);
    this.#cores = Array.from({ length: group.inboxPartitions }, () => new ComputeCore(this.#plan));
    this.#entities = this.#cores.map(() => new Map());
    this.merge = new Merge(
      this.#inputs.map(
        ({ event, scored: s }) => new Source({ topic: event.topic, partition: 0, scored: s, marks: true }, START),
      ),
    );
    this.side = new Side(group.name, 0);
  }

  push(topic: string, frame: AdmittedFrame): void {
    const index = this.#inputs.findIndex((input) => input.event.topic === topic);
    if (index >= 0) this.merge.sources[index]!.push(this.merge.sources[index]!.admittedOffset, frame);
  }

  run(head: number): void {
    const rows: FeaturesRow[] = [];
    const forEver = { rowsMax: Number.POSITIVE_INFINITY, holdMs: Number.POSITIVE_INFINITY };
    this.merge.take(0, forEver, (row, source) => {
      const input = this.#inputs[source]!;
      const routed = inboxRow(input, row, source, this.#group.inboxPartitions);
      if (routed === null) return;
      const { partition } = routed;
      const { key } = routed.row;
      const answer = this.#cores[partition]!.apply(
        routed.row,
        input.event.topic,
        0,
        key === null ? null : this.#entity(partition, key),
      );
      if (answer?.topic === this.#scored) rows.push(answer.row);
    });
    if (rows.length > 0) this.side.push(this.#frames++, { inboxPartition: 0, inboxOffset: 0, rows }, head);
  }

  #entity(partition: number, key: string): Entity {
    const entities = this.#entities[partition]!;
    let entity = entities.get(key);
    if (entity === undefined) {
      entity = new Entity(this.#plan);
      entities.set(key, entity);
    }
    return entity;
  }
}

/** The vectors of every scored event of the file, in its order. */
export async function* backfill(options: BackfillOptions): AsyncGenerator<readonly VectorsRow[]> {
  const { definition, view, from, onProgress } = options;
  const groups = view.groups.map((name) => definition.groups.find((group) => group.name === name)!);
  const topics = new Set([view.score, ...groups.flatMap((group) => Object.keys(group.keys))]);
  const files = definition.events
    .filter((event) => topics.has(event.topic))
    .map((event) => new FileSource(event, from));
  const runs = groups.map((group) => new GroupRun(definition, group, view.score));
  const join = new Join(
    runs.map((run) => run.side),
    0,
    0,
  );
  const { make } = vectorMaker(definition, view);
  let read = 0;
  let frames = 0;
  while (files.some((file) => !file.ended)) {
    // The file that is least far known is what the others wait for.
    const file = files.filter((candidate) => !candidate.ended).reduce((a, b) => (b.mark < a.mark ? b : a));
    const frame = await file.next();
    read += frame.rows.length;
    if (file.event.topic === view.score) join.pushAdmitted(frames++, frame);
    for (const run of runs) {
      run.push(file.event.topic, frame);
      run.run(join.head);
    }
    for (;;) {
      const ready = join.ready(JOIN_ROWS_MAX);
      if (ready.length === 0) break;
      yield ready.map(({ row, features }) => make(row, features));
      join.served(ready.length);
    }
    onProgress?.(read);
  }
}
