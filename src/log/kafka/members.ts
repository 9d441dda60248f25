/** Who is in a consumer group, and who of them has what, asked of its coordinator. */
import kafkajs from 'kafkajs';
import { type Brokers, GROUP } from './brokers.js';
import { CODE, isCoordinatorMoved } from './codes.js';
import { failureOf, type Patience, retrying } from './retry.js';
import { decodeUserData } from './user-data.js';
import type { DescribedMember } from './wire.js';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/** Somebody waits for an answer over HTTP meanwhile. */
const WHO_HAS_MAX_MS = 3_000;

/** @returns 0 for a group that does not exist */
export async function memberCount(brokers: Brokers, group: string): Promise<number> {
  return (await membersOf(brokers, group)).length;
}

/** The addresses of members that gave one, by the partitions of `topic` that they have. */
export async function addressesOf(
  brokers: Brokers,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (const { memberMetadata, memberAssignment } of await membersOf(brokers, group, { forMs: WHO_HAS_MAX_MS })) {
    if (memberMetadata.length === 0 || memberAssignment.length === 0) continue;
    const userData = MemberMetadata.decode(memberMetadata)?.userData;
    const address = userData ? decodeUserData(userData).address : null;
    if (address === null) continue;
    for (const partition of MemberAssignment.decode(memberAssignment)?.assignment[topic] ?? []) {
      found.set(partition, address);
    }
  }
  return found;
}

function membersOf(brokers: Brokers, group: string, patience: Patience = {}): Promise<readonly DescribedMember[]> {
  const what = `asking for the members of group ${group}`;
  const attempt = async () => {
    const answer = await brokers.askCoordinator(GROUP, group, (broker) => broker.describeGroups({ groupIds: [group] }));
    const all: DescribedMember[] = [];
    for (const { errorCode, members } of answer.groups) {
      // Brokers of newer versions say so; older ones answer with a dead group of nobody.
      if (errorCode === CODE.groupUnknown) continue;
      if (isCoordinatorMoved(errorCode)) brokers.forgetCoordinator(GROUP, group);
      if (errorCode !== CODE.none) throw failureOf(what, errorCode, { group });
      all.push(...members);
    }
    return all;
  };
  return retrying(what, attempt, patience);
}
