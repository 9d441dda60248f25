/** A bounded wait. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 100;

export async function until(
  what: string,
  maxMs: number,
  done: () => Promise<boolean>,
  lookMs = LOOK_MS,
): Promise<void> {
  for (const endMs = Date.now() + maxMs; !(await done().catch(() => false)); await sleep(lookMs)) {
    if (Date.now() > endMs) throw new Error(`waited ${maxMs / 1000} s until ${what}`);
  }
}
