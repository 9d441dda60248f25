/**
 * Virtual time, and who runs next.
 * Goal: a run is a function of its seed. Method: everything that waits, waits here: Node's timers are replaced while a run lasts
 * (the task code and the memory log give way by `setImmediate`), and one continuation runs at a time, chosen by the seed among
 * those that could; before the next, every promise that it settled is followed to its end. A timer fires only when nothing else
 * can run, and then time jumps to it, so that waiting costs nothing.
 * Invariant: nothing of a run waits for anything outside it; a run that is over leaves nothing behind.
 */
import type { Random } from './random.js';

const real = { setImmediate, clearImmediate, setTimeout, clearTimeout };

interface Timer {
  readonly at: number;
  readonly order: number;
  run: (() => void) | null;
}

/** What Node's own timers give, as far as it is used. */
class Handle {
  readonly #timer: Timer;
  constructor(timer: Timer) {
    this.#timer = timer;
  }
  cancel(): void {
    this.#timer.run = null;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

export class TooLong extends Error {}

export class Scheduler {
  /** ms since the epoch. */
  now: number;
  /** Continuations that have run. */
  steps = 0;
  readonly #random: Random;
  readonly #ready: Timer[] = [];
  readonly #timers: Timer[] = [];
  #order = 0;

  constructor(now: number, random: Random) {
    this.now = now;
    this.#random = random;
  }

  soon(run: () => void): Handle {
    const timer: Timer = { at: this.now, order: this.#order++, run };
    this.#ready.push(timer);
    return new Handle(timer);
  }

  after(ms: number, run: () => void): Handle {
    const timer: Timer = { at: this.now + Math.max(0, ms), order: this.#order++, run };
    this.#push(timer);
    return new Handle(timer);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((done) => this.after(ms, done));
  }

  /** Lets others go first. */
  turn(): Promise<void> {
    return new Promise((done) => this.soon(done));
  }

  /**
   * Runs until `work` is settled, and gives what it gives. Throws `TooLong` where that takes more than `maxMs` of virtual time or
   * `stepsMax` continuations, or where nothing is left that could run.
   */
  async run<T>(work: () => Promise<T>, { maxMs, stepsMax }: { maxMs: number; stepsMax: number }): Promise<T> {
    const until = this.now + maxMs;
    let end: { value: T } | { error: unknown } | null = null;
    this.#install();
    try {
      work().then(
        (value) => {
          end = { value };
        },
        (error) => {
          end = { error };
        },
      );
      for (;;) {
        await new Promise<void>((drained) => real.setImmediate(drained));
        if (end !== null) break;
        const next = this.#next();
        if (next === null) throw new TooLong('nothing can run any more');
        if (this.now > until) throw new TooLong(`not over after ${maxMs} ms of virtual time`);
        if (++this.steps > stepsMax) throw new TooLong(`not over after ${stepsMax} continuations`);
        next();
      }
    } finally {
      this.#uninstall();
    }
    const ended = end as { value: T } | { error: unknown };
    if ('error' in ended) throw ended.error;
    return ended.value;
  }

  #next(): (() => void) | null {
    for (;;) {
      if (this.#ready.length > 0) {
        const at = this.#random.below(this.#ready.length);
        const chosen = this.#ready[at]!;
        this.#ready[at] = this.#ready.at(-1)!;
        this.#ready.pop();
        if (chosen.run !== null) return chosen.run;
      } else {
        const timer = this.#pop();
        if (timer === null) return null;
        if (timer.run === null) continue;
        this.now = Math.max(this.now, timer.at);
        return timer.run;
      }
    }
  }

  #install(): void {
    const cancel = (handle: unknown) => {
      if (handle instanceof Handle) handle.cancel();
      else if (handle !== undefined && handle !== null) real.clearTimeout(handle as NodeJS.Timeout);
    };
    const replacements = {
      setImmediate: (run: (...given: unknown[]) => void, ...given: unknown[]) => this.soon(() => run(...given)),
      setTimeout: (run: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
        this.after(ms, () => run(...given)),
      clearImmediate: cancel,
      clearTimeout: cancel,
    };
    Object.assign(globalThis, replacements);
  }

  #uninstall(): void {
    Object.assign(globalThis, real);
  }

  /** A binary heap by time, then by order. */
  #push(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!precedes(timer, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = timer;
  }

  #pop(): Timer | null {
    const heap = this.#timers;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = at * 2 + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && precedes(heap[below + 1]!, heap[below]!)) below++;
      if (!precedes(heap[below]!, last)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

const precedes = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order);
