/**
 * Where partitions end, asked for all tasks of a worker together every some seconds.
 * Goal: the lag of a task that does not read (it waits, or writes for long) grows with what comes, as it is. Method: those who read a
 * partition watch its end; one request a broker asks for all of them. Where a leader is away, each is asked apart, so that the lag
 * of the others goes on.
 */

import type { Log, Partition } from '../log/log.js';

export const ENDS_LOOK_MS = 2_000;

export interface End {
  /** As it was asked last; 0 before. */
  readonly lastStable: number;
  close(): void;
}

interface Watched {
  readonly at: Partition;
  watchers: number;
  lastStable: number;
  /** Asked apart, and not answered yet. */
  asked: boolean;
  /** Whether its leader, or that of another that was asked with it, did not answer. */
  away: boolean;
}

export class Ends {
  readonly #log: Pick<Log, 'offsets'>;
  readonly #watched = new Map<string, Watched>();
  #looking = false;

  constructor(log: Pick<Log, 'offsets'>) {
    this.#log = log;
  }

  watch({ topic, partition }: Partition): End {
    const key = `${topic}/${partition}`;
    const one = this.#watched.get(key) ?? {
      at: { topic, partition },
      watchers: 0,
      lastStable: 0,
      asked: false,
      away: false,
    };
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
      if (!all.some(({ asked, away }) => asked || away)) await this.#ask(all);
      else for (const one of all) if (!one.asked) void this.#askApart(one);
    } finally {
      this.#looking = false;
    }
  }

  async #ask(all: readonly Watched[]): Promise<void> {
    try {
      const ends = await this.#log.offsets(all.map(({ at }) => at));
      for (const [i, { lastStable }] of ends.entries()) all[i]!.lastStable = lastStable;
      for (const one of all) one.away = false;
    } catch (cause) {
      for (const one of all) one.away = true;
      throw cause;
    }
  }

  /** What fails is asked again at the next look. */
  async #askApart(one: Watched): Promise<void> {
    one.asked = true;
    await this.#ask([one]).catch(() => {});
    one.asked = false;
  }
}
