/**
 * Membership of a consumer group over a topic that nobody writes: kafkajs's consumer, for its group protocol alone.
 * Goal: a member keeps its partitions where it may. Method: an assigner of our own tells the leader what each member has
 * (kafkajs hands `userData` to nobody else), and `balance` deals. While the group rebalances a member keeps what it has:
 * fencing decides, not the group. Invariant: after `leave`, no more calls.
 */
import kafkajs from 'kafkajs';
import { balance, type Candidate } from '../balance.js';
import { unavailable } from '../errors.js';
import type { Membership } from '../log.js';
import type { LineLogger } from './client.js';

const HEARTBEAT_MS = 300;
/** How long a member that is at work may take to join again. */
const REBALANCE_MAX_MS = 10_000;
/** After this, leaving goes on behind the back of whoever waits for it. */
const LEAVE_MAX_MS = 5_000;
const RETRIES_MAX = 8;
const RETRY_FIRST_WAIT_MS = 100;
const RETRY_WAIT_MAX_MS = 2_000;

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

export interface JoinOptions {
  readonly group: string;
  readonly topic: string;
  readonly sessionTimeoutMs: number;
  readonly assigned: (partitions: readonly number[]) => void;
  readonly logger: LineLogger | undefined;
  readonly onLeave: () => void;
}

/** @throws HeadraceError `LOG_UNAVAILABLE` */
export async function joinGroup(kafka: kafkajs.Kafka, options: JoinOptions): Promise<Membership> {
  const { group, topic, sessionTimeoutMs, assigned, logger, onLeave } = options;
  let mine: readonly number[] = [];
  let member = true;
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: REBALANCE_MAX_MS,
    heartbeatInterval: HEARTBEAT_MS,
    // It beats between its fetches, which find nothing.
    maxWaitTimeInMs: HEARTBEAT_MS,
    allowAutoTopicCreation: false,
    partitionAssigners: [stickyAssigner(topic, () => mine)],
    retry: {
      retries: RETRIES_MAX,
      initialRetryTime: RETRY_FIRST_WAIT_MS,
      maxRetryTime: RETRY_WAIT_MAX_MS,
      restartOnFailure: async () => member,
    },
  });
  const give = (partitions: readonly number[]) => {
    mine = partitions;
    if (member) assigned(partitions);
  };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    give([...(payload.memberAssignment[topic] ?? [])].sort((a, b) => a - b));
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    logger?.warn(
      { group, restart: payload.restart, error: payload.error.message },
      'membership of a consumer group was lost',
    );
    if (!payload.restart) give([]);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachMessage: async () => {} });
  } catch (error) {
    member = false;
    await consumer.disconnect().catch(() => undefined);
    throw unavailable(`joining group ${group}`, error);
  }
  return {
    async leave() {
      if (!member) return;
      member = false;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((done) => {
        timer = setTimeout(done, LEAVE_MAX_MS);
      });
      await Promise.race([consumer.disconnect().catch(() => undefined), late]);
      clearTimeout(timer);
      onLeave();
    },
  };
}

/** @param owned what this member has now */
function stickyAssigner(topic: string, owned: () => readonly number[]): kafkajs.PartitionAssigner {
  return ({ cluster }) => ({
    name: 'headrace-sticky',
    version: 1,
    async assign({ members }) {
      const candidates = members.map(({ memberId, memberMetadata }): Candidate => {
        const userData = MemberMetadata.decode(memberMetadata)?.userData ?? Buffer.alloc(0);
        return { id: memberId, owned: decodeNumbers(userData) };
      });
      const dealt = balance(candidates, cluster.findTopicPartitionMetadata(topic).length);
      return [...dealt].map(([memberId, partitions]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: this.version,
          assignment: { [topic]: [...partitions] },
          userData: Buffer.alloc(0),
        }),
      }));
    },
    protocol({ topics }) {
      const userData = encodeNumbers(owned());
      return { name: this.name, metadata: MemberMetadata.encode({ version: this.version, topics, userData }) };
    },
  });
}

function encodeNumbers(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [i, number] of numbers.entries()) bytes.writeInt32BE(number, i * 4);
  return bytes;
}

const decodeNumbers = (bytes: Buffer): number[] =>
  Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readInt32BE(i * 4));
