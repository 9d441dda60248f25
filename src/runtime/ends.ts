/**
 * Where partitions end, asked for all tasks of a worker together every some seconds.
 * Goal: the lag of a task that does not read (it waits, or writes for long) grows with what comes, as it is. Method: those who read a
 * partition watch its end; one request a broker asks for all of them.
 */
import type { Log, Partition } from '../log/log.js';

export const ENDS_LOOK_MS = 2_000;

export interface End {
  /** As it was asked last; 0 before. */
  readonly lastStable: number;
  close(): void;
}

export class Ends {
  readonly #log: Pick<Log, 'offsets'>;
  readonly #watched = new Map<string, { readonly at: Partition; watchers: number; lastStable: number }>();
  #looking = false;

  constructor(log: Pick<Log, 'offsets'>) {
    this.#log = log;
  }

  watch({ topic, partition }: Partition): End {
    const key = `${topic}/${partition}`;
    const one = this.#watched.get(key) ?? { at: { topic, partition }, watchers: 0, lastStable: 0 };
    this.#watched.set(key, one);
    one.watchers++;
    let isOpen = true;
    return {
      get lastStable() {
        return one.lastStable;
      },
      close: () => {
        if (isOpen && --one.watchers === 0) this.#watched.delete(key);
        isOpen = false;
      },
    };
  }

  /** Does nothing while an earlier look is under way. Errors: those of the log */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const all = [...this.#watched.values()];
      const ends = await this.#log.offsets(all.map(({ at }) => at));
      for (const [i, { lastStable }] of ends.entries()) all[i]!.lastStable = lastStable;
    } finally {
      this.#looking = false;
    }
  }
}
