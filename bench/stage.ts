/**
 * The real compute stage over a memory log and RocksDB, fed with frames that were encoded beforehand.
 * Goal: what is measured is the stage; the log keeps nothing that was read, as if it were on another machine.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Codec } from '../src/codec/avro.js';
import { memoryRegistry } from '../src/codec/registry.js';
import { type Frontier, type InboxFrame, type InboxRow, inboxSchema, NO_MARK } from '../src/contract/frames.js';
import { changelogTopic, featuresTopic, inboxTopic } from '../src/contract/topics.js';
import { Compute } from '../src/feature/compute.js';
import { groupInputs, inboxRow } from '../src/feature/inbox-rows.js';
import { memoryLog } from '../src/log/memory-log.js';
import { silentLogger, systemClock } from '../src/runtime/ports.js';
import { readSettings } from '../src/runtime/settings.js';
import { boundGarbage, MemoryBudget } from '../src/state/memory-budget.js';
import { openRocksStore } from '../src/state/rocks-store.js';
import type { StateStore, StateWrite } from '../src/state/store.js';
import type { Scalar } from '../src/topology/definition.js';
import { cards } from './cards.js';

const group = cards.groups[0]!;
const inputs = groupInputs(cards, group);
const INBOX = inboxTopic(cards.name, group);
const CHANGELOG = changelogTopic(cards.name, group);
const FEATURES = featuresTopic(cards.name, group, 'purchases');
const { checkpointMs, checkpointBytesMax, frameBytesMax } = readSettings({});
const SOURCES = inputs.map(({ event }) => event.topic);

/** One raw event of the cards, as `admit` would give it. */
export interface CardEvent {
  readonly topic: 'purchases' | 'settlements';
  readonly known: number;
  readonly time: number;
  readonly fields: Readonly<Record<string, Scalar>>;
}

export interface StageOptions {
  readonly memoryBytesMax: number;
}

/** Makes frames of events, as `route` does; offsets go on from call to call. */
export class InboxEncoder {
  readonly #next = new Map<string, number>(SOURCES.map((topic) => [topic, 0]));
  #writer: { encode(frame: InboxFrame): Buffer };

  constructor(writer: { encode(frame: InboxFrame): Buffer }) {
    this.#writer = writer;
  }

  encode(events: readonly CardEvent[]): Buffer {
    const before = this.#frontier();
    const rows: InboxRow[] = events.map(({ topic, known, time, fields }) => {
      const source = SOURCES.indexOf(topic);
      const offset = this.#next.get(topic)!;
      this.#next.set(topic, offset + 1);
      const admitted = { offset, known, time, id: String(fields.id), event: fields };
      return inboxRow(inputs[source]!, admitted, source, 1)!.row;
    });
    return this.#writer.encode({ before, after: this.#frontier(), rows });
  }

  #frontier(): Frontier[] {
    return SOURCES.map((topic) => {
      const offset = this.#next.get(topic)!;
      return { topic, partition: 0, offset, admittedOffset: offset, mark: NO_MARK, away: false };
    });
  }
}

export const inboxWriter = (codec = new Codec(memoryRegistry())) =>
  codec.writer<InboxFrame>(INBOX, inboxSchema(cards, group));

/** A store that counts what is asked of it: keys looked up; records and bytes written. */
function counting(store: StateStore): StateStore & { lookedUp: number; written: number; writtenBytes: number } {
  const counted = {
    ...store,
    lookedUp: 0,
    written: 0,
    writtenBytes: 0,
    write: (batch: readonly StateWrite[]) => {
      counted.written += batch.length;
      for (const { key, value } of batch) counted.writtenBytes += key.length + (value?.length ?? 0);
      return store.write(batch);
    },
    getMany: (keys: readonly Buffer[]) => {
      counted.lookedUp += keys.length;
      return store.getMany(keys);
    },
  };
  return counted;
}

export type Stage = Awaited<ReturnType<typeof openStage>>;

export async function openStage({ memoryBytesMax }: StageOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'headrace-bench-'));
  const log = memoryLog();
  const codec = new Codec(memoryRegistry());
  await log.createTopics([INBOX, CHANGELOG, FEATURES].map((topic) => ({ topic, partitions: 1, config: {} })));
  const encoder = new InboxEncoder(await inboxWriter(codec));
  boundGarbage();
  const memory = new MemoryBudget(memoryBytesMax);
  const store = counting(await openRocksStore(folder, memory));
  const stage = new Compute({
    definition: cards,
    group,
    partition: 0,
    log,
    codec,
    store,
    clock: systemClock,
    logger: silentLogger,
    checkpointMs,
    checkpointBytesMax,
    memory,
    frameBytesMax,
  });
  await stage.open(() => {});
  const producer = await log.producer();
  const topics = [INBOX, CHANGELOG, FEATURES].map((topic) => ({ topic, partition: 0 }));

  return {
    folder,
    encoder,
    store,
    describe: () => stage.describe(),
    /** Sends frames and lets the stage apply them all. */
    async run(frames: readonly Buffer[]): Promise<void> {
      await producer.send(frames.map((value) => ({ topic: INBOX, partition: 0, value })));
      const [inbox] = await log.offsets(topics);
      while (Number(stage.describe().next_offset) < inbox!.lastStable) {
        if ((await stage.step()) === 'idle') await new Promise((turn) => setImmediate(turn));
      }
      // What was read is on its way elsewhere.
      const [, changelog, features] = await log.offsets(topics);
      log.deleteRecords(INBOX, 0, inbox!.lastStable);
      log.deleteRecords(CHANGELOG, 0, changelog!.lastStable);
      log.deleteRecords(FEATURES, 0, features!.lastStable);
    },
    async close(): Promise<void> {
      await stage.close();
      await store.close();
      await log.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
