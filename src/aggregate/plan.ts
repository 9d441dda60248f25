/**
 * A group, compiled: everything that does not change while it runs.
 * Method: features of one event share what they can: a column (expression and condition), a partial (aggregate and column), a
 * stretch (window and delay), a fold (partial over a stretch); a feature is an output of a fold.
 * Invariant: a feature's bits do not depend on the group's other features, since borders are decided by events alone.
 */
import { assert } from '../error.js';
import {
  type EventDefinition,
  type FeatureDefinition,
  type GroupDefinition,
  isAggregate,
  isDerived,
  type TopologyDefinition,
} from '../topology/definition.js';
import { fieldType, isNumeric, isText } from '../topology/field-type.js';
import { fieldsOfGroup } from '../topology/fields.js';
import type { Aggregate } from './aggregate.js';
import { AGGREGATE } from './aggregates.js';
import { type BorderOf, borders } from './border.js';
import { type ColumnKind, Columns } from './columns.js';
import { type DerivedPlan, deriveOrder } from './derived.js';
import { Middle } from './middle.js';
import { Rows } from './rows.js';

export const CHUNK_MODULUS = 64;
export const FANOUT = 4;

/** An aggregate over a column, with the accumulators that queries use again and again. */
export interface PartialPlan {
  readonly aggregate: Aggregate<unknown>;
  readonly column: number;
  /** Whether a feature over all time reads it: then it is folded when chunks leave the horizon. */
  readonly allTime: boolean;
  readonly value: unknown;
  readonly part: unknown;
}

/** Which times a query looks at: [t - delay - window, t - delay), or everything before t. */
export interface Stretch {
  readonly windowMs: number | null;
  readonly delayMs: number;
}

export interface Fold {
  readonly partial: number;
  readonly stretch: number;
  /** Whether the scored event itself belongs to it. */
  readonly withScored: boolean;
  readonly outputs: readonly { readonly feature: number; readonly aggregate: Aggregate<unknown> }[];
  /** For logs that keep none of their own. */
  readonly middle: Middle;
}

/** One event's log. */
export interface LogPlan {
  readonly topic: string;
  readonly columns: Columns;
  readonly partials: readonly PartialPlan[];
  readonly stretches: readonly Stretch[];
  readonly folds: readonly Fold[];
  readonly allTime: boolean;
  readonly borderOf: BorderOf;
  /** The scored event's columns, for the time of a query. */
  readonly scored: Rows;
}

export interface GroupPlan {
  readonly group: GroupDefinition;
  /** The events that features read, sorted by topic, and the fields that they read of them, sorted. */
  readonly events: readonly { readonly topic: string; readonly columns: readonly string[] }[];
  /** The longest reach (window and delay; all time counts 0) and the lateness, ms. */
  readonly horizonMs: number;
  /** In the order of `events`. */
  readonly logs: readonly LogPlan[];
  /** Features made of others, each behind those that it is made of. */
  readonly derived: readonly DerivedPlan[];
}

export interface PlanOptions {
  /** For tests: smaller ones make borders frequent. */
  readonly chunkModulus?: number;
  readonly fanout?: number;
}

/** @param group must have passed validation */
export function compileGroup(
  definition: TopologyDefinition,
  group: GroupDefinition,
  { chunkModulus = CHUNK_MODULUS, fanout = FANOUT }: PlanOptions = {},
): GroupPlan {
  const aggregates = group.features.filter(isAggregate);
  const borderOf = borders(chunkModulus, fanout);
  const topics = [...new Set(aggregates.map((feature) => feature.event))].sort();
  const logs = topics.map((topic) => {
    const event = definition.events.find((candidate) => candidate.topic === topic);
    assert(event !== undefined, `group ${group.name} reads event ${topic}, which the topology has`);
    return compileLog(event, fieldsOfGroup(definition, group, topic), group.features, borderOf);
  });
  const reaches = aggregates.map(({ windowMs, delayMs }) => (windowMs === null ? 0 : windowMs + delayMs));
  return {
    group,
    events: logs.map((log) => ({ topic: log.topic, columns: log.columns.fields.map(({ field }) => field) })),
    horizonMs: Math.max(0, ...reaches) + group.latenessMs,
    logs,
    derived: deriveOrder(group.features),
  };
}

function compileLog(
  event: EventDefinition,
  fields: readonly string[],
  features: readonly FeatureDefinition[],
  borderOf: BorderOf,
): LogPlan {
  const columns = new Columns(fields.map((field) => ({ field, kind: columnKind(event, field) })));
  const partials: (PartialPlan & { allTime: boolean })[] = [];
  const stretches: Stretch[] = [];
  const folds: (Fold & { outputs: Fold['outputs'][number][] })[] = [];
  for (const [feature, definition] of features.entries()) {
    if (isDerived(definition) || definition.event !== event.topic) continue;
    const { windowMs, delayMs, halfLifeMs, rank, quantile } = definition;
    const input = columns.input(definition.value, definition.where, definition.aggregate === 'share');
    const aggregate = AGGREGATE[definition.aggregate]({
      text: input.text,
      coded: input.coded,
      halfLifeMs: halfLifeMs ?? 0,
      rank: rank ?? 1,
      quantile: quantile ?? 0.5,
    });
    const partial = indexOrAdd(
      partials,
      (one) => one.aggregate.partial === aggregate.partial && one.column === input.column,
      () => ({
        aggregate,
        column: input.column,
        allTime: false,
        value: (aggregate.scratch ?? aggregate.empty)(),
        part: (aggregate.scratch ?? aggregate.empty)(),
      }),
    );
    partials[partial]!.allTime ||= windowMs === null;
    const stretch = indexOrAdd(
      stretches,
      (one) => one.windowMs === windowMs && one.delayMs === delayMs,
      () => ({ windowMs, delayMs }),
    );
    // The time since an event would always be 0, were the scored event one of them.
    const withScored = delayMs === 0 && definition.aggregate !== 'secondsSince';
    const fold = indexOrAdd(
      folds,
      (one) => one.partial === partial && one.stretch === stretch,
      () => ({ partial, stretch, withScored, outputs: [], middle: new Middle(partials[partial]!) }),
    );
    folds[fold]!.outputs.push({ feature, aggregate });
  }
  const allTime = partials.some((partial) => partial.allTime);
  return { topic: event.topic, columns, partials, stretches, folds, allTime, borderOf, scored: Rows.one(columns) };
}

function columnKind(event: EventDefinition, field: string): ColumnKind {
  const kind = fieldType(event.schema, field)?.kind ?? 'unsupported';
  if (isNumeric(kind)) return 'number';
  if (kind === 'boolean') return 'boolean';
  assert(isText(kind), `field ${field} of ${event.topic} is a number, a boolean or a text`);
  return 'text';
}

function indexOrAdd<T>(list: T[], matches: (one: T) => boolean, make: () => T): number {
  const found = list.findIndex(matches);
  return found >= 0 ? found : list.push(make()) - 1;
}
