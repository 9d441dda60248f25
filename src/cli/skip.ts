/**
 * Lets `admit` go on behind records of a raw partition that retention took before they were read: a person's decision, written down.
 * Method: an admitted frame without rows, from where `admit` stands to where the partition begins now. Readers take it as they take a
 * mark: considered, and nothing existed there. A second one, or one that `admit` writes at the same moment, is dropped by position.
 */
import type { Codec } from '../codec/avro.js';
import { type AdmittedFrame, admittedSchema } from '../contract/frames.js';
import { admittedTopic } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import { type Log, lastRecord } from '../log/log.js';
import type { EventDefinition } from '../topology/definition.js';

export interface Skipped {
  readonly topic: string;
  readonly partition: number;
  /** The first raw offset that was not considered. */
  readonly from: number;
  /** The first that is still there. */
  readonly to: number;
  readonly written: boolean;
}

export interface SkipOptions {
  readonly topology: string;
  readonly event: EventDefinition;
  readonly partition: number;
  /** Whether it is only said what would be written. */
  readonly dryRun: boolean;
  readonly log: Log;
  readonly codec: Codec;
}

/** Errors: `NOTHING_LOST`, `PARTITION_UNKNOWN`, `TOPIC_UNKNOWN` */
export async function skipLost(options: SkipOptions): Promise<Skipped> {
  const { topology, event, partition, dryRun, log, codec } = options;
  const { topic } = event;
  const out = admittedTopic(topology, topic);
  const there = await log.identify([topic, out]);
  if (partition >= Math.min(...[topic, out].map((name) => there.get(name)?.partitions ?? partition + 1))) {
    throw new HeadraceError('PARTITION_UNKNOWN', `${topic} has no partition ${partition} that was admitted`, {
      remedy: 'fix-input',
    });
  }
  const [bounds] = await log.offsets([{ topic, partition }]);
  const tail = await lastRecord(log, { topic: out, partition });
  const frame = tail?.value ? await decoded(event, tail.value, codec) : null;
  const to = bounds!.start;
  if (frame === null || frame.after >= to) {
    const stands = frame === null ? 'has not begun' : `goes on at offset ${frame.after}`;
    throw new HeadraceError(
      'NOTHING_LOST',
      `admit of ${topic}/${partition} ${stands}, and the partition begins at ${to}: there is nothing to skip`,
      { remedy: 'fix-input', topic, partition },
    );
  }
  const from = frame.after;
  if (!dryRun) {
    const writer = await codec.writer<AdmittedFrame>(out, admittedSchema(event));
    const producer = await log.producer();
    const value = writer.encode({ ...frame, before: from, after: to, rows: [] });
    await producer.send([{ topic: out, partition, value }]);
    await producer.close();
  }
  return { topic, partition, from, to, written: !dryRun };
}

async function decoded(event: EventDefinition, value: Buffer, codec: Codec): Promise<AdmittedFrame> {
  const reader = codec.reader<AdmittedFrame>(admittedSchema(event));
  await reader.prepare([value]);
  return reader.decode(value);
}
