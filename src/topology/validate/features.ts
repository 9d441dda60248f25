/** Features: their values, windows and types. */
import {
  AGGREGATES,
  type AggregateDefinition,
  type FeatureDefinition,
  type GroupDefinition,
  isDerived,
  type TopologyDefinition,
} from '../definition.js';
import { featureType } from '../field-type.js';
import { checkCondition, checkValue } from './conditions.js';
import { checkDerived } from './derived.js';
import { DURATION, isDuration } from './durations.js';
import { NUMBERS, TEXTS, VALUES } from './fields.js';
import { checkFeatureName } from './names.js';
import { findEvent, list, type Report } from './problem.js';

type Names = ReadonlySet<string>;
const OF_EVENT: Names = new Set(['count', 'secondsSince', 'decayedCount', 'share']);
const OF_NUMBER: Names = new Set(['sum', 'mean', 'min', 'max', 'variance', 'std', 'decayedMean', 'quantile']);
const OF_TEXT: Names = new Set(['top']);
const DECAYED: Names = new Set(['decayedMean', 'decayedCount']);
/** A place behind it is nobody's. */
const RANK_MAX = 1000;

export function checkFeature(
  definition: TopologyDefinition,
  group: GroupDefinition,
  feature: FeatureDefinition,
  report: Report,
): void {
  checkFeatureName(feature.name, report);
  if (isDerived(feature)) checkDerived(group, feature, report);
  else checkAggregate(definition, group, feature, report);
}

function checkAggregate(
  definition: TopologyDefinition,
  group: GroupDefinition,
  feature: AggregateDefinition,
  report: Report,
): void {
  checkWindow(feature, report);
  const { aggregate, value, where } = feature;
  if (
    !report.check(
      AGGREGATES.includes(aggregate),
      `${aggregate} is no aggregate`,
      `use one of: ${AGGREGATES.join(', ')}`,
    )
  ) {
    return;
  }
  checkNumbers(feature, report);
  const event = findEvent(definition, feature.event);
  if (event === undefined) {
    report.add(`event ${feature.event} is unknown`, 'add it to the topology');
    return;
  }
  report.check(
    Object.hasOwn(group.keys, feature.event),
    `group ${group.name} has no key for event ${feature.event}, but only for ${list(Object.keys(group.keys))}`,
    `add the field of ${feature.event} that names the entity to the group's key`,
  );
  if (where !== null) checkCondition(event, where, report.at('where'));
  report.check(
    aggregate !== 'share' || where !== null,
    'a share needs a condition',
    'say what counts as a hit: share(arrival.arr_delay.gte(15), …)',
  );
  if (OF_EVENT.has(aggregate)) {
    report.check(value === null, `${aggregate} reads no field`, 'give it the event');
    report.check(feature.type === 'number', `${aggregate} is a number, not a category`, "make its type 'number'");
    return;
  }
  if (value === null) {
    report.add(`${aggregate} needs a field`, 'give it a field of the event');
    return;
  }
  const kinds = OF_NUMBER.has(aggregate) ? NUMBERS : OF_TEXT.has(aggregate) ? TEXTS : VALUES;
  const kind = checkValue(event, value, report, { kinds, as: aggregate });
  if (kind === null) return;
  const type = featureType(aggregate, kind);
  report.check(
    feature.type === type,
    `it is declared as a ${feature.type}, but ${aggregate} of ${kind} is none`,
    `make its type '${type}'`,
  );
}

function checkWindow({ windowMs, delayMs, halfLifeMs, aggregate }: AggregateDefinition, report: Report): void {
  report.check(
    windowMs === null || isDuration(windowMs, 1),
    'its window is no duration, or empty, or longer than a hundred years',
    `${DURATION}, or 'all time'`,
  );
  report.check(isDuration(delayMs, 0), 'its delay is no duration', DURATION);
  report.check(
    windowMs !== null || delayMs === 0,
    'all time cannot be delayed',
    'give it a window, or take the delay away',
  );
  if (!DECAYED.has(aggregate)) {
    report.check(halfLifeMs === null, `${aggregate} has no half-life`, 'use decayedMean or decayedCount');
  } else {
    report.check(
      halfLifeMs !== null && isDuration(halfLifeMs, 1),
      `${aggregate} needs a half-life that is a duration`,
      `${DURATION}: { halfLife: '6h' }`,
    );
  }
}

function checkNumbers({ aggregate, rank, quantile }: AggregateDefinition, report: Report): void {
  const name: string = aggregate;
  if (name !== 'top') report.check(rank === null, `${name} has no rank`, 'use top');
  else {
    report.check(
      rank !== null && Number.isInteger(rank) && rank >= 1 && rank <= RANK_MAX,
      `its rank is ${rank}`,
      `use a whole number from 1 to ${RANK_MAX}`,
    );
  }
  if (name !== 'quantile') report.check(quantile === null, `${name} has no quantile`, 'use quantile or median');
  else {
    report.check(
      quantile !== null && quantile >= 0 && quantile <= 1,
      `its quantile is ${quantile}`,
      'use a number from 0 to 1: quantile(arrival.arr_delay, 0.9, …)',
    );
  }
}
