import { test } from 'vitest';
import { type Case, compare, derived, expectProblems, field, MEAN } from './problems.js';

const CASES: Case[] = [
  [
    'mean of a string',
    ({ mean }) => (mean.value = field('carrier')),
    [`${MEAN}: field carrier of event arrivals is string: mean needs`],
  ],
  ['mean of nothing', ({ mean }) => (mean.value = null), [`${MEAN}: mean needs a field`]],
  ['unknown event', ({ mean }) => (mean.event = 'starts'), [`${MEAN}: event starts is unknown`]],
  ['unknown aggregate', ({ mean }) => (mean.aggregate = 'median' as 'mean'), [`${MEAN}: median is no aggregate`]],
  ['bad window', ({ mean }) => (mean.windowMs = Number.NaN), [`${MEAN}: its window is no duration`]],
  ['empty window', ({ mean }) => (mean.windowMs = 0), [`${MEAN}: its window is no duration, or empty`]],
  ['endless window', ({ mean }) => (mean.windowMs = 4e12), [`${MEAN}: its window is no duration`]],
  ['bad delay', ({ mean }) => (mean.delayMs = -1), [`${MEAN}: its delay is no duration`]],
  [
    'delayed all time',
    ({ mean }) => Object.assign(mean, { windowMs: null, delayMs: 1000 }),
    [`${MEAN}: all time cannot be delayed`],
  ],
  ['half-life of a mean', ({ mean }) => (mean.halfLifeMs = 1000), [`${MEAN}: mean has no half-life`]],
  [
    'decay without half-life',
    ({ mean }) => (mean.aggregate = 'decayedMean'),
    [`${MEAN}: decayedMean needs a half-life`],
  ],
  [
    'share without hit',
    ({ mean }) => Object.assign(mean, { aggregate: 'share', value: null }),
    [`${MEAN}: a share needs a condition`],
  ],
  ['count of a field', ({ mean }) => (mean.aggregate = 'count'), [`${MEAN}: count reads no field`]],
  ['type of a mean', ({ mean }) => (mean.type = 'category'), [`${MEAN}: it is declared as a category`]],
  [
    'type of the last text',
    ({ mean }) => Object.assign(mean, { aggregate: 'last', value: field('carrier') }),
    [`${MEAN}: it is declared as a number`],
  ],
  [
    'condition on another event',
    ({ mean }) => (mean.where = compare('temp', 'gt', 30)),
    [`${MEAN} > where: event arrivals has no field "temp"`],
  ],
  [
    'condition of another type',
    ({ mean }) => (mean.where = compare('carrier', 'eq', 1)),
    [`${MEAN} > where: carrier is string, and is compared to 1, which is double`],
  ],
  [
    'order of texts',
    ({ mean }) => (mean.where = compare('carrier', 'lt', 'UA')),
    [`${MEAN} > where: field carrier of event arrivals is string: lt needs`],
  ],
  [
    'arithmetic on a text',
    ({ mean }) => (mean.value = { kind: 'subtract', left: field('arr_delay'), right: field('carrier') }),
    [`${MEAN}: field carrier of event arrivals is string: subtract needs long, int, double, float`],
  ],
  [
    'arithmetic with a constant text',
    ({ mean }) => (mean.value = { kind: 'add', left: field('arr_delay'), right: { kind: 'constant', value: '1' } }),
    [`${MEAN}: the constant "1" is string: add needs`],
  ],
  [
    'a constant that is none',
    ({ mean }) =>
      (mean.where = { kind: 'compare', value: field('arr_delay'), is: 'lt', to: { kind: 'constant', value: NaN } }),
    [`${MEAN} > where: NaN is no constant`],
  ],
  [
    'a text of arithmetic',
    ({ mean }) =>
      Object.assign(mean, {
        aggregate: 'top',
        rank: 1,
        type: 'category',
        value: { kind: 'add', left: field('arr_delay'), right: field('arr_delay') },
      }),
    [`${MEAN}: arr_delay + arr_delay is a number: top needs string, enum`],
  ],
  [
    'a value without field',
    ({ mean }) => (mean.value = { kind: 'constant', value: 1 }),
    [`${MEAN}: it reads no field`],
  ],
  [
    'no expression',
    ({ mean }) => (mean.value = { kind: 'power' as 'add', left: field('arr_delay'), right: field('arr_delay') }),
    [`${MEAN}: power is no expression`],
  ],
  [
    'a condition without field',
    ({ mean }) =>
      (mean.where = {
        kind: 'compare',
        value: { kind: 'constant', value: 1 },
        is: 'eq',
        to: { kind: 'constant', value: 1 },
      }),
    [`${MEAN} > where: it reads no field`],
  ],
  [
    'fields of two types compared',
    ({ mean }) => (mean.where = { kind: 'compare', value: field('carrier'), is: 'eq', to: field('arr_delay') }),
    [`${MEAN} > where: carrier is string, and is compared to arr_delay, which is int`],
  ],
  [
    'no comparison',
    ({ mean }) => (mean.where = compare('arr_delay', 'like' as 'eq', 1)),
    [`${MEAN} > where: like is no comparison`],
  ],
  [
    'one of another type',
    ({ mean }) => (mean.where = { kind: 'oneOf', value: field('carrier'), values: ['AA', 1] }),
    [`${MEAN} > where: carrier is string, and oneOf is given 1`],
  ],
  [
    'one of none',
    ({ mean }) => (mean.where = { kind: 'oneOf', value: field('carrier'), values: [] }),
    [`${MEAN} > where: oneOf is given no values`],
  ],
  [
    'one of what is not sorted',
    ({ mean }) => (mean.where = { kind: 'oneOf', value: field('carrier'), values: ['UA', 'AA'] }),
    [`${MEAN} > where: the values of oneOf are not sorted`],
  ],
  [
    'one of repeated ones',
    ({ mean }) => (mean.where = { kind: 'oneOf', value: field('arr_delay'), values: [1, 1] }),
    [`${MEAN} > where: the values of oneOf are not sorted, or repeat`],
  ],
  [
    'a wrong field deep in a condition',
    ({ mean }) =>
      (mean.where = {
        kind: 'and',
        conditions: [
          compare('arr_delay', 'gt', 1),
          { kind: 'not', condition: { kind: 'or', conditions: [{ kind: 'isNull', value: field('carier') }] } },
        ],
      }),
    [`${MEAN} > where: event arrivals has no field "carier"`],
  ],
  [
    'an empty and',
    ({ mean }) => (mean.where = { kind: 'and', conditions: [] }),
    [`${MEAN} > where: and has no conditions`],
  ],
  [
    'no condition',
    ({ mean }) => (mean.where = { kind: 'xor' as 'and', conditions: [] }),
    [`${MEAN} > where: xor is no condition`],
  ],
  ['rank of a mean', ({ mean }) => (mean.rank = 1), [`${MEAN}: mean has no rank`]],
  ['quantile of a mean', ({ mean }) => (mean.quantile = 0.5), [`${MEAN}: mean has no quantile`]],
  [
    'rank',
    ({ mean }) => Object.assign(mean, { aggregate: 'top', value: field('carrier'), type: 'category', rank: 0 }),
    [`${MEAN}: its rank is 0`],
  ],
  [
    'top of a number',
    ({ mean }) => Object.assign(mean, { aggregate: 'top', rank: 1 }),
    [`${MEAN}: field arr_delay of event arrivals is int: top needs string, enum`],
  ],
  [
    'type of a top',
    ({ mean }) => Object.assign(mean, { aggregate: 'top', value: field('carrier'), rank: 1 }),
    [`${MEAN}: it is declared as a number`],
  ],
  [
    'quantile',
    ({ mean }) => Object.assign(mean, { aggregate: 'quantile', quantile: 90 }),
    [`${MEAN}: its quantile is 90`],
  ],
  ['no quantile', ({ mean }) => (mean.aggregate = 'quantile'), [`${MEAN}: its quantile is null`]],
  [
    'a derived feature of an unknown one',
    ({ origin }) => origin.features.push(derived('r', 'ratio', 'origin_departures_1h', 'origin_mean_delay_2h')),
    ['group origin > feature r: it is made of "origin_mean_delay_2h", which group origin does not have'],
  ],
  [
    "a derived feature of another group's",
    ({ origin }) => origin.features.push(derived('r', 'ratio', 'origin_departures_1h', 'tail_arrivals_24h')),
    ['group origin > feature r: it is made of "tail_arrivals_24h", which group origin does not have'],
  ],
  [
    'a derived feature of a category',
    ({ origin, mean }) =>
      origin.features.push(
        { ...mean, name: 'c', aggregate: 'last', value: field('carrier'), type: 'category' },
        derived('r', 'ratio', 'c', 'origin_mean_delay_1h'),
      ),
    ['group origin > feature r: it is made of c, which is a category'],
  ],
  [
    'operands',
    ({ origin }) => origin.features.push(derived('r', 'zScore', 'origin_departures_1h', 'origin_mean_delay_1h')),
    ['group origin > feature r: zScore is of 3 features, and is given 2'],
  ],
  [
    'no derivation',
    ({ origin }) => origin.features.push(derived('r', 'product' as 'ratio', 'origin_departures_1h')),
    ['group origin > feature r: product is no way to derive a feature'],
  ],
  [
    'type of a derived feature',
    ({ origin }) =>
      origin.features.push({
        ...derived('r', 'ratio', 'origin_departures_1h', 'origin_mean_delay_1h'),
        type: 'category' as 'number',
      }),
    ['group origin > feature r: ratio is a number, not a category'],
  ],
  [
    'a derived feature of itself',
    ({ origin }) => origin.features.push(derived('r', 'ratio', 'r', 'origin_departures_1h')),
    ['group origin > feature r: it is made of itself: r of r'],
  ],
  [
    'a cycle',
    ({ origin }) =>
      origin.features.push(
        derived('s', 'ratio', 'q', 'origin_departures_1h'),
        derived('r', 'difference', 's', 'q'),
        derived('q', 'difference', 'origin_departures_1h', 'r'),
      ),
    [
      'group origin > feature s: it is made of itself: s of q of r of s',
      'group origin > feature r: it is made of itself: r of q of r',
    ],
  ],
  [
    'two features of a name',
    ({ origin }) => (origin.features[3]!.name = origin.features[2]!.name),
    [`${MEAN}: two features`],
  ],
  [
    'feature name',
    ({ mean }) => (mean.name = 'mean-delay'),
    ['group origin > feature mean-delay: "mean-delay" cannot be a feature\'s name'],
  ],
  ['kept name', ({ mean }) => (mean.name = '__m'), ['group origin > feature __m: "__m" cannot be a feature\'s name']],
  [
    'name of two groups',
    ({ plane }) => (plane.features[0]!.name = 'Origin_Mean_Delay_1h'),
    ['view delays > group plane > feature Origin_Mean_Delay_1h: its name is taken by group origin'],
  ],
];

test.each(CASES)('%s', (_, change, expected) => expectProblems(change, expected));
