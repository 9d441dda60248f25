/**
 * Vectors of a view with a deadline: which groups are missing depends on time, and nothing else may.
 * Method: a vector is that of the undisturbed run, with the features of the groups that it names as missing left out. None is decided
 * before its deadline; that none is decided twice or changed later, and that prediction and snapshot say the same, is asked of every run.
 */
import type { VectorsRow } from '../../src/contract/frames.js';
import type { Seen } from './check.js';
import { type Outcome, type RowBytes, VIEW } from './outcome.js';
import { definition } from './topology.js';
import type { World } from './world.js';

type Note = (problem: string) => void;

const featuresOf = (group: string) =>
  definition.groups.find(({ name }) => name === group)!.features.map(({ name }) => name);
const without = ({ features }: VectorsRow, missing: readonly string[]): VectorsRow['features'] => {
  const nulls = missing.flatMap(featuresOf).map((name) => [name, null] as const);
  return { ...features, ...Object.fromEntries(nulls) };
};

/** @param live whether the bytes depend on when records arrive: then they are asked of `verify` */
export function compareDecided(seen: Seen, expected: Seen, live: boolean, bytes: RowBytes, note: Note): void {
  for (const [partition, rows] of seen.vectorRows) {
    for (const [offset, row] of rows) {
      const { missing } = row;
      const whole = live ? row : expected.vectorRows.get(partition)!.get(offset);
      if (whole === undefined) continue; // Noted where rows are compared.
      const right = { ...whole, missing, features: without(whole, missing) };
      if (bytes.vector(row) !== bytes.vector(right))
        note(`vector ${partition}/${offset} is not that of the undisturbed run without ${missing.join() || 'nothing'}`);
    }
  }
}

/** Not before its deadline, and live rows only: what was read later than that waits. Only where workers' clocks are the brokers'. */
export function checkDue(world: World, { admitted, vectors }: Outcome, deadlineMs: number, note: Note): void {
  for (const [partition, frames] of vectors.entries()) {
    const openings = world.openings.get(`serve/${VIEW.name}.v${VIEW.version}/${partition}`) ?? [];
    const appended = new Map<number, number>();
    for (const { at, value } of admitted.get(VIEW.score)![partition]!)
      for (const { offset } of value.rows) if (!appended.has(offset)) appended.set(offset, at);
    for (const { at, value } of frames) {
      for (const { offset, missing } of value.rows) {
        const dueAt = appended.get(offset)! + deadlineMs;
        if (missing.length === 0) continue;
        if ((openings.filter((opened) => opened <= at).at(-1) ?? at) > dueAt)
          note(`vector ${partition}/${offset} was read after its deadline, and decided without ${missing.join()}`);
        if (at < dueAt)
          note(
            `vector ${partition}/${offset} was decided without ${missing.join()} ${dueAt - at} ms before its deadline`,
          );
      }
    }
  }
}
