/**
 * What `compute` does to rows, without Kafka: entities in, features out.
 * Goal: one piece of code for the stage, for verify and for backfill. Method: drop what was applied, raise K, evict, answer
 * a scored row before it is inserted. Invariant: state is a function of the inbox rows alone.
 */
import { type Entity, type GroupPlan, sanitize } from '../aggregate/index.js';
import type { FeaturesRow, InboxRow } from '../contract/frames.js';
import { inboxColumn } from '../contract/frames.js';
import type { Scalar } from '../topology/definition.js';

export interface ComputeCounts {
  rows: number;
  repeated: number;
  conflicts: number;
  lateBeyondHorizon: number;
  lateScored: number;
  notFinite: number;
}

/** The scored event of a row: where its answer goes. */
export interface Answer {
  readonly topic: string;
  readonly partition: number;
  readonly row: FeaturesRow;
}

export class ComputeCore {
  readonly #plan: GroupPlan;
  readonly #eventIndex: ReadonlyMap<string, number>;
  readonly #columns: readonly (readonly string[])[];
  readonly #names: readonly string[];
  readonly #out: Scalar[];
  readonly counts: ComputeCounts = {
    rows: 0,
    repeated: 0,
    conflicts: 0,
    lateBeyondHorizon: 0,
    lateScored: 0,
    notFinite: 0,
  };
  /** The greatest known time so far in this inbox partition: eviction runs on it. */
  known: number;

  constructor(plan: GroupPlan, known = -1) {
    this.#plan = plan;
    this.known = known;
    this.#eventIndex = new Map(plan.events.map((event, index) => [event.topic, index]));
    this.#columns = plan.events.map((event) => event.columns.map((field) => inboxColumn(event.topic, field)));
    this.#names = plan.group.features.map((feature) => feature.name);
    this.#out = new Array(this.#names.length).fill(null);
  }

  /** The group's index of a topic's events; -1 where it reads none of them. */
  eventIndex(topic: string): number {
    return this.#eventIndex.get(topic) ?? -1;
  }

  /**
   * @param entity the row's entity, or null where its key is null: then every feature is missing
   * @returns the answer to a scored row, else null
   */
  apply(row: InboxRow, topic: string, partition: number, entity: Entity | null): Answer | null {
    this.counts.rows++;
    this.known = Math.max(this.known, row.known);
    const out = this.#out;
    out.fill(null);
    if (entity !== null) {
      const event = this.#eventIndex.get(topic);
      entity.evict(this.known);
      const values = event === undefined ? [] : this.#values(row, this.#columns[event]!);
      if (row.scored) this.#query(row, event, values, entity);
      if (event !== undefined) this.#count(entity.insert(event, row.time, row.id, values), row.time);
    }
    if (!row.scored) return null;
    const features: Record<string, number | string | null> = {};
    for (let i = 0; i < this.#names.length; i++) features[this.#names[i]!] = out[i] as number | string | null;
    return { topic, partition, row: { offset: row.offset, time: row.time, key: row.key, values: features } };
  }

  #query(row: InboxRow, event: number | undefined, values: readonly Scalar[], entity: Entity): void {
    if (row.time < this.known - this.#plan.group.latenessMs) {
      this.counts.lateScored++;
      return;
    }
    const self = event === undefined ? null : { event, time: row.time, id: row.id, values };
    entity.query(row.time, self, this.#out);
  }

  #values(row: InboxRow, columns: readonly string[]): Scalar[] {
    const values: Scalar[] = new Array(columns.length);
    for (let i = 0; i < columns.length; i++) {
      const value = row.values[columns[i]!] ?? null;
      values[i] = sanitize(value);
      if (value !== null && values[i] === null) this.counts.notFinite++;
    }
    return values;
  }

  /** Late is what no window sees any more, whether or not its entity still holds events by which that would show. */
  #count(outcome: ReturnType<Entity['insert']>, time: number): void {
    if (outcome === 'repeated') this.counts.repeated++;
    else if (outcome === 'conflict') this.counts.conflicts++;
    else if (time < this.known - this.#plan.horizonMs) this.counts.lateBeyondHorizon++;
  }
}
