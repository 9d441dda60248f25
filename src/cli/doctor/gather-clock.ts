/**
 * Compares this machine's clock with the brokers': one record is appended to each partition of a topic made for that, and deleted
 * with it afterwards. Brokers tell their time in no other way.
 */
import { randomBytes } from 'node:crypto';
import type { Log } from '../../log/log.js';
import type { ClockFacts } from './clock.js';

const PARTITIONS_MAX = 8;
const READ_WAIT_MS = 5_000;
/** Should the deletion fail: it is empty after that. */
const KEPT_MS = 3_600_000;

/** @param brokers how many there are: each leads a partition */
export async function gatherClock(log: Log, topology: string | null, brokers: number): Promise<readonly ClockFacts[]> {
  const topic = `${topology ?? 'headrace'}.doctor.${randomBytes(4).toString('hex')}`;
  const partitions = Math.min(brokers, PARTITIONS_MAX);
  const config = { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': String(KEPT_MS) };
  await log.createTopics([{ topic, partitions, config }]);
  try {
    const producer = await log.producer();
    const facts: ClockFacts[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      const at = { topic, partition };
      await producer.send([{ ...at, value: Buffer.alloc(0) }]); // connects
      const sentAt = Date.now();
      const [appended] = await producer.send([{ ...at, value: Buffer.alloc(0) }]);
      const acknowledgedAt = Date.now();
      const read = await log.fetch({ ...at, offset: appended!.baseOffset }, { maxWaitMs: READ_WAIT_MS });
      const appendedAt = read.records[0]?.timestamp;
      if (appendedAt !== undefined) facts.push({ sentAt, appendedAt, acknowledgedAt });
    }
    await producer.close();
    return facts;
  } finally {
    await log.deleteTopics([topic]);
  }
}
