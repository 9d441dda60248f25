/** Progress on standard error: a bar on a terminal, a line every ten percent elsewhere, nothing that moves in a log file. */
import { SingleBar } from 'cli-progress';
import type { Io } from '../context.js';

const STEPS = 10;

export interface Progress {
  /** @param done so far; @param what is said beside the bar, e.g. a date */
  at(done: number, what?: string): void;
  end(): void;
}

/** @param total what `at` counts towards */
export function progress(io: Pick<Io, 'columns' | 'stderr'>, title: string, total: number): Progress {
  if (io.columns !== null) {
    const bar = new SingleBar({
      format: `${title} {bar} {percentage}% {what}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      stream: process.stderr,
    });
    bar.start(total, 0, { what: '' });
    return { at: (done, what = '') => bar.update(done, { what }), end: () => bar.stop() };
  }
  let told = -1;
  return {
    at(done, what = '') {
      const step = total > 0 ? Math.min(STEPS, Math.floor((done / total) * STEPS)) : STEPS;
      if (step <= told) return;
      told = step;
      io.stderr(`${`${title} ${(step * 100) / STEPS}% ${what}`.trimEnd()}\n`);
    },
    end() {},
  };
}
