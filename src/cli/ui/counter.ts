/** A count towards no known end, on standard error: one line that changes on a terminal, a line every ten seconds elsewhere. */
import type { Io } from '../context.js';

const TERMINAL_MS = 100;
const ELSEWHERE_MS = 10_000;

export interface Counter {
  at(text: string): void;
  end(): void;
}

export function counter(io: Pick<Io, 'columns' | 'stderr'>, title: string): Counter {
  const { columns } = io;
  const everyMs = columns === null ? ELSEWHERE_MS : TERMINAL_MS;
  let toldAtMs = Date.now();
  let shown = false;
  return {
    at(text) {
      if (Date.now() - toldAtMs < everyMs) return;
      toldAtMs = Date.now();
      shown = true;
      const line = `${title} ${text}`;
      io.stderr(columns === null ? `${line}\n` : `\r${line.slice(0, columns - 1)}\x1b[K`);
    },
    end() {
      if (shown && columns !== null) io.stderr('\r\x1b[K');
    },
  };
}
