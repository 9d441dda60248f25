/**
 * The rules that the simulation must miss, each switched off by a patch of the source text.
 * Invariant: every `find` is in its file exactly once (a quick test checks it), so that a patch never silently does nothing.
 */
export interface Patch {
  /** In the project. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutation {
  readonly name: string;
  /** What is switched off. */
  readonly rule: string;
  readonly patches: readonly Patch[];
}

const patch = (file: string, find: string, replace: string): Patch => ({ file, find, replace });
/** Whoever opens the role again is a producer of another id, so that nobody is fenced. */
const unfenced = (file: string): Patch =>
  patch(file, 'await log.transactional(role);', 'await log.transactional(role + clock.now());');

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'checkpoint-fence',
    rule: 'the fence of the checkpoint',
    patches: [unfenced('src/feature/compute.ts')],
  },
  {
    name: 'outputs-before-checkpoint',
    rule: 'outputs before checkpoint',
    patches: [
      patch(
        'src/feature/compute.ts',
        '      await this.#apply(records);\n      await this.#send();',
        '      await this.#apply(records);',
      ),
      patch(
        'src/feature/compute.ts',
        "    assert(this.#unsent.length === 0 && this.#acknowledged === this.#nextOffset, 'outputs before checkpoint');\n",
        '',
      ),
    ],
  },
  {
    name: 'drop-in-compute',
    rule: 'dropping by position, in compute',
    patches: [patch('src/feature/compute.ts', '      if (row.offset < applied[row.source]!) continue;\n', '')],
  },
  {
    name: 'drop-in-route',
    rule: 'dropping by position, in route',
    patches: [patch('src/feature/merge.ts', 'if (row.offset >= this.#considered) this.#queue', 'this.#queue')],
  },
  {
    name: 'drop-in-serve',
    rule: 'dropping by position, in serve',
    patches: [patch('src/inference/join.ts', 'if (row.offset >= this.#considered) this.#rows', 'this.#rows')],
  },
  {
    name: 'gap-in-compute',
    rule: 'gap detection, in compute',
    patches: [patch('src/feature/compute.ts', '      gap === null,\n', '      true,\n')],
  },
  {
    name: 'gap-in-route',
    rule: 'gap detection, in route',
    patches: [patch('src/feature/merge.ts', '      frame.before <= this.#considered,\n', '      true,\n')],
  },
  {
    name: 'low-water',
    rule: 'low-water offsets in `served`',
    patches: [patch('src/inference/serve.ts', 'offset: side.low }', 'offset: side.next }')],
  },
  {
    name: 'bounded-lead',
    rule: 'the bounded lead',
    patches: [patch('src/feature/route.ts', 'if (this.#lead.rows >= this.#options.leadRowsMax) {', 'if (false) {')],
  },
  {
    name: 'aborted-records',
    rule: 'the filter of aborted records',
    patches: [
      patch('src/log/memory/partition.ts', '      if (entry.producer === producer) entry.hidden = true;\n', ''),
    ],
  },
  {
    name: 'serve-fence',
    rule: 'the fence of the serving role',
    patches: [unfenced('src/inference/serve.ts')],
  },
  {
    name: 'snapshot-fence',
    rule: 'the fence of a view’s snapshots',
    patches: [patch('src/training/snapshot.ts', 'await log.transactional(', 'await log.transactional(clock.now() + ')],
  },
  {
    name: 'lead-outlives-task',
    rule: 'the lead’s outliving its route task',
    patches: [
      patch(
        'src/feature/route.ts',
        '    this.#lead = await this.#leadLeft(reader);\n',
        '    this.#lead = new Lead(group.inboxPartitions);\n',
      ),
    ],
  },
  {
    name: 'hint-again',
    rule: 'saying again how far compute has acknowledged',
    patches: [
      patch(
        'src/feature/compute.ts',
        'const HINT_AGAIN_MS = 2_000;',
        'const HINT_AGAIN_MS = Number.POSITIVE_INFINITY;',
      ),
    ],
  },
  {
    name: 'resume-at-least',
    rule: 'route’s resuming at the least of its inbox partitions',
    patches: [patch('src/feature/frontier.ts', 'entry.offset < other.offset', 'entry.offset > other.offset')],
  },
  {
    name: 'changelog-first',
    rule: 'the changelog before the local store',
    patches: [
      patch(
        'src/runtime/changelog.ts',
        '    const appended = await inTransaction(producer, outgoing);',
        '    await store.write([...records]);\n    const appended = await inTransaction(producer, outgoing);',
      ),
    ],
  },
  {
    name: 'deadline-live',
    rule: 'that a deadline is for live rows only',
    patches: [patch('src/inference/serve.ts', 'now - appendedAt <= deadlineMs ?', 'true ?')],
  },
  {
    name: 'deadline-due',
    rule: 'waiting for a view’s deadline',
    patches: [
      patch(
        'src/inference/serve.ts',
        'Math.min(appendedAt, now) + deadlineMs : null',
        'Math.min(appendedAt, now) : null',
      ),
    ],
  },
  {
    name: 'missing-in-prediction',
    rule: 'naming missing groups in the prediction',
    patches: [patch('src/inference/serve.ts', '      missing,\n    };', '      missing: [],\n    };')],
  },
  {
    name: 'train-fence',
    rule: 'the fence of training',
    patches: [
      patch(
        'src/training/train.ts',
        'await log.transactional(',
        'await log.transactional(this.#options.clock.now() + ',
      ),
    ],
  },
  {
    name: 'train-answered',
    rule: 'leaving out retrain messages that are answered',
    patches: [
      patch(
        'src/training/train.ts',
        '    this.#jobs = this.#jobs.filter((job) => !isAnswered(this.#options.follower.of(job.model.name), job.request));\n',
        '',
      ),
    ],
  },
];
