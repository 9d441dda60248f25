/** A consumer group of the memory log: committed offsets, and members among which the partitions of their topic are spread. */
import { balance } from '../balance.js';
import { topicUnknown } from '../errors.js';
import type { JoinOptions, TopicInfo } from '../log.js';

interface Member {
  readonly id: string;
  readonly assigned: (partitions: readonly number[]) => void;
  readonly address: string | null;
  readonly warm: () => readonly number[];
  owned: readonly number[];
}

export class MemoryGroup {
  readonly #describe: (topic: string) => TopicInfo | null;
  readonly #offsets = new Map<string, Map<number, number>>();
  readonly #members = new Map<string, Member[]>();
  #joined = 0;

  constructor(describe: (topic: string) => TopicInfo | null) {
    this.#describe = describe;
  }

  get members(): number {
    return [...this.#members.values()].reduce((sum, members) => sum + members.length, 0);
  }

  committed(topic: string): ReadonlyMap<number, number> {
    return new Map(this.#offsets.get(topic));
  }

  commit(topic: string, offsets: ReadonlyMap<number, number>): void {
    let of = this.#offsets.get(topic);
    if (of === undefined) {
      of = new Map();
      this.#offsets.set(topic, of);
    }
    for (const [partition, offset] of offsets) of.set(partition, offset);
  }

  forget(topic: string): void {
    this.#offsets.delete(topic);
  }

  /** @returns how to leave. Error: `TOPIC_UNKNOWN` */
  join(
    topic: string,
    assigned: (partitions: readonly number[]) => void,
    { address, warm = () => [], replaces, named }: JoinOptions = {},
  ): () => void {
    if (this.#describe(topic) === null) throw topicUnknown(topic);
    const member: Member = {
      id: String(this.#joined++).padStart(6, '0'),
      assigned,
      address: address ?? null,
      warm,
      owned: [],
    };
    named?.(member.id);
    const others = (this.#members.get(topic) ?? []).filter(({ id }) => id !== replaces);
    this.#members.set(topic, [...others, member]);
    this.#rebalance(topic);
    return () => {
      const rest = (this.#members.get(topic) ?? []).filter((other) => other !== member);
      this.#members.set(topic, rest);
      this.#rebalance(topic);
    };
  }

  whoHas(topic: string): ReadonlyMap<number, string> {
    const found = new Map<number, string>();
    for (const { address, owned } of this.#members.get(topic) ?? []) {
      if (address !== null) for (const partition of owned) found.set(partition, address);
    }
    return found;
  }

  #rebalance(topic: string): void {
    const members = this.#members.get(topic) ?? [];
    const candidates = members.map(({ id, owned, warm }) => ({ id, owned, warm: warm() }));
    const dealt = balance(candidates, this.#describe(topic)?.partitions ?? 0);
    for (const member of members) member.owned = dealt.get(member.id)!;
    for (const member of [...members]) member.assigned(member.owned);
  }
}
