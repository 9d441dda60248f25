/**
 * Membership of a consumer group over a topic that nobody writes: Kafka's group protocol, and nothing else of a consumer.
 * (kafkajs's consumer fetches as well, and takes long, or fails, to come back when the brokers were away.)
 * Goal: a member keeps its partitions where it may, and comes back by itself. Method: join, sync, beat; whatever the answer, the
 * next step follows from its code. The leader deals by `balance` from what each member says that it has, as owner or as a copy; how a
 * member is reached stands beside that (`user-data.ts`), for whoever asks the coordinator.
 * Invariants: a member whose group rebalances, or who cannot reach its coordinator, keeps what it has (fencing decides who may
 * write, not the group); after `leave`, no more calls.
 */
import kafkajs from 'kafkajs';
import { balance, type Candidate } from '../balance.js';
import { topicUnknown } from '../errors.js';
import type { JoinOptions as LogJoinOptions, Membership } from '../log.js';
import { within } from '../within.js';
import { type Brokers, GROUP } from './brokers.js';
import type { LineLogger } from './client.js';
import { CODE, codeName, isCoordinatorMoved } from './codes.js';
import { failureOf, isNamed, RETRY_MAX_MS, Transient } from './retry.js';
import { decodeUserData, encodeUserData } from './user-data.js';
import type { KafkaBroker } from './wire.js';

const BEAT_MS = 500;
/** How long the coordinator waits for members to join again. */
const REBALANCE_MAX_MS = 10_000;
const RETRY_FIRST_WAIT_MS = 100;
const RETRY_WAIT_MAX_MS = 1_000;
/** Leaving is a courtesy: after this the session's time-out does it. */
const LEAVE_MAX_MS = 1_500;
const PROTOCOL = 'headrace-sticky';
const VERSION = 1;
const NOTHING = Buffer.alloc(0);

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

export interface JoinOptions extends Pick<LogJoinOptions, 'warm' | 'replaces' | 'named'> {
  readonly group: string;
  readonly topic: string;
  readonly sessionTimeoutMs: number;
  readonly assigned: (partitions: readonly number[]) => void;
  readonly address: string | null;
  readonly logger: LineLogger | undefined;
}

/**
 * Resolves with the first assignment.
 * @param own for this member alone: joining blocks its connection
 * @param shared for the request to leave
 */
export async function joinGroup(own: Brokers, shared: Brokers, options: JoinOptions): Promise<GroupMember> {
  const member = new GroupMember(own, shared, options);
  await member.start();
  return member;
}

export class GroupMember implements Membership {
  readonly #own: Brokers;
  readonly #shared: Brokers;
  readonly #options: JoinOptions;
  #id = '';
  /** The id that was told last. */
  #named = '';
  #generation = -1;
  #mine: readonly number[] = [];
  #left = false;
  #interrupt: (() => void) | null = null;

  constructor(own: Brokers, shared: Brokers, options: JoinOptions) {
    this.#own = own;
    this.#shared = shared;
    this.#options = options;
  }

  start(): Promise<void> {
    return new Promise((joined, failed) => void this.#run(joined, failed));
  }

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#interrupt?.();
    if (this.#id !== '') await this.#putOut(this.#id);
    // A join that still waits for its answer ends with the connection.
    void this.#own.close();
  }

  /** Bounded, and what fails is left to the session's time-out. */
  async #putOut(memberId: string): Promise<void> {
    const { group } = this.#options;
    const leaving = this.#shared.askCoordinator(GROUP, group, (broker) =>
      broker.leaveGroup({ groupId: group, memberId }),
    );
    await within<unknown>(
      LEAVE_MAX_MS,
      leaving.catch(() => undefined),
      () => undefined,
    );
  }

  async #run(joined: () => void, failed: (error: Error) => void): Promise<void> {
    const { replaces } = this.#options;
    if (replaces !== undefined) await this.#putOut(replaces);
    const until = Date.now() + RETRY_MAX_MS;
    let everJoined = false;
    for (let waitMs = RETRY_FIRST_WAIT_MS; !this.#left; ) {
      try {
        await this.#join();
        everJoined = true;
        joined();
        waitMs = RETRY_FIRST_WAIT_MS;
        await this.#beat();
      } catch (error) {
        if (this.#left) break;
        if (!everJoined && (!(error instanceof Transient) || Date.now() > until)) {
          this.#left = true;
          failed(error as Error);
          return;
        }
        if (isNamed(error)) {
          const { group } = this.#options;
          this.#options.logger?.error({ group, err: error }, 'membership of a consumer group is lost; joining again');
          this.#give([]);
        }
        await this.#pause(waitMs);
        waitMs = Math.min(waitMs * 2, RETRY_WAIT_MAX_MS);
      }
    }
    joined();
  }

  /** Into a generation of the group, with its assignment. */
  async #join(): Promise<void> {
    const { group, topic, sessionTimeoutMs, address, warm, named } = this.#options;
    const userData = encodeUserData({ owned: this.#mine, warm: warm?.() ?? [], address });
    const metadata = MemberMetadata.encode({ version: VERSION, topics: [topic], userData });
    const answer = await this.#ask((broker) =>
      broker.joinGroup({
        groupId: group,
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: REBALANCE_MAX_MS,
        memberId: this.#id,
        groupProtocols: [{ name: PROTOCOL, metadata }],
      }),
    );
    if (answer.errorCode === CODE.memberIdRequired) {
      this.#id = answer.memberId;
      return this.#left ? undefined : this.#join();
    }
    this.#check('joining', answer.errorCode);
    if (this.#named !== answer.memberId) named?.(answer.memberId);
    this.#named = answer.memberId;
    this.#id = answer.memberId;
    this.#generation = answer.generationId;
    const leads = answer.leaderId === answer.memberId;
    const groupAssignment = leads ? await this.#deal(answer.members) : [];
    const synced = await this.#ask((broker) =>
      broker.syncGroup({ groupId: group, generationId: this.#generation, memberId: this.#id, groupAssignment }),
    );
    this.#check('joining', synced.errorCode);
    const mine = MemberAssignment.decode(synced.memberAssignment)?.assignment[topic] ?? [];
    this.#give([...mine].sort((a, b) => a - b));
  }

  async #deal(members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]) {
    const { topic } = this.#options;
    const partitions = await this.#own.lookUp(topic);
    if (partitions === null) throw topicUnknown(topic);
    const candidates = members.map(({ memberId, memberMetadata }): Candidate => {
      const { owned, warm } = decodeUserData(MemberMetadata.decode(memberMetadata)?.userData ?? NOTHING);
      return { id: memberId, owned, warm };
    });
    return [...balance(candidates, partitions.length)].map(([memberId, dealt]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({
        version: VERSION,
        assignment: { [topic]: [...dealt] },
        userData: NOTHING,
      }),
    }));
  }

  /** Until the group wants to be joined anew. While the coordinator is away, it goes on asking. */
  async #beat(): Promise<void> {
    const { group } = this.#options;
    for (;;) {
      await this.#pause(BEAT_MS);
      if (this.#left) return;
      try {
        const { errorCode } = await this.#ask((broker) =>
          broker.heartbeat({ groupId: group, groupGenerationId: this.#generation, memberId: this.#id }),
        );
        if (errorCode === CODE.rebalanceInProgress) return;
        this.#check('staying in', errorCode);
      } catch (error) {
        if (!(error instanceof Transient)) throw error;
        if (this.#id === '' || this.#generation < 0) return;
      }
    }
  }

  /** What the next attempt must not repeat is forgotten. */
  #check(doing: string, code: number): void {
    if (code === CODE.none) return;
    const { group } = this.#options;
    if (isCoordinatorMoved(code)) this.#own.forgetCoordinator(GROUP, group);
    if (code === CODE.unknownMember) this.#id = '';
    if (code === CODE.unknownMember || code === CODE.illegalGeneration) {
      this.#generation = -1;
      throw new Transient(`${doing} group ${group}: ${codeName(code)}`);
    }
    throw failureOf(`${doing} group ${group}`, code, { group });
  }

  #ask<T>(request: (broker: KafkaBroker) => Promise<T>): Promise<T> {
    return this.#own.askCoordinator(GROUP, this.#options.group, request);
  }

  #give(partitions: readonly number[]): void {
    this.#mine = partitions;
    if (!this.#left) this.#options.assigned(partitions);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}
