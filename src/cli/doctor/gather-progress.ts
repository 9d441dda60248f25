/** Reads where each task of a topology would go on: the tails of what it wrote, and what lies there in its input. */
import type { Reader } from '../../codec/avro.js';
import {
  type AdmittedFrame,
  admittedSchema,
  type InboxFrame,
  inboxSchema,
  type Served,
  servedSchema,
} from '../../contract/frames.js';
import { admittedTopic, changelogTopic, inboxTopic, servedTopic } from '../../contract/topics.js';
import { type LogRecord, lastRecord, type Partition } from '../../log/log.js';
import type { TopologyDefinition } from '../../topology/definition.js';
import type { Connection } from '../connect.js';
import type { Pointer, PointerFacts } from './progress.js';

type Io = Pick<Connection, 'log' | 'codec'>;

/** Of the record that a task reads next, only its time is wanted. */
const LOOK_BYTES = 1_024;
const LOOK_WAIT_MS = 1_000;

/** @param partitions of the topics that exist */
export async function gatherProgress(
  definition: TopologyDefinition,
  partitions: ReadonlyMap<string, number>,
  retentionMs: ReadonlyMap<string, number | null>,
  io: Io,
): Promise<readonly PointerFacts[]> {
  const pointers = [
    ...(await admitPointers(definition, partitions, io)),
    ...(await routePointers(definition, partitions, io)),
    ...(await computePointers(definition, partitions, io)),
    ...(await servePointers(definition, partitions, io)),
  ];
  const now = Date.now();
  return Promise.all(pointers.map((pointer) => factsOf(pointer, retentionMs.get(pointer.topic) ?? null, now, io)));
}

async function factsOf(pointer: Pointer, retentionMs: number | null, now: number, { log }: Io): Promise<PointerFacts> {
  const [bounds] = await log.offsets([pointer]);
  const { start, lastStable: end } = bounds!;
  let ageMs: number | null = null;
  if (pointer.offset >= start && pointer.offset < end) {
    const { records } = await log.fetch(pointer, { maxBytes: LOOK_BYTES, maxWaitMs: LOOK_WAIT_MS });
    if (records[0] !== undefined) ageMs = Math.max(0, now - records[0].timestamp);
  }
  return { ...pointer, start, end, ageMs, retentionMs };
}

/** The last record of each partition of a topic; nothing where it does not exist. */
async function tails(topic: string, partitions: ReadonlyMap<string, number>, { log }: Io) {
  const found: { partition: number; record: LogRecord }[] = [];
  for (let partition = 0; partition < (partitions.get(topic) ?? 0); partition++) {
    const record = await lastRecord(log, { topic, partition });
    if (record?.value) found.push({ partition, record });
  }
  return found;
}

async function decoded<T>(reader: Reader<T>, { value }: LogRecord): Promise<T> {
  await reader.prepare([value]);
  return reader.decode(value!);
}

async function admitPointers(
  { name, events }: TopologyDefinition,
  partitions: ReadonlyMap<string, number>,
  io: Io,
): Promise<Pointer[]> {
  const pointers: Pointer[] = [];
  for (const event of events) {
    const { topic } = event;
    const reader = io.codec.reader<AdmittedFrame>(admittedSchema(event));
    for (const { partition, record } of await tails(admittedTopic(name, topic), partitions, io)) {
      if (partition >= (partitions.get(topic) ?? 0)) continue;
      const { after: offset } = await decoded(reader, record);
      pointers.push({ task: `admit ${topic}/${partition}`, topic, partition, offset });
    }
  }
  return pointers;
}

/** A route task goes on at the least over its inbox partitions. */
async function routePointers(
  definition: TopologyDefinition,
  partitions: ReadonlyMap<string, number>,
  io: Io,
): Promise<Pointer[]> {
  const pointers: Pointer[] = [];
  for (const group of definition.groups) {
    const reader = io.codec.reader<InboxFrame>(inboxSchema(definition, group));
    const written = await tails(inboxTopic(definition.name, group), partitions, io);
    if (written.length < group.inboxPartitions) continue;
    const least = new Map<string, Partition & { offset: number }>();
    for (const { record } of written) {
      for (const { topic: raw, partition, admittedOffset: offset } of (await decoded(reader, record)).after) {
        const topic = admittedTopic(definition.name, raw);
        const key = `${topic}/${partition}`;
        if (offset < (least.get(key)?.offset ?? Number.POSITIVE_INFINITY)) least.set(key, { topic, partition, offset });
      }
    }
    const task = `route ${group.name}.v${group.version}`;
    pointers.push(...[...least.values()].map((at) => ({ task, ...at })));
  }
  return pointers;
}

/** A changelog ends with a checkpoint: see `runtime/changelog.ts`. */
async function computePointers(
  { name, groups }: TopologyDefinition,
  partitions: ReadonlyMap<string, number>,
  io: Io,
): Promise<Pointer[]> {
  const pointers: Pointer[] = [];
  for (const group of groups) {
    for (const { partition, record } of await tails(changelogTopic(name, group), partitions, io)) {
      const { checkpoint } = JSON.parse(record.value!.toString()) as { checkpoint: { inboxOffset: number } };
      const task = `compute ${group.name}.v${group.version}/${partition}`;
      pointers.push({ task, topic: inboxTopic(name, group), partition, offset: checkpoint.inboxOffset });
    }
  }
  return pointers;
}

async function servePointers(
  { name, views }: TopologyDefinition,
  partitions: ReadonlyMap<string, number>,
  io: Io,
): Promise<Pointer[]> {
  const pointers: Pointer[] = [];
  const reader = io.codec.reader<Served>(servedSchema);
  for (const view of views) {
    for (const { partition, record } of await tails(servedTopic(name, view), partitions, io)) {
      const { admittedOffset, low } = await decoded(reader, record);
      const task = `serve ${view.name}.v${view.version}/${partition}`;
      pointers.push({ task, topic: admittedTopic(name, view.score), partition, offset: admittedOffset });
      for (const { topic, offset } of low) {
        if (partitions.has(topic)) pointers.push({ task, topic, partition, offset });
      }
    }
  }
  return pointers;
}
