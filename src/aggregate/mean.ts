/** The mean of a number: its sum divided by its count, once, at the end. */
import type { Aggregate } from './aggregate.js';
import { type Sum, sum } from './sum.js';

export const mean: Aggregate<Sum> = {
  ...sum,
  value: (partial) => (partial.n === 0 ? null : partial.sum / partial.n),
};
