/**
 * One group over the files: its merge, and the cores of inbox partitions.
 * Goal: the bits of `route` and `compute`. Method: their own code; only some of the inbox partitions where the group is shared out
 * among threads. Invariant: a partition's rows and answers do not depend on which others are run beside it.
 */
import { compileGroup, Entity } from '../../aggregate/index.js';
import type { AdmittedFrame, AdmittedRow } from '../../contract/frames.js';
import { ComputeCore } from '../../feature/compute-core.js';
import { type GroupInput, groupInputs, inboxRow } from '../../feature/inbox-rows.js';
import { Merge, Source, START } from '../../feature/merge.js';
import type { GroupDefinition, TopologyDefinition } from '../../topology/definition.js';
import type { Answer } from './answers.js';

interface Partition {
  readonly core: ComputeCore;
  readonly entities: Map<string, Entity>;
}

const FOR_EVER = { rowsMax: Number.POSITIVE_INFINITY, holdMs: Number.POSITIVE_INFINITY };

export class GroupRun {
  readonly inputs: readonly GroupInput[];
  readonly #group: GroupDefinition;
  readonly #plan;
  readonly #merge: Merge;
  readonly #scored: string;
  /** By inbox partition; null where another share has it. */
  readonly #partitions: readonly (Partition | null)[];
  #answers: Answer[] = [];
  #answered = 0;

  /**
   * @param scored topic of the view's scored event
   * @param partitions the inbox partitions to run
   */
  constructor(definition: TopologyDefinition, group: GroupDefinition, scored: string, partitions: readonly number[]) {
    this.#group = group;
    this.#scored = scored;
    this.inputs = groupInputs(definition, group);
    const plan = compileGroup(definition, group);
    this.#plan = plan;
    this.#partitions = Array.from({ length: group.inboxPartitions }, (_, partition) =>
      partitions.includes(partition) ? { core: new ComputeCore(plan), entities: new Map() } : null,
    );
    this.#merge = new Merge(
      this.inputs.map(
        ({ event, scored: s }) => new Source({ topic: event.topic, partition: 0, scored: s, marks: true }, START),
      ),
    );
  }

  /** Rows of the scored event so far: every answer below that offset is there, but for other shares' partitions. */
  get answered(): number {
    return this.#answered;
  }

  /** Takes a file's next frame, if the group reads that event, and applies the rows that are certain by now. */
  apply(topic: string, frame: AdmittedFrame): void {
    const index = this.inputs.findIndex((input) => input.event.topic === topic);
    if (index < 0) return;
    const source = this.#merge.sources[index]!;
    source.push(source.admittedOffset, frame);
    this.#merge.take(0, FOR_EVER, this.#apply);
  }

  /** The answers below an offset, by rising offset; each is given once. */
  take(below: number): Answer[] {
    let count = 0;
    while (count < this.#answers.length && this.#answers[count]!.offset < below) count++;
    const taken = this.#answers.slice(0, count);
    this.#answers = this.#answers.slice(count);
    return taken;
  }

  readonly #apply = (row: AdmittedRow, source: number): void => {
    const input = this.inputs[source]!;
    if (input.event.topic === this.#scored) this.#answered = row.offset + 1;
    const routed = inboxRow(input, row, source, this.#group.inboxPartitions);
    if (routed === null) return;
    const partition = this.#partitions[routed.partition]!;
    if (partition === null) return;
    const { key } = routed.row;
    const entity = key === null ? null : this.#entity(partition, key);
    const answer = partition.core.apply(routed.row, input.event.topic, 0, entity);
    if (answer?.topic === this.#scored) this.#answers.push(answer.row);
  };

  #entity({ entities }: Partition, key: string): Entity {
    let entity = entities.get(key);
    if (entity === undefined) {
      entity = new Entity(this.#plan);
      entities.set(key, entity);
    }
    return entity;
  }
}
