/**
 * Warns of events that came too late to count.
 * Goal: missing features have a reason that somebody is told, also where all of them are missing. Method: look at the counts of the
 * compute tasks often (one that moves to another worker takes its counts with it); a task warns soon after its counts first grow, then
 * at most once in LATE_AGAIN_MS, with what came in between.
 */
import { computeTasks } from '../contract/topics.js';
import type { Clock, Logger } from '../runtime/ports.js';
import type { TaskStatus } from '../runtime/task.js';
import { isAggregate, type TopologyDefinition } from '../topology/definition.js';
import { durationText } from '../topology/duration.js';

/** How often the counts are to be looked at. */
export const LATE_LOOK_MS = 500;
/** Late events come many at a time: the first warning waits for more of them. */
const LATE_FIRST_MS = 5_000;
const LATE_AGAIN_MS = 10 * 60_000;

interface Counts {
  /** As the task told them last. */
  scored: number;
  beyond: number;
  /** Since the last warning. */
  newScored: number;
  newBeyond: number;
  /** Since when there is something to say; null: there is nothing. */
  newSinceMs: number | null;
  saidAtMs: number | null;
}

const NOTHING: Counts = { scored: 0, beyond: 0, newScored: 0, newBeyond: 0, newSinceMs: null, saidAtMs: null };

export interface LateWatchOptions {
  readonly definition: Pick<TopologyDefinition, 'groups'>;
  readonly status: () => readonly TaskStatus[];
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

export class LateWatch {
  readonly #options: LateWatchOptions;
  readonly #counts = new Map<string, Counts>();

  constructor(options: LateWatchOptions) {
    this.#options = options;
  }

  /** @param end the last look: what was not said yet is said */
  look(end = false): void {
    const { status, clock } = this.#options;
    const now = clock.now();
    const here = new Set<string>();
    for (const { task, numbers } of status()) {
      const { late_scored: scored, late_beyond_horizon: beyond } = numbers;
      if (typeof scored !== 'number' || typeof beyond !== 'number') continue;
      here.add(task);
      const counts = this.#counts.get(task) ?? { ...NOTHING };
      this.#counts.set(task, counts);
      // A task that was opened again counts from 0.
      counts.newScored += scored >= counts.scored ? scored - counts.scored : scored;
      counts.newBeyond += beyond >= counts.beyond ? beyond - counts.beyond : beyond;
      counts.scored = scored;
      counts.beyond = beyond;
      if (counts.newScored + counts.newBeyond > 0) counts.newSinceMs ??= now;
    }
    for (const [task, counts] of this.#counts) {
      if (!here.has(task)) counts.scored = counts.beyond = 0;
      if (counts.newSinceMs === null) continue;
      const [since, waitMs] =
        counts.saidAtMs === null ? [counts.newSinceMs, LATE_FIRST_MS] : [counts.saidAtMs, LATE_AGAIN_MS];
      if (end || !here.has(task) || now - since >= waitMs) this.#say(task, counts);
    }
  }

  #say(task: string, counts: Counts): void {
    const { definition, clock, logger } = this.#options;
    const group = definition.groups.find((one) => task.startsWith(`${computeTasks(one)}/`));
    const lateness = group === undefined ? 'its lateness' : `the lateness of ${durationText(group.latenessMs)}`;
    const { newScored, newBeyond } = counts;
    const allTime = group?.features.some((feature) => isAggregate(feature) && feature.windowMs === null) ?? false;
    const counting = allTime ? 'only features over all time count' : 'no feature counts';
    const what = [
      ...(newScored > 0 ? [`${newScored} scored events came later than ${lateness}: their features are missing`] : []),
      ...(newBeyond > 0 ? [`${newBeyond} events came later than every window: ${counting} them`] : []),
    ];
    logger.warn(
      { task, late_scored: newScored, late_beyond_horizon: newBeyond },
      `${what.join('; ')}. For recorded events let knownAt name a field of the event; for a stream that comes late give group ${group?.name ?? 'of the task'} a larger lateness`,
    );
    counts.newScored = 0;
    counts.newBeyond = 0;
    counts.newSinceMs = null;
    counts.saidAtMs = clock.now();
  }
}
