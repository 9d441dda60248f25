/** The population standard deviation: the root of the population variance. */
import type { Aggregate } from './aggregate.js';
import { type Variance, variance } from './variance.js';

export const std: Aggregate<Variance> = {
  ...variance,
  value: (partial) => (partial.n === 0 ? null : Math.sqrt(partial.squares / partial.n)),
};
