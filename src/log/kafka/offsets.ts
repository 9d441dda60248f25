/** Where partitions begin and are stable, asked of their leaders; and what consumer groups have committed. */
import { nameOf, refused } from '../errors.js';
import type { Offsets, Partition } from '../log.js';
import { type Brokers, GROUP } from './brokers.js';
import { CODE, isCoordinatorMoved } from './codes.js';
import { failureOf, retrying } from './retry.js';

export const READ_UNCOMMITTED = 0;
export const READ_COMMITTED = 1;
const EARLIEST = -2;
const LATEST = -1;
/** A commit by nobody: groups that only keep offsets have no members. */
const NO_GENERATION = -1;

/** @param isolation whether `lastStable` is that, or the high watermark */
export async function offsetsOf(
  brokers: Brokers,
  partitions: readonly Partition[],
  isolation = READ_COMMITTED,
): Promise<readonly Offsets[]> {
  const keyOf = ({ topic, partition }: Partition) => `${topic} ${partition}`;
  const found = new Map<string, { start?: number; lastStable?: number }>();
  await retrying(`asking for the offsets of ${partitions.map(nameOf).join(', ')}`, async () => {
    const byLeader = new Map<number, Map<string, Set<number>>>();
    for (const at of partitions) {
      if (found.get(keyOf(at))?.lastStable !== undefined) continue;
      const leader = await brokers.leader(at);
      if (!byLeader.has(leader)) byLeader.set(leader, new Map());
      const topics = byLeader.get(leader)!;
      if (!topics.has(at.topic)) topics.set(at.topic, new Set());
      topics.get(at.topic)!.add(at.partition);
    }
    const ask = async (leader: number, topics: ReadonlyMap<string, ReadonlySet<number>>, timestamp: number) => {
      const answer = await brokers.ask(leader, (broker) =>
        broker.listOffsets({
          isolationLevel: isolation,
          topics: [...topics].map(([topic, numbers]) => ({
            topic,
            partitions: [...numbers].map((partition) => ({ partition, timestamp })),
          })),
        }),
      );
      for (const { topic, partitions: answers } of answer.responses) {
        for (const { partition, errorCode, offset } of answers) {
          const at = { topic, partition };
          if (errorCode !== CODE.none) {
            brokers.forgetTopic(topic);
            throw failureOf(`asking for the offsets of ${nameOf(at)}`, errorCode, at);
          }
          const before = found.get(keyOf(at));
          found.set(keyOf(at), { ...before, [timestamp === LATEST ? 'lastStable' : 'start']: Number(offset) });
        }
      }
    };
    // The start first: it only grows, and so is never beyond the end.
    for (const timestamp of [EARLIEST, LATEST]) {
      await Promise.all([...byLeader].map(([leader, topics]) => ask(leader, topics, timestamp)));
    }
  });
  return partitions.map(({ topic, partition }) => {
    const { start, lastStable } = found.get(keyOf({ topic, partition }))!;
    return { topic, partition, start: start!, lastStable: Math.max(start!, lastStable!) };
  });
}

export async function committedOffsets(
  brokers: Brokers,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const what = `asking for the offsets of group ${group}`;
  return retrying(what, async () => {
    const count = (await brokers.leaders(topic)).length;
    const topics = [{ topic, partitions: Array.from({ length: count }, (_, partition) => ({ partition })) }];
    const answer = await brokers.askCoordinator(GROUP, group, (broker) =>
      broker.offsetFetch({ groupId: group, topics }),
    );
    const offsets = new Map<number, number>();
    check(answer.errorCode ?? CODE.none);
    for (const { partition, errorCode, offset } of answer.responses.flatMap(({ partitions }) => partitions)) {
      check(errorCode);
      if (Number(offset) >= 0) offsets.set(partition, Number(offset));
    }
    return offsets;

    function check(code: number): void {
      if (isCoordinatorMoved(code)) brokers.forgetCoordinator(GROUP, group);
      if (code !== CODE.none) throw failureOf(what, code, { group, topic });
    }
  });
}

export async function commitOffsets(
  brokers: Brokers,
  group: string,
  topic: string,
  offsets: ReadonlyMap<number, number>,
): Promise<void> {
  if (offsets.size === 0) return;
  const what = `a commit of group ${group}`;
  const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
  await retrying(what, async () => {
    const answer = await brokers.askCoordinator(GROUP, group, (broker) =>
      broker.offsetCommit({
        groupId: group,
        groupGenerationId: NO_GENERATION,
        memberId: '',
        topics: [{ topic, partitions }],
      }),
    );
    for (const { partition, errorCode } of answer.responses.flatMap((response) => response.partitions)) {
      if (errorCode === CODE.none) continue;
      if (isCoordinatorMoved(errorCode)) brokers.forgetCoordinator(GROUP, group);
      if (errorCode === CODE.unknownMember) {
        throw refused(what, 'the group has members, and only they may commit', { group, topic, partition });
      }
      throw failureOf(what, errorCode, { group, topic, partition });
    }
  });
}
