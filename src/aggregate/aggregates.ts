/** Every aggregate by its name in the language. */
import type { AggregateName } from '../topology/definition.js';
import type { Aggregate } from './aggregate.js';
import { approxDistinctNumbers, approxDistinctTexts } from './approx-distinct.js';
import { count } from './count.js';
import { decayedCount, decayedMean } from './decayed.js';
import { distinctNumbers, distinctTexts } from './distinct.js';
import { firstNumber, firstText } from './first.js';
import { lastNumber, lastText } from './last.js';
import { max } from './max.js';
import { mean } from './mean.js';
import { min } from './min.js';
import { quantile } from './quantile.js';
import { secondsSince } from './seconds-since.js';
import { share } from './share.js';
import { std } from './std.js';
import { sum } from './sum.js';
import { top } from './top.js';
import type { CodedColumn } from './value-codes.js';
import { variance } from './variance.js';

export interface AggregateOptions {
  /** Whether its field is a text. */
  readonly text: boolean;
  /** Of `distinct`: gives its values codes. */
  readonly coded: () => CodedColumn;
  /** Of the decayed ones. */
  readonly halfLifeMs: number;
  /** Of `top`: from 1. */
  readonly rank: number;
  /** Of `quantile`: from 0 to 1. */
  readonly quantile: number;
}

export const AGGREGATE: Readonly<Record<AggregateName, (options: AggregateOptions) => Aggregate<unknown>>> = {
  count: () => count,
  sum: () => sum,
  mean: () => mean,
  min: () => min,
  max: () => max,
  variance: () => variance,
  std: () => std,
  share: () => share,
  distinct: ({ text, coded }) => (text ? distinctTexts : distinctNumbers)(coded()),
  approxDistinct: ({ text }) => (text ? approxDistinctTexts : approxDistinctNumbers),
  first: ({ text }) => (text ? firstText : firstNumber),
  last: ({ text }) => (text ? lastText : lastNumber),
  secondsSince: () => secondsSince,
  decayedMean: ({ halfLifeMs }) => decayedMean(halfLifeMs),
  decayedCount: ({ halfLifeMs }) => decayedCount(halfLifeMs),
  top: ({ rank }) => top(rank),
  quantile: ({ quantile: q }) => quantile(q),
};
