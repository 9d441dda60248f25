/** Aggregates over canonical logs: pure, without input, output, clock or chance. */
export { type Coming, Entity, type EntityRecord, type Scored, type Want } from './entity.js';
export type { Inserted } from './event-log.js';
export { compileGroup, type GroupPlan, type PlanOptions } from './plan.js';
export { sanitize } from './sanitize.js';
export { SEMANTICS } from './semantics.js';
