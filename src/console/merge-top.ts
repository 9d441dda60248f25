/** The largest and hottest keys of a group from those of its inbox partitions, which share no key. Pure. */
import { byBytes, byRows, type PartitionTop, type TopAnswer } from '../contract/state-answers.js';
import type { GroupDefinition } from '../topology/definition.js';

/** @param missing partitions that did not answer */
export function mergeTop(
  { name, version }: GroupDefinition,
  n: number,
  tops: readonly PartitionTop[],
  missing: TopAnswer['missing'],
): TopAnswer {
  const sorted = [...tops].sort((a, b) => a.partition - b.partition);
  const sum = (of: (top: PartitionTop) => number) => sorted.reduce((total, top) => total + of(top), 0);
  return {
    group: name,
    version,
    keys: sum(({ keys }) => keys),
    records: sum(({ records }) => records),
    bytes: sum(({ bytes }) => bytes),
    rows: sum(({ rows }) => rows),
    largest: sorted
      .flatMap(({ largest, partition }) => largest.map((one) => ({ ...one, partition })))
      .sort(byBytes)
      .slice(0, n),
    hottest: sorted
      .flatMap(({ hottest, partition }) => hottest.map((one) => ({ ...one, partition })))
      .sort(byRows)
      .slice(0, n),
    partitions: sorted.map(({ largest: _, hottest: __, ...rest }) => rest),
    missing: [...missing].sort((a, b) => a.partition - b.partition),
  };
}
