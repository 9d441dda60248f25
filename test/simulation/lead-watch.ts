/**
 * How many rows of a group are on their way, seen from outside: in its inbox, and not acknowledged by compute.
 * Repeats by a second `route` are no rows more: whoever reads drops them.
 */
import { Codec, type Reader } from '../../src/codec/avro.js';
import { type InboxFrame, inboxSchema } from '../../src/contract/frames.js';
import { inboxTopic } from '../../src/contract/topics.js';
import type { Appended, Outgoing } from '../../src/log/log.js';
import { definition } from './topology.js';
import type { World } from './world.js';

interface Rows {
  readonly offset: number;
  readonly count: number;
}

export class LeadWatch {
  readonly #world: World;
  /** Rows that may be on their way at most. */
  readonly #most: number;
  readonly #readers = new Map<string, Reader<InboxFrame>>();
  /** By inbox partition: frames with rows that were not there before; and how far each source was considered. */
  readonly #frames = new Map<string, Rows[]>();
  readonly #considered = new Map<string, number>();
  /** By inbox partition: the most that compute has said to have acknowledged. */
  readonly #acknowledged = new Map<string, number>();
  /** The most that was seen. */
  greatest = 0;

  constructor(world: World, most: number) {
    this.#world = world;
    this.#most = most;
  }

  async open(): Promise<void> {
    const codec = new Codec(this.#world.registry);
    for (const group of definition.groups) {
      const topic = inboxTopic(definition.name, group);
      const schema = inboxSchema(definition, group);
      const reader = codec.reader<InboxFrame>(schema);
      const writer = await codec.writer<InboxFrame>(topic, schema);
      await reader.prepare([writer.encode({ before: [], after: [], rows: [] })]);
      this.#readers.set(topic, reader);
    }
  }

  appended(records: readonly Outgoing[], at: readonly Appended[]): void {
    for (const { topic, partition, baseOffset } of at) {
      const reader = this.#readers.get(topic);
      if (reader === undefined) continue;
      const own = records.filter((record) => record.topic === topic && record.partition === partition);
      for (const [i, { value }] of own.entries()) this.#frame(topic, partition, baseOffset + i, reader.decode(value!));
      this.#check(topic);
    }
  }

  /** A compute task that is opened again may say less than before: what was acknowledged stays so. */
  acknowledged(topic: string, offsets: ReadonlyMap<number, number>): void {
    for (const [partition, next] of offsets) {
      const place = `${topic}/${partition}`;
      this.#acknowledged.set(place, Math.max(next, this.#acknowledged.get(place) ?? 0));
    }
  }

  #frame(topic: string, partition: number, offset: number, frame: InboxFrame): void {
    const place = `${topic}/${partition}`;
    let count = 0;
    for (const row of frame.rows) {
      const source = frame.after[row.source]!;
      if (row.offset >= (this.#considered.get(`${place} ${source.topic}/${source.partition}`) ?? 0)) count++;
    }
    for (const { topic: raw, partition: number, offset: to } of frame.after) {
      const key = `${place} ${raw}/${number}`;
      this.#considered.set(key, Math.max(to, this.#considered.get(key) ?? 0));
    }
    if (count > 0) this.#frames.set(place, [...(this.#frames.get(place) ?? []), { offset, count }]);
  }

  #check(topic: string): void {
    const group = definition.groups.find((one) => inboxTopic(definition.name, one) === topic)!;
    let ahead = 0;
    for (let partition = 0; partition < group.inboxPartitions; partition++) {
      const place = `${topic}/${partition}`;
      const left = (this.#frames.get(place) ?? []).filter(
        ({ offset }) => offset >= (this.#acknowledged.get(place) ?? 0),
      );
      this.#frames.set(place, left);
      for (const { count } of left) ahead += count;
    }
    this.greatest = Math.max(this.greatest, ahead);
    if (ahead > this.#most)
      this.#world.note(`bounded lead: more than ${this.#most} rows of group ${group.name} are on their way`);
  }
}
