/**
 * One run from one seed: a world, its workers, what happens in it, what strikes it, and whether everything holds.
 * Method: the seed's workload is run undisturbed first (once a process and workload), then with the seed's faults; the two must
 * agree. Faults end after `FAULTS_MS`; what is not done some time later will never be, and that is a fault of the product.
 */
import { Codec } from '../../src/codec/avro.js';
import { factWriter } from '../../src/contract/facts.js';
import { ownTopics, retrainTopic } from '../../src/contract/topics.js';
import { verify } from '../../src/replay/verify.js';
import { readSettings, type Settings } from '../../src/runtime/settings.js';
import { checkServed, checkSnapshots, compare, type Seen, see } from './check.js';
import { checkDue, compareDecided } from './check-decided.js';
import { checkTraining } from './check-training.js';
import { Cluster } from './cluster.js';
import { checkDisk } from './disk-check.js';
import { CALM, drawProfile, type Fault, type Profile } from './faults.js';
import { LeadWatch } from './lead-watch.js';
import { Nemesis } from './nemesis.js';
import { type Outcome, RowBytes, readOutcome } from './outcome.js';
import { Progress } from './progress.js';
import { Random } from './random.js';
import { TooLong } from './scheduler.js';
import { definition, RAW_PARTITIONS } from './topology.js';
import { promote } from './versions.js';
import { makeWorkload, type Workload } from './workload.js';
import { newRegistry, World } from './world.js';

/** Seeds of the same remainder share a workload, and its undisturbed run. */
export const WORKLOADS = 16;
const LEAD_ROWS_MAX = 24;
/** Rows that one step of `route` emits before it looks at the lead again. */
const STEP_ROWS = 64;
const RUN_MAX_MS = 150_000;
const STEPS_MAX = 400_000;
const POLL_MS = 100;
/** A commit that is decided is seen by then. */
const SEEN_MS = 20;
const PROMOTE_AT_MS = 4_000;
const MEMORY_BYTES = 64 * 1024;
/** Share of runs without marks, and how long their routes wait for a partition that is ahead. */
const LIVE = 0.2;
const LIVE_HOLD_MS = 500;
const LOSS_UNTIL_MS = 7_000;
/** Share of runs whose view has a deadline: shorter or longer than groups take where producers lag. */
const DEADLINE = 0.25;
const DEADLINES_MS = [200, 700, 2_500];
/** When a new model is asked for while everything goes on; once more at the end. */
const RETRAIN_FROM_MS = 4_200;
const RETRAIN_WITHIN_MS = 5_000;

const settings: Settings = {
  ...readSettings({}),
  holdMs: Number.POSITIVE_INFINITY,
  leadRowsMax: LEAD_ROWS_MAX,
  batchRowsMax: 8,
  frameBytesMax: 700,
  checkpointMs: 200,
  markMs: 150,
  snapshotMs: 1_500,
};

export interface Report {
  readonly seed: number;
  /** What does not hold; empty where all does. */
  readonly wrong: readonly string[];
  /** The hash of everything that was seen from outside: equal seeds give equal ones. */
  readonly digest: string;
  readonly steps: number;
  readonly virtualMs: number;
  readonly struck: ReadonlyMap<string, number>;
  readonly vectors: number;
  /** Of them, those that a deadline decided; and versions that were trained and promoted. */
  readonly decided: number;
  readonly promoted: number;
  readonly leadRows: number;
  /** A run that lost acknowledged records, and was stopped by name. */
  readonly stopped: string | null;
  readonly tail: readonly string[];
}

export interface SimulateOptions {
  readonly faults?: readonly Fault[];
  /** Told each line of the trace. */
  readonly say?: (line: string) => void;
}

interface Undisturbed {
  readonly seen: Seen;
  readonly wrong: readonly string[];
}
const undisturbed = new Map<number, Promise<Undisturbed>>();

export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Report> {
  const number = seed % WORKLOADS;
  if (!undisturbed.has(number)) undisturbed.set(number, runUndisturbed(number));
  const expected = await undisturbed.get(number)!;
  const profile = drawProfile(new Random(seed, 'profile'), options.faults);
  const run = new Run(seed, number, profile, options.say ?? null);
  const { outcome, stopped } = await run.go();
  const { world } = run;
  const note = (problem: string) => world.note(problem);
  for (const problem of expected.wrong) note(`undisturbed: ${problem}`);
  if (outcome !== null) {
    const bytes = await RowBytes.open(new Codec(world.registry));
    // A log that lost records has gaps: whether they were noticed is asked, not whether they are there.
    const seen = see(outcome, bytes, (problem) => {
      if (run.lost && problem.startsWith('contiguity')) return;
      if (run.live && problem.startsWith('knowledge')) return;
      note(problem);
    });
    const { live, deadlineMs } = run;
    compare(seen, expected.seen, { whole: stopped === null, live, decided: deadlineMs !== null }, note);
    compareDecided(seen, expected.seen, live, bytes, note);
    if (deadlineMs !== null && !profile.on.has('skew')) checkDue(world, outcome, deadlineMs, note);
    if ((live || deadlineMs !== null) && stopped === null) await verifyRun(world, note);
    checkServed(world, outcome, !profile.on.has('artifact'), note);
    await checkTraining(world, outcome, stopped === null, note);
    if (stopped === null) checkSnapshots(world, outcome, note);
  }
  return run.report(outcome, stopped);
}

async function runUndisturbed(number: number): Promise<Undisturbed> {
  const run = new Run(number, number, null, null);
  const { outcome } = await run.go();
  const { world } = run;
  if (outcome === null) throw new Error(`the undisturbed run ${number} did not end: ${world.wrong.join('; ')}`);
  const note = (problem: string) => world.note(problem);
  const seen = see(outcome, await RowBytes.open(new Codec(world.registry)), note);
  checkServed(world, outcome, true, note);
  checkSnapshots(world, outcome, note);
  await checkTraining(world, outcome, true, note);
  return { seen, wrong: world.wrong };
}

/** Of a run whose order is its own: whether what was served is what its recorded order gives. */
async function verifyRun(world: World, note: (problem: string) => void): Promise<void> {
  const { definition, log, registry } = world;
  const report = await verify({ definition, view: definition.views[0]!, log, codec: new Codec(registry) });
  for (const { partition, offset, field } of report.differences)
    note(`vector ${partition}/${offset} differs in ${field} from what its inbox gives`);
}

class Run {
  readonly world: World;
  readonly live: boolean;
  readonly deadlineMs: number | null;
  readonly #number: number;
  readonly #profile: Profile | null;
  readonly #random: Random;
  readonly #seed: number;
  readonly #lead: LeadWatch;
  readonly #cluster: Cluster;
  #workload!: Workload;
  /** From when on the next produce of rows is acknowledged and lost; Infinity: none is. */
  #losesFromMs = Number.POSITIVE_INFINITY;
  #losesOf = '';
  lost = false;
  #startMs = 0;
  #requests = 0;
  #progress: Progress | null = null;

  constructor(seed: number, number: number, profile: Profile | null, say: ((line: string) => void) | null) {
    this.#seed = seed;
    this.#number = number;
    this.#profile = profile;
    this.#random = new Random(seed, 'nemesis');
    this.live = profile !== null && new Random(seed, 'kind').chance(LIVE);
    const deadline = new Random(seed, 'deadline');
    this.deadlineMs = profile !== null && deadline.chance(DEADLINE) ? deadline.pick(DEADLINES_MS) : null;
    const { live, deadlineMs } = this;
    this.world = new World(seed, newRegistry(), { profile, live, deadlineMs, say });
    this.#lead = new LeadWatch(this.world, LEAD_ROWS_MAX + STEP_ROWS);
    this.#cluster = new Cluster({
      world: this.world,
      settings: this.live ? { ...settings, holdMs: LIVE_HOLD_MS } : settings,
      memoryBytes: MEMORY_BYTES,
      skews: profile?.on.has('skew') ?? false,
      disks: profile?.on.has('disk') ?? false,
      appended: (records, at) => this.#lead.appended(records, at),
      acknowledged: (topic, offsets) => this.#lead.acknowledged(topic, offsets),
      loses: (records) => this.#loses(records.map(({ topic }) => topic)),
    });
  }

  async go(): Promise<{ outcome: Outcome | null; stopped: string | null }> {
    const { world } = this;
    this.#workload = await makeWorkload(this.#number, world.registry);
    await this.#lead.open();
    let stopped: string | null = null;
    try {
      stopped = await world.scheduler.run(() => this.#drive(), { maxMs: RUN_MAX_MS, stepsMax: STEPS_MAX });
    } catch (cause) {
      if (!(cause instanceof TooLong)) throw cause;
      world.note(`the run does not end: ${cause.message}; ${await this.#whatLacks()}`);
    }
    world.artifacts.truncated.clear();
    return { outcome: await readOutcome(world), stopped };
  }

  async #whatLacks(): Promise<string> {
    const waits = this.#cluster.running.flatMap(({ worker }) =>
      worker!
        .status()
        .filter(({ numbers, state }) => numbers.waits_for || state !== 'running')
        .map(
          ({ task, state, numbers, because }) => `${task} ${state} ${numbers.waits_for ?? ''} ${because?.code ?? ''}`,
        ),
    );
    const lacking = await this.#progress?.lacks(this.#workload.scored, this.#requests);
    return `it lacks ${lacking ?? 'everything'}; ${waits.join('; ') || 'nobody waits'}`;
  }

  /** @returns by what name the run was stopped, or null where it came to its end */
  async #drive(): Promise<string | null> {
    const { world } = this;
    const { scheduler, broker } = world;
    this.#startMs = scheduler.now;
    for (const [topic, partitions] of Object.entries(RAW_PARTITIONS)) broker.create({ topic, partitions, config: {} });
    for (const topic of ownTopics(definition, RAW_PARTITIONS)) broker.create(topic);
    await promote(world, 1, false);
    this.#produce();
    const profile = this.#profile;
    const random = this.#random;
    scheduler.after(
      PROMOTE_AT_MS,
      () => void promote(world, 2, (profile?.on.has('artifact') ?? false) && random.chance(0.3)),
    );
    scheduler.after(RETRAIN_FROM_MS + random.below(RETRAIN_WITHIN_MS), () => void this.#askForModel());
    for (let nodes = profile === null ? 1 : random.between(1, 3); nodes > 0; nodes--) this.#cluster.add();
    if (profile !== null) {
      this.#losesOf = random.pick(['.admitted.', '.inbox.']);
      if (profile.on.has('loss')) this.#losesFromMs = scheduler.now + random.below(LOSS_UNTIL_MS);
      new Nemesis(world, this.#cluster, profile, random).begin();
    }
    const progress = await Progress.open(world);
    this.#progress = progress;
    const producedMs = Math.max(...this.#workload.appends.map(({ at, openMs }) => at + openMs));
    const isProduced = () => scheduler.now - this.#startMs > producedMs;
    while (!isProduced() || progress.vectors() < this.#workload.scored || !progress.isRouted()) {
      await scheduler.sleep(POLL_MS);
      const stopped = this.#stopped();
      if (stopped !== null) return stopped;
    }
    return this.#finish(progress);
  }

  /** Stuck tasks are a fault of the product, unless records were lost: then being stopped by name is all that can be asked. */
  #stopped(): string | null {
    const [first] = this.#cluster.stuck;
    if (first === undefined) return null;
    const [task, why] = first;
    if (!this.lost || !/^INVARIANT_BROKEN.*no gap in/.test(why)) this.world.note(`${task} is stuck: ${why}`);
    return `${task}: ${why}`;
  }

  async #askForModel(): Promise<void> {
    const { world } = this;
    const topic = retrainTopic(definition.name, definition.models[0]!.name);
    const writer = await factWriter(new Codec(world.registry), topic);
    world.broker.append([{ topic, partition: 0, value: writer.encode('retrain', 0, {}) }], null);
    this.#requests++;
    world.trace('all', 'asks for a model');
  }

  /** Asks for a model of everything, waits for it, and stops all workers. */
  async #finish(progress: Progress): Promise<string | null> {
    const { world } = this;
    await this.#askForModel();
    while ((await progress.answered()) < this.#requests) {
      await world.scheduler.sleep(POLL_MS);
      const stopped = this.#stopped();
      if (stopped !== null) return stopped;
    }
    for (const node of this.#cluster.nodes) {
      const { worker, disk } = node;
      const ran = await this.#cluster.stop(node);
      const calm = world.rates === CALM && !world.away;
      await world.scheduler.sleep(SEEN_MS);
      if (worker !== null && ran !== null && calm) await checkDisk(world, disk, ran, (problem) => world.note(problem));
    }
    return this.#stopped();
  }

  #produce(): void {
    const { scheduler, broker } = this.world;
    let open = 0;
    for (const { at, records, aborted, openMs } of this.#workload.appends) {
      scheduler.after(at, () => {
        if (!aborted) broker.append(records, null);
        else {
          const incarnation = broker.incarnate(`foreign ${open++}`);
          broker.append(records, incarnation);
          scheduler.after(openMs, () => broker.finish(incarnation, false));
        }
      });
    }
  }

  #loses(topics: readonly string[]): boolean {
    const { scheduler } = this.world;
    const own = topics.every((topic) => topic.includes(this.#losesOf));
    const losesNow = own && scheduler.now >= this.#losesFromMs && scheduler.now - this.#startMs < LOSS_UNTIL_MS;
    if (!losesNow) return false;
    this.#losesFromMs = Number.POSITIVE_INFINITY;
    this.lost = true;
    return true;
  }

  report(outcome: Outcome | null, stopped: string | null): Report {
    const { world } = this;
    const rows = outcome?.vectors.flatMap((frames) => frames.flatMap(({ value }) => value.rows)) ?? [];
    const promotions = outcome?.models.filter(({ kind, body }) => kind === 'promoted' && body.who === 'train');
    return {
      seed: this.#seed,
      wrong: world.wrong,
      digest: world.digest(),
      steps: world.scheduler.steps,
      virtualMs: world.scheduler.now - this.#startMs,
      struck: world.struck,
      vectors: rows.length,
      decided: rows.filter(({ missing }) => missing.length > 0).length,
      promoted: promotions?.length ?? 0,
      leadRows: this.#lead.greatest,
      stopped,
      tail: world.tail,
    };
  }
}
