/**
 * How long no prediction came, by what was broken.
 * Goal: the figure of an operator: for how long does a partition stand still when this breaks? Method: the ends of the predictions topic
 * are asked for ten times a second; of each fault the longest time in which some partition did not grow is kept, from its start
 * to the start of the next one.
 * Invariant: a broker that does not answer is a time without predictions too.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 100;

/** Of one kind of fault, each time that it struck. Seconds. */
export interface Gaps {
  readonly times: number;
  readonly median: number;
  readonly max: number;
  /** The same less the time in which what broke was not there (a broker, room on a disk). */
  readonly beyond: { readonly median: number; readonly max: number };
}

/** Pure: what is seen, and when. */
export class Gapped {
  readonly #gaps: { readonly fault: string; seconds: number; awaySeconds: number }[] = [];
  #grewAtMs: number[] = [];
  #ends: readonly number[] = [];
  #nowMs = 0;

  /** From now on this is broken, or was the last that was. */
  strikes(fault: string): void {
    this.#gaps.push({ fault, seconds: 0, awaySeconds: 0 });
  }

  /** For so long what the last fault broke was not there. */
  wasAway(seconds: number): void {
    this.#gaps.at(-1)!.awaySeconds = seconds;
  }

  /** @param ends of the partitions; null where nobody answered @returns the longest time that one of them stood still until now, seconds */
  saw(ends: readonly number[] | null, nowMs: number): number {
    // Before what is seen now: an answer that came late must not hide the time until it came.
    const seconds = this.#grewAtMs.length === 0 ? 0 : (nowMs - Math.min(...this.#grewAtMs)) / 1000;
    ends?.forEach((end, partition) => {
      if (end !== this.#ends[partition]) this.#grewAtMs[partition] = nowMs;
    });
    this.#ends = ends ?? this.#ends;
    this.#nowMs = nowMs;
    const last = this.#gaps.at(-1);
    if (last !== undefined) last.seconds = Math.max(last.seconds, seconds);
    return seconds;
  }

  /** The longest of the last fault, seconds. */
  get last(): number {
    return this.#gaps.at(-1)?.seconds ?? 0;
  }

  /** For how long some partition stood still when it was looked at last, seconds. */
  get now(): number {
    return (this.#nowMs - Math.min(this.#nowMs, ...this.#grewAtMs)) / 1000;
  }

  byFault(): Readonly<Record<string, Gaps>> {
    const found: Record<string, Gaps> = {};
    for (const fault of new Set(this.#gaps.map((gap) => gap.fault))) {
      const mine = this.#gaps.filter((gap) => gap.fault === fault);
      const all = mine.map(({ seconds }) => seconds);
      const beyond = mine.map(({ seconds, awaySeconds }) => Math.max(0, seconds - awaySeconds));
      found[fault] = { times: mine.length, ...ofAll(all), beyond: ofAll(beyond) };
    }
    return found;
  }
}

const ofAll = (seconds: readonly number[]) => ({ median: median(seconds), max: Math.max(...seconds) });

/** @param of at least one */
function median(of: readonly number[]): number {
  const sorted = [...of].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export class Watch {
  readonly gapped = new Gapped();
  #ended = false;
  readonly #running: Promise<void>;

  /** @param ends of the predictions topic's partitions */
  constructor(ends: () => Promise<readonly number[]>) {
    this.#running = this.#run(ends);
  }

  async #run(ends: () => Promise<readonly number[]>): Promise<void> {
    for (; !this.#ended; await sleep(LOOK_MS)) {
      const seen = await ends().catch(() => null);
      this.gapped.saw(seen, Date.now());
    }
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
  }
}
