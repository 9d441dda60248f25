/** The words of a topology file. */
export { HeadraceError } from './error.js';
export type { TopologyDefinition } from './topology/definition.js';
export { difference, ratio, zScore } from './topology/derived.js';
export type { Duration, Window } from './topology/duration.js';
export { type Event, type EventOptions, event, schema } from './topology/event.js';
export {
  approxDistinct,
  count,
  type DecayOptions,
  decayedCount,
  decayedMean,
  distinct,
  type FeatureOptions,
  first,
  last,
  max,
  mean,
  median,
  min,
  quantile,
  secondsSince,
  share,
  std,
  sum,
  type TopOptions,
  top,
  variance,
} from './topology/feature.js';
export { and, type ExpressionOn, type Field, not, or } from './topology/field.js';
export { type Features, type Group, type GroupOptions, group } from './topology/group.js';
export type { ConditionOn, Derived, Feature, Kind, Kinds, Schema } from './topology/kinds.js';
export { boostedTrees, command, type GatesOptions, type Model, type ModelOptions, model } from './topology/model.js';
export { type Topology, type TopologyOptions, topology } from './topology/topology.js';
export { hourOf, type Stateless, type View, type ViewOptions, view, weekdayOf } from './topology/view.js';
