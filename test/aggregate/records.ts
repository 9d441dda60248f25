/** An entity's records, as a store would hold them. */
import { type Coming, Entity, type GroupPlan, type Want } from '../../src/aggregate/index.js';
import type { NaiveEvent } from './naive.js';
import { eventIndex } from './support.js';

export class Records {
  readonly held = new Map<string, Buffer>();
  /** How many were brought, beside headers. */
  brought = 0;

  /** A checkpoint. */
  save(entity: Entity): void {
    for (const { suffix, value } of entity.dirty()) {
      if (value === null) this.held.delete(suffix.toString('hex'));
      else this.held.set(suffix.toString('hex'), value);
    }
    entity.clean();
  }

  /** A restart. */
  load(plan: GroupPlan): Entity {
    const header = this.held.get(Entity.headerSuffix.toString('hex'));
    if (header === undefined) return new Entity(plan);
    return Entity.load(plan, header);
  }

  /** What a batch does before its rows. @param known K at its end */
  bring(entity: Entity, coming: readonly Coming[], known: number): void {
    if (entity.isWhole) return;
    for (let round = 0; ; round++) {
      const wants = new Map<object, Want>();
      for (const row of coming) entity.want(row, known, wants);
      if (wants.size === 0) return;
      if (round === 2) throw new Error('a third round wants more');
      for (const { suffix, give } of wants.values()) {
        give(this.held.get(suffix.toString('hex'))!);
        this.brought++;
      }
    }
  }
}

/** A row as `want` is told of it. */
export const comingOf = (plan: GroupPlan, row: NaiveEvent, scored: boolean): Coming => ({
  event: eventIndex(plan, row.topic),
  time: row.time,
  id: row.id,
  scored,
});
