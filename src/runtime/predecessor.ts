/**
 * The process that held this worker's state before, by the names that it had in the consumer groups.
 * Goal: a worker that was killed and starts again goes on at once, instead of waiting until the session of its dead self has ended. Method:
 * names are written to a file beside the state; whoever holds the state's lock knows that its last holder is dead, and puts it out.
 * Invariant: a file that cannot be read or written costs time, never a task.
 */
import { readFileSync, writeFileSync } from 'node:fs';

export interface Predecessor {
  /** The name of the dead member of this group, if there was one. */
  member(group: string): string | undefined;
  /** From now on this process is that member. */
  named(group: string, member: string): void;
}

/** @param file JSON: names by group; made if it is not there. Call it while the state's lock is held */
export function predecessorIn(file: string): Predecessor {
  const before = read(file);
  const names: Record<string, string> = {};
  return {
    member: (group) => before[group],
    named(group, member) {
      names[group] = member;
      try {
        writeFileSync(file, JSON.stringify({ ...before, ...names }));
      } catch {
        // No room: the next start waits for the session.
      }
    },
  };
}

function read(file: string): Readonly<Record<string, string>> {
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof found !== 'object' || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter(([, name]) => typeof name === 'string'));
  } catch {
    return {};
  }
}
