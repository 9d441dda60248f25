/** Frontiers as vectors: the least of several, and whether one covers another. Pure. */
import type { Frontier } from '../contract/frames.js';

export const sourceKey = (topic: string, partition: number) => `${topic}/${partition}`;

/** Per source the least of all; a source that one of them lacks is at its start, and absent. */
export function least(frontiers: readonly (readonly Frontier[])[]): Map<string, Frontier> {
  const result = new Map<string, Frontier>();
  const seen = new Map<string, number>();
  for (const frontier of frontiers) {
    for (const entry of frontier) {
      const key = sourceKey(entry.topic, entry.partition);
      seen.set(key, (seen.get(key) ?? 0) + 1);
      const other = result.get(key);
      if (other === undefined || entry.offset < other.offset) result.set(key, entry);
    }
  }
  for (const [key, count] of seen) if (count < frontiers.length) result.delete(key);
  return result;
}

/** How far a reader applied each source. */
export class Applied {
  readonly #next = new Map<string, Frontier>();

  constructor(from: readonly Frontier[] = []) {
    this.advance(from);
  }

  next(topic: string, partition: number): number {
    return this.#next.get(sourceKey(topic, partition))?.offset ?? 0;
  }

  advance(to: readonly Frontier[]): void {
    for (const entry of to) {
      const key = sourceKey(entry.topic, entry.partition);
      const known = this.#next.get(key);
      if (known === undefined || entry.offset > known.offset) this.#next.set(key, entry);
    }
  }

  /** The first entry of `before` that was not applied, or null: with one, something is missing in between. */
  gap(before: readonly Frontier[]): Frontier | null {
    return before.find((entry) => entry.offset > this.next(entry.topic, entry.partition)) ?? null;
  }

  get entries(): readonly Frontier[] {
    return [...this.#next.values()];
  }
}
