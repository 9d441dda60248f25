/** A small world for the engine's tests: two events, features of every kind, arbitrary rows, and a store of records. */
import fc from 'fast-check';
import type { Entity, GroupPlan } from '../../src/aggregate/index.js';
import type {
  AggregateDefinition,
  Comparison,
  Condition,
  Derivation,
  EventDefinition,
  Expression,
  FeatureDefinition,
  GroupDefinition,
  Scalar,
  TopologyDefinition,
} from '../../src/topology/definition.js';
import type { NaiveEvent } from './naive.js';

/** Borders so frequent that a few dozen events have super-chunks. */
export const FREQUENT = { chunkModulus: 2, fanout: 2 };
export const LATENESS_MS = 200;

const event = (topic: string): EventDefinition => ({
  topic,
  schema: {
    type: 'record',
    name: topic,
    fields: [
      { name: 'id', type: 'string' },
      { name: 'key', type: 'string' },
      { name: 'time', type: 'long' },
      { name: 'x', type: ['null', 'double'] },
      { name: 'y', type: ['null', 'double'] },
      { name: 'text', type: ['null', 'string'] },
      { name: 'yes', type: ['null', 'boolean'] },
    ],
  },
  id: ['id'],
  time: 'time',
  knownAt: { by: 'field', field: 'time', plusMs: 0 },
  marks: true,
});

export const definition: TopologyDefinition = {
  name: 'test',
  events: [event('a'), event('b')],
  groups: [],
  views: [],
  models: [],
};

export type Given = Partial<AggregateDefinition> & Pick<AggregateDefinition, 'aggregate'>;

export const feature = (given: Given): AggregateDefinition => ({
  name: 'feature',
  event: 'a',
  value: null,
  where: null,
  windowMs: 100,
  delayMs: 0,
  halfLifeMs: null,
  rank: null,
  quantile: null,
  type: 'number',
  ...given,
});

export const field = (name: string): Expression => ({ kind: 'field', field: name });
export const compare = (name: string, is: Comparison, value: number | string | boolean): Condition => ({
  kind: 'compare',
  value: field(name),
  is,
  to: { kind: 'constant', value },
});

export const group = (features: readonly FeatureDefinition[]): GroupDefinition => ({
  name: 'group',
  version: 1,
  keys: { a: 'key', b: 'key' },
  features,
  inboxPartitions: 1,
  latenessMs: LATENESS_MS,
});

const isYes = compare('yes', 'eq', true);
const isLarge = compare('x', 'gte', 1);

/** Every aggregate, over a stretch, on the event of `topic`. */
export function everyAggregate(
  topic: string,
  stretch: { windowMs: number | null; delayMs: number },
): AggregateDefinition[] {
  const where = isYes;
  const given: Given[] = [
    { aggregate: 'count' },
    { aggregate: 'count', where },
    { aggregate: 'sum', value: field('x') },
    { aggregate: 'mean', value: field('x') },
    { aggregate: 'mean', value: field('x'), where },
    { aggregate: 'min', value: field('x') },
    { aggregate: 'max', value: field('x') },
    { aggregate: 'variance', value: field('x') },
    { aggregate: 'std', value: field('x') },
    { aggregate: 'share', where: isLarge },
    { aggregate: 'distinct', value: field('x') },
    { aggregate: 'distinct', value: field('text') },
    { aggregate: 'distinct', value: field('text'), where },
    { aggregate: 'approxDistinct', value: field('x') },
    { aggregate: 'approxDistinct', value: field('text'), where },
    { aggregate: 'top', value: field('text'), rank: 1, type: 'category' },
    { aggregate: 'top', value: field('text'), rank: 3, type: 'category' },
    { aggregate: 'quantile', value: field('x'), quantile: 0.25 },
    { aggregate: 'quantile', value: field('x'), quantile: 0.9 },
    { aggregate: 'quantile', value: field('x'), quantile: 0.5, where },
    { aggregate: 'first', value: field('x') },
    { aggregate: 'first', value: field('text'), type: 'category' },
    { aggregate: 'last', value: field('yes') },
    { aggregate: 'last', value: field('text'), type: 'category', where },
    { aggregate: 'secondsSince' },
    { aggregate: 'secondsSince', where },
    { aggregate: 'decayedMean', value: field('x'), halfLifeMs: 70 },
    { aggregate: 'decayedCount', halfLifeMs: 30 },
  ];
  return given.map((one) => feature({ ...one, ...stretch, event: topic }));
}

const computed = (kind: 'add' | 'subtract' | 'multiply' | 'divide', left: Expression, right: Expression) => ({
  kind,
  left,
  right,
});

/** Aggregates of arithmetic, under conditions of conditions. */
function everyComposite(topic: string, stretch: { windowMs: number | null; delayMs: number }): AggregateDefinition[] {
  const [x, y, text] = [field('x'), field('y'), field('text')];
  const among: Condition = { kind: 'oneOf', value: text, values: ['', 'u', 'é'] };
  const hasText: Condition = { kind: 'not', condition: { kind: 'isNull', value: text } };
  const yesOrLarger: Condition = { kind: 'or', conditions: [isYes, { kind: 'compare', value: x, is: 'gt', to: y }] };
  const given: Given[] = [
    { aggregate: 'mean', value: computed('subtract', x, y) },
    { aggregate: 'sum', value: computed('divide', computed('multiply', x, y), field('x')), where: hasText },
    { aggregate: 'count', where: yesOrLarger },
    { aggregate: 'share', where: { kind: 'and', conditions: [isLarge, { kind: 'not', condition: among }] } },
    { aggregate: 'share', where: { kind: 'isNull', value: computed('divide', x, y) } },
    { aggregate: 'distinct', value: computed('add', x, { kind: 'constant', value: 1 }), where: among },
    { aggregate: 'last', value: text, type: 'category', where: { kind: 'and', conditions: [hasText, yesOrLarger] } },
  ];
  return given.map((one) => feature({ ...one, ...stretch, event: topic }));
}

export const named = (features: readonly AggregateDefinition[]) =>
  features.map((one, i) => ({ ...one, name: `${one.aggregate}_${i}` }));

export const STRETCHES = [
  { windowMs: 40, delayMs: 0 },
  { windowMs: 400, delayMs: 0 },
  { windowMs: 150, delayMs: 60 },
  { windowMs: null, delayMs: 0 },
];
export const AGGREGATED = named([
  ...['a', 'b'].flatMap((topic) => STRETCHES.flatMap((stretch) => everyAggregate(topic, stretch))),
  ...STRETCHES.flatMap((stretch) => everyComposite('a', stretch)),
  ...everyComposite('b', STRETCHES[1]!),
]);

const derived = (name: string, derive: Derivation, ...of: string[]): FeatureDefinition => ({
  name,
  derive,
  of,
  type: 'number',
});
/** The name of an aggregate of x: the first of its kind over the window of 400 ms, or over all time. */
const nameOf = (aggregate: string, windowMs: 400 | null, topic = 'a') =>
  AGGREGATED.find((one) => one.aggregate === aggregate && one.windowMs === windowMs && one.event === topic)!.name;
/** Features made of others, some of such, and some of them before what they are made of. */
export const DERIVED = [
  derived('of_derived', 'difference', 'sum_by_count', 'z'),
  derived('of_one', 'ratio', 'of_derived', 'of_derived'),
  derived('sum_by_count', 'ratio', nameOf('sum', 400), nameOf('count', null)),
  derived('means', 'difference', nameOf('mean', 400), nameOf('mean', 400, 'b')),
  derived('z', 'zScore', nameOf('last', 400), nameOf('mean', null), nameOf('std', null)),
  derived('huge', 'ratio', nameOf('variance', null), nameOf('share', 400)),
];
export const EVERYTHING: readonly FeatureDefinition[] = [...DERIVED.slice(0, 2), ...AGGREGATED, ...DERIVED.slice(2)];

/** The large ones often cancel, and what is left then shows the order of additions even when it is rounded to a float. */
const number = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(1e17, -1e17) },
  { weight: 8, arbitrary: fc.constantFrom(1, 3, -7.5, 0.1) },
  { weight: 3, arbitrary: fc.double({ min: -1000, max: 1000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(-0, 5e-324, 1e-300) },
);
export const values = fc.record({
  x: fc.option(number, { freq: 5 }),
  y: fc.option(number, { freq: 5 }),
  text: fc.option(fc.constantFrom('', 'u', 'v', 'w\u0000', 'é', '😀'), { freq: 5 }),
  yes: fc.option(fc.boolean(), { freq: 5 }),
});

/** Times are multiples of it, so that events are of the same ms, and at the edge of windows. */
export const GRID_MS = 10;
export const times = (min: number, max: number) =>
  fc.integer({ min: min / GRID_MS, max: max / GRID_MS }).map((n) => n * GRID_MS);

/** Few ids, so that repeats happen, and some whose order differs in UTF-16. */
export const rows = (options: { timeMax: number; maxLength: number }): fc.Arbitrary<NaiveEvent[]> =>
  fc.array(
    fc.record({
      topic: fc.constantFrom('a', 'a', 'b'),
      time: times(-20, options.timeMax),
      id: fc.oneof(
        fc.integer({ min: 0, max: 20 }).map((n) => `id${n}`),
        fc.constantFrom('', '\uffff', '😀', 'é', '\ue000'),
      ),
      values,
    }),
    { maxLength: options.maxLength, size: 'max' },
  );

export const eventIndex = (plan: GroupPlan, topic: string) => plan.events.findIndex((one) => one.topic === topic);

export const valuesOf = (plan: GroupPlan, row: NaiveEvent): Scalar[] =>
  plan.events[eventIndex(plan, row.topic)]!.columns.map((column) => row.values[column] ?? null);

export const insert = (plan: GroupPlan, entity: Entity, row: NaiveEvent) =>
  entity.insert(eventIndex(plan, row.topic), row.time, row.id, valuesOf(plan, row));

export function ask(plan: GroupPlan, entity: Entity, t: number, scored: NaiveEvent | null): Scalar[] {
  const out: Scalar[] = new Array(plan.group.features.length).fill('not filled');
  const own = scored === null || eventIndex(plan, scored.topic) < 0 ? null : scored;
  entity.query(
    t,
    own && { event: eventIndex(plan, own.topic), time: own.time, id: own.id, values: valuesOf(plan, own) },
    out,
  );
  return out;
}
