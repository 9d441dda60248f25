/** How far a run is, read from its topics as they grow: vectors written, and how many retrain messages are answered. */
import { Codec, type Reader } from '../../src/codec/avro.js';
import { type FactReader, factReader } from '../../src/contract/facts.js';
import {
  type Frontier,
  type InboxFrame,
  inboxSchema,
  type VectorsFrame,
  vectorsSchema,
} from '../../src/contract/frames.js';
import { foldModels, type ModelFact, type ModelsState, parseModelFact } from '../../src/contract/models-log.js';
import { inboxTopic, modelsTopic, vectorsTopic } from '../../src/contract/topics.js';
import { definition } from './topology.js';
import type { World } from './world.js';

const view = definition.views[0]!;

export class Progress {
  readonly #world: World;
  readonly #reader: Reader<VectorsFrame>;
  readonly #facts: FactReader;
  readonly #inboxes = new Map<string, Reader<InboxFrame>>();
  readonly #next: number[] = [];
  /** By inbox partition: what was read of it, and how far each source was considered. */
  readonly #read = new Map<string, number>();
  readonly #considered = new Map<string, Map<string, Frontier>>();
  #vectors = 0;
  #modelsNext = 0;
  #models: ModelsState = new Map();

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
        const place = `${topic}/${partition}`;
        const considered = this.#considered.get(place) ?? new Map<string, Frontier>();
        this.#considered.set(place, considered);
        const read = this.#world.broker.partition({ topic, partition }).read(this.#read.get(place) ?? 0, Infinity);
        this.#read.set(place, read.next);
        // A zombie's last frame may say less than what was said before it.
        for (const { value } of read.records)
          for (const to of reader.decode(value!).after) {
            const key = `${to.topic}/${to.partition}`;
            if (to.offset >= (considered.get(key)?.offset ?? 0)) considered.set(key, to);
          }
        if (considered.size === 0) return false;
        for (const at of considered.values()) if (at.offset < this.#world.broker.partition(at).lastStable) return false;
      }
    }
    return true;
  }

  /** What of all this is not so. */
  async lacks(scored: number, requests: number): Promise<string> {
    const lacking = [
      this.vectors() < scored ? `${scored - this.vectors()} vectors` : '',
      this.isRouted() ? '' : 'the ends of inboxes',
      (await this.answered()) >= requests ? '' : 'the answer of a retrain message',
    ];
    return lacking.filter((one) => one !== '').join(', ') || 'nothing';
  }

  /** How many retrain messages are answered, by a version or by a rejection. */
  async answered(): Promise<number> {
    const at = { topic: modelsTopic(definition.name), partition: 0 };
    const read = this.#world.broker.partition(at).read(this.#modelsNext, Infinity);
    this.#modelsNext = read.next;
    const facts: ModelFact[] = [];
    for (const { value } of read.records) facts.push(parseModelFact('models', await this.#facts.decode(value!)));
    this.#models = foldModels(facts, this.#models);
    const { answered } = this.#models.get(definition.models[0]!.name) ?? { answered: [] };
    return new Set(answered.map(({ offset }) => offset)).size;
  }
}
