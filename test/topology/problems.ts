/** The flights' topology with one thing wrong, and what `validate` says of it. */
import { expect } from 'vitest';
import type {
  AggregateDefinition,
  Comparison,
  Condition,
  Derivation,
  DerivedDefinition,
  EventDefinition,
  GroupDefinition,
  ModelDefinition,
  TopologyDefinition,
  ViewDefinition,
} from '../../src/topology/definition.js';
import { validate } from '../../src/topology/validate.js';
import flights from '../../topology/flights.js';

export type Mutable<T> = T extends readonly (infer I)[]
  ? Mutable<I>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;
export interface Parts {
  all: Mutable<TopologyDefinition>;
  departures: Mutable<EventDefinition>;
  weather: Mutable<EventDefinition>;
  origin: Mutable<GroupDefinition>;
  plane: Mutable<GroupDefinition>;
  /** origin_mean_delay_1h. */
  mean: Mutable<AggregateDefinition>;
  view: Mutable<ViewDefinition>;
  model: Mutable<ModelDefinition>;
}

/** Problems of the flights after a change, as `place: message`. */
export function after(change: (parts: Parts) => void): string[] {
  const all = structuredClone(flights.definition) as Mutable<TopologyDefinition>;
  const [departures, , weather] = all.events;
  const [origin, plane] = all.groups;
  const parts: Parts = {
    all,
    departures: departures!,
    weather: weather!,
    origin: origin!,
    plane: plane!,
    mean: origin!.features[2] as Mutable<AggregateDefinition>,
    view: all.views[0]!,
    model: all.models[0]!,
  };
  change(parts);
  return validate(all).map(({ place, message }) => `${place}: ${message}`);
}

export const field = (name: string) => ({ kind: 'field' as const, field: name });
export const compare = (name: string, is: Comparison, value: number | string): Mutable<Condition> => ({
  kind: 'compare',
  value: field(name),
  is,
  to: { kind: 'constant', value },
});

export const derived = (name: string, derive: Derivation, ...of: string[]): Mutable<DerivedDefinition> => ({
  name,
  derive,
  of,
  type: 'number',
});

export const MEAN = 'group origin > feature origin_mean_delay_1h';

/** A name, what is changed, and the beginnings of all problems that follow. */
export type Case = [name: string, change: (parts: Parts) => void, expected: string[]];

export function expectProblems(change: (parts: Parts) => void, expected: readonly string[]): void {
  const problems = after(change);
  expect(problems.map((problem, i) => problem.slice(0, expected[i]?.length))).toEqual(expected);
}
