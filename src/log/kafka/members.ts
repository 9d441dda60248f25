/** Who is in a consumer group, asked of its coordinator. */
import { type Brokers, GROUP } from './brokers.js';
import { CODE, isCoordinatorMoved } from './codes.js';
import { failureOf, retrying } from './retry.js';

/** @returns 0 for a group that does not exist */
export async function memberCount(brokers: Brokers, group: string): Promise<number> {
  const what = `asking for the members of group ${group}`;
  return retrying(what, async () => {
    const answer = await brokers.askCoordinator(GROUP, group, (broker) => broker.describeGroups({ groupIds: [group] }));
    let count = 0;
    for (const { errorCode, members } of answer.groups) {
      // Brokers of newer versions say so; older ones answer with a dead group of nobody.
      if (errorCode === CODE.groupUnknown) continue;
      if (isCoordinatorMoved(errorCode)) brokers.forgetCoordinator(GROUP, group);
      if (errorCode !== CODE.none) throw failureOf(what, errorCode, { group });
      count += members.length;
    }
    return count;
  });
}
