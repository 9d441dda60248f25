/** How far a run is, read from its topics as they grow: vectors written, and whether the last request for a snapshot is answered. */
import { Codec, type Reader } from '../../src/codec/avro.js';
import { type FactReader, factReader } from '../../src/contract/facts.js';
import { type InboxFrame, inboxSchema, type VectorsFrame, vectorsSchema } from '../../src/contract/frames.js';
import { inboxTopic, snapshotsTopic, vectorsTopic } from '../../src/contract/topics.js';
import type { SnapshotPointer } from '../../src/training/snapshot.js';
import { definition } from './topology.js';
import type { World } from './world.js';

const view = definition.views[0]!;

export class Progress {
  readonly #world: World;
  readonly #reader: Reader<VectorsFrame>;
  readonly #facts: FactReader;
  readonly #inboxes = new Map<string, Reader<InboxFrame>>();
  readonly #next: number[] = [];
  #vectors = 0;
  #pointers = 0;

  private constructor(world: World, reader: Reader<VectorsFrame>, facts: FactReader) {
    this.#world = world;
    this.#reader = reader;
    this.#facts = facts;
  }

  static async open(world: World): Promise<Progress> {
    const codec = new Codec(world.registry);
    const schema = vectorsSchema(definition, view);
    const reader = codec.reader<VectorsFrame>(schema);
    const writer = await codec.writer<VectorsFrame>(vectorsTopic(definition.name, view), schema);
    await reader.prepare([writer.encode({ view: '', rows: [] })]);
    const progress = new Progress(world, reader, factReader(codec));
    for (const group of definition.groups) {
      const inbox = codec.reader<InboxFrame>(inboxSchema(definition, group));
      const topic = inboxTopic(definition.name, group);
      const frames = await codec.writer<InboxFrame>(topic, inboxSchema(definition, group));
      await inbox.prepare([frames.encode({ before: [], after: [], rows: [] })]);
      progress.#inboxes.set(topic, inbox);
    }
    return progress;
  }

  vectors(): number {
    const topic = vectorsTopic(definition.name, view);
    const { partitions } = this.#world.broker.describe(topic)!;
    for (let partition = 0; partition < partitions; partition++) {
      const read = this.#world.broker.partition({ topic, partition }).read(this.#next[partition] ?? 0, Infinity);
      this.#next[partition] = read.next;
      for (const { value } of read.records) this.#vectors += this.#reader.decode(value!).rows.length;
    }
    return this.#vectors;
  }

  /** Whether every group has considered everything in every raw partition that it reads. */
  isRouted(): boolean {
    for (const [topic, reader] of this.#inboxes) {
      const { partitions } = this.#world.broker.describe(topic)!;
      for (let partition = 0; partition < partitions; partition++) {
        const { records } = this.#world.broker.partition({ topic, partition }).read(0, Infinity);
        const last = records.at(-1);
        if (last === undefined) return false;
        for (const { topic: raw, partition: number, offset } of reader.decode(last.value!).after)
          if (offset < this.#world.broker.partition({ topic: raw, partition: number }).lastStable) return false;
      }
    }
    return true;
  }

  async isAnswered(): Promise<boolean> {
    const at = { topic: snapshotsTopic(definition.name), partition: 0 };
    const read = this.#world.broker.partition(at).read(this.#pointers, Infinity);
    this.#pointers = read.next;
    let answered = false;
    for (const { value } of read.records)
      answered ||= (await this.#facts.decode<SnapshotPointer>(value!)).body.request !== null;
    return answered;
  }
}
