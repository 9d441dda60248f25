/** The demo's live line on a terminal, and a line every few seconds where there is none. */
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';

export interface DemoState {
  readonly phase: string;
  /** Event time, ms; null before the first event. */
  readonly eventTime: number | null;
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly predictions: number;
  readonly predictionsPerSecond: number;
  /** Scored events sent and not yet served. */
  readonly lag: number;
  readonly modelVersion: number | null;
  readonly rollingAuc: number | null;
}

/** Without a terminal. */
const LINE_MS = 5_000;

const thousands = (n: number) => Math.round(n).toLocaleString('en-US');

export function demoLine(state: DemoState): string {
  const { eventTime, modelVersion, rollingAuc } = state;
  return [
    eventTime === null ? 'waiting' : new Date(eventTime).toISOString().slice(0, 16).replace('T', ' '),
    `${thousands(state.events)} events (${thousands(state.eventsPerSecond)}/s)`,
    `${thousands(state.predictions)} predictions (${thousands(state.predictionsPerSecond)}/s)`,
    `lag ${thousands(state.lag)}`,
    modelVersion === null ? 'no model yet' : `model version ${modelVersion}`,
    rollingAuc === null ? 'AUC –' : `AUC ${rollingAuc.toFixed(3)}`,
  ].join(' · ');
}

export interface Display {
  update(state: DemoState): void;
  /** Leaves a line that stays. */
  say(line: string): void;
  close(): void;
}

export function liveDisplay(stream: NodeJS.WriteStream): Display {
  if (!stream.isTTY) {
    let shownAtMs = 0;
    return {
      update(state) {
        if (Date.now() - shownAtMs < LINE_MS) return;
        shownAtMs = Date.now();
        stream.write(`  ${demoLine(state)}\n`);
      },
      say: (line) => void stream.write(`${line}\n`),
      close() {},
    };
  }
  const live = createLogUpdate(stream);
  return {
    update: (state) => live(`  ${pc.cyan(state.phase)}\n  ${demoLine(state)}`),
    say(line) {
      live.clear();
      stream.write(`${line}\n`);
    },
    close: () => live.clear(),
  };
}
