/** The sample standard deviation: the root of the sample variance. */
import type { Aggregate } from './aggregate.js';
import { type Variance, variance } from './variance.js';

export const std: Aggregate<Variance> = {
  ...variance,
  value: (partial) => (partial.n < 2 ? null : Math.sqrt(partial.squares / (partial.n - 1))),
};
