/**
 * What must not compile, each at its own line. `tsc` reads it as it stands; test/topology/language.test.ts also compiles it
 * with the expectations taken away, and demands one error on exactly the lines that follow them.
 */
import {
  and,
  approxDistinct,
  boostedTrees,
  count,
  decayedCount,
  decayedMean,
  difference,
  distinct,
  event,
  first,
  group,
  hourOf,
  last,
  mean,
  median,
  min,
  model,
  not,
  or,
  quantile,
  ratio,
  schema,
  secondsSince,
  share,
  std,
  top,
  topology,
  view,
  weekdayOf,
  zScore,
} from 'headrace';

const Order = schema<{
  order: 'string';
  at: 'long';
  seen: 'long | null';
  customer: 'string | null';
  amount: 'double | null';
  discount: 'float';
  gift: 'boolean | null';
  note: 'string';
  paid: 'boolean';
  way: 'enum';
  lines: 'unsupported';
}>({ type: 'record', name: 'Order', fields: [] });
const Refund = schema<{ order: 'string'; at: 'long'; customer: 'string'; reason: 'string' }>({
  type: 'record',
  name: 'Refund',
  fields: [],
});
const Stranger = schema<{ id: 'string'; at: 'long'; customer: 'string'; size: 'int' }>({
  type: 'record',
  name: 'Stranger',
  fields: [],
});

export const order = event(Order, { topic: 'orders', id: 'order', time: 'at', knownAt: 'broker' });
export const refund = event(Refund, {
  topic: 'refunds',
  id: ['order', 'at'],
  time: 'at',
  knownAt: { field: 'at', plus: '500ms' },
});
export const stranger = event(Stranger, { topic: 'strangers', id: 'id', time: 'at', knownAt: 'at' });

export const wrongEvents = [
  // @ts-expect-error a wrong id
  event(Order, { topic: 'orders', id: 'nope', time: 'at', knownAt: 'at' }),
  // @ts-expect-error an id of a double
  event(Order, { topic: 'orders', id: 'amount', time: 'at', knownAt: 'at' }),
  // @ts-expect-error a time of text
  event(Order, { topic: 'orders', id: 'order', time: 'customer', knownAt: 'at' }),
  // @ts-expect-error a time that may be null
  event(Order, { topic: 'orders', id: 'order', time: 'seen', knownAt: 'at' }),
  // @ts-expect-error known by a wrong field
  event(Order, { topic: 'orders', id: 'order', time: 'at', knownAt: 'nope' }),
  // @ts-expect-error known after no duration
  event(Order, { topic: 'orders', id: 'order', time: 'at', knownAt: { field: 'at', plus: 'soon' } }),
];

export const wrongConditions = [
  order.amount.gte(10),
  order.paid.eq(true),
  order.way.ne('post'),
  // @ts-expect-error a wrong field
  order.amuont.gte(10),
  // @ts-expect-error text where a number is compared
  order.amount.gte('10'),
  // @ts-expect-error an order of text
  order.customer.lt('b'),
  // @ts-expect-error a number where text is compared
  order.way.eq(1),
  // @ts-expect-error nothing can be compared to it
  order.lines.eq('x'),
  order.amount.gte(order.discount),
  order.customer.ne(order.order),
  order.gift.eq(order.paid),
  order.seen.isNull(),
  order.way.oneOf(['post', 'van']),
  and(order.amount.gt(1), or(order.paid.eq(true), not(order.gift.eq(true))), order.note.isNull()),
  // @ts-expect-error text where a number is compared
  order.amount.gte(order.customer),
  // @ts-expect-error a boolean where text is compared
  order.note.eq(order.paid),
  // @ts-expect-error a number where a boolean is compared
  order.paid.eq(1),
  // @ts-expect-error a field of another event
  order.amount.gte(stranger.size),
  // @ts-expect-error arithmetic on a field of another event
  order.amount.minus(stranger.size).gte(1),
  // @ts-expect-error numbers where texts are looked for
  order.way.oneOf([1]),
  // @ts-expect-error a text among numbers
  order.discount.oneOf([1, '2']),
  // @ts-expect-error nothing can be looked for
  order.lines.oneOf(['x']),
  // @ts-expect-error conditions on two events
  and(order.paid.eq(true), refund.reason.eq('broken')),
  // @ts-expect-error conditions on two events, deeper
  or(order.paid.eq(true), not(refund.reason.eq('broken'))),
  // @ts-expect-error no conditions
  and(),
  // @ts-expect-error a field is no condition
  not(order.paid),
  // @ts-expect-error a field is no condition, here either
  and(order.amount.gt(1), order.paid),
];

export const wrongArithmetic = [
  order.amount.plus(1).minus(order.discount).times(order.seen).dividedBy(2.5).gte(order.at),
  // @ts-expect-error arithmetic on a string
  order.customer.plus('x'),
  // @ts-expect-error arithmetic on a boolean
  order.paid.times(2),
  // @ts-expect-error arithmetic with a string
  order.amount.minus('1'),
  // @ts-expect-error arithmetic with a field of text
  order.amount.minus(order.note),
  // @ts-expect-error a text is no number, on the left either
  order.note.minus(order.amount),
  // @ts-expect-error arithmetic with an event
  order.amount.plus(order),
  // @ts-expect-error arithmetic on what cannot be read
  order.lines.plus(1),
  // @ts-expect-error a number is compared to text
  order.amount.plus(1).eq('2'),
];

export const wrongFeatures = [
  mean(order.amount, '1h', { where: order.paid.eq(true), delay: '30m' }),
  decayedMean(order.amount, 'all time', { halfLife: '6h' }),
  mean(order.amount.minus(order.discount), '1h', { where: and(order.paid.eq(true), order.amount.gt(order.discount)) }),
  share(or(order.gift.eq(true), order.discount.gt(0)), '1h'),
  distinct(order.discount.times(100), '1d'),
  top(order.way, '30d'),
  top(order.customer, '30d', { rank: 2, where: order.paid.eq(true), delay: '1d' }),
  approxDistinct(order.note, 'all time'),
  quantile(order.amount.dividedBy(order.discount), 0.9, '1d'),
  median(order.amount, '1d', { where: order.amount.gt(0) }),
  // @ts-expect-error a top of numbers
  top(order.amount, '30d'),
  // @ts-expect-error a top of booleans
  top(order.paid, '30d'),
  // @ts-expect-error a rank of text
  top(order.way, '30d', { rank: '1' }),
  // @ts-expect-error a count of what cannot be read
  approxDistinct(order.lines, '1d'),
  // @ts-expect-error a quantile without its share
  quantile(order.amount, '1d'),
  // @ts-expect-error a quantile of texts
  quantile(order.note, 0.9, '1d'),
  // @ts-expect-error a median of booleans
  median(order.paid, '1d'),
  // @ts-expect-error a mean of a condition
  mean(order.amount.gt(1), '1h'),
  // @ts-expect-error a sum over a condition on another event
  mean(order.amount.minus(1), '1h', { where: not(refund.reason.eq('broken')) }),
  // @ts-expect-error a wrong field
  mean(order.amuont, '1h'),
  // @ts-expect-error a mean of a string
  mean(order.customer, '1h'),
  // @ts-expect-error a deviation of a boolean
  std(order.paid, '1h'),
  // @ts-expect-error a minimum of an enum
  min(order.way, '1h'),
  // @ts-expect-error the last of what cannot be read
  last(order.lines, 'all time'),
  // @ts-expect-error a count of a field
  count(order.amount, '1h'),
  // @ts-expect-error a mean of an event
  mean(order, '1h'),
  // @ts-expect-error a bad window
  count(order, '1x'),
  // @ts-expect-error a window in halves
  count(order, '1.5h'),
  // @ts-expect-error a window without unit
  count(order, 3600),
  // @ts-expect-error no window
  secondsSince(order),
  // @ts-expect-error a bad delay
  count(order, '1h', { delay: 'all time' }),
  // @ts-expect-error a condition on another event
  count(order, '1h', { where: refund.reason.eq('broken') }),
  // @ts-expect-error a share of an event
  share(order, '1h'),
  // @ts-expect-error decay without half-life
  decayedCount(order, '1h'),
  // @ts-expect-error a bad half-life
  decayedMean(order.amount, '1h', { halfLife: '1y' }),
];

export const customer = group('customer', {
  version: 1,
  key: [order.customer, refund.customer],
  lateness: '2d',
  inboxPartitions: 8,
  features: {
    orders_1h: count(order, '1h'),
    refund_reasons_7d: distinct(refund.reason, '7d'),
    // @ts-expect-error an event without a key in its group
    strangers_1h: count(stranger, '1h'),
    last_reason: last(refund.reason, 'all time'),
    // @ts-expect-error a field of an event without a key in its group
    mean_size_1h: mean(stranger.size, '1h'),
    // @ts-expect-error a share of an event without a key in its group
    big_1h: share(stranger.size.gt(3), '1h'),
  },
});
export const derived = group('derived', {
  version: 1,
  key: [order.customer],
  features: {
    orders_1h: count(order, '1h'),
    orders_7d: count(order, '7d'),
    mean_7d: mean(order.amount, '7d'),
    std_7d: std(order.amount, '7d'),
    last_amount: last(order.amount, 'all time'),
    last_way: last(order.way, 'all time'),
    top_way: top(order.way, '30d'),
    first_paid: first(order.paid, 'all time'),
    pace: ratio('orders_1h', 'orders_7d'),
    apart: zScore('last_amount', 'mean_7d', 'std_7d'),
    pace_apart: difference('pace', 'apart'),
    paid: ratio('first_paid', 'orders_7d'),
    // @ts-expect-error an unknown operand
    unknown: ratio('orders_1h', 'orders_8d'),
    // @ts-expect-error a category
    category: difference('last_way', 'mean_7d'),
    // @ts-expect-error another category
    top_category: difference('top_way', 'mean_7d'),
    // @ts-expect-error itself
    itself: difference('itself', 'mean_7d'),
    // @ts-expect-error an operand is missing
    few: zScore('last_amount', 'mean_7d'),
    // @ts-expect-error a feature and not its name
    feature: ratio(count(order, '1h'), 'orders_7d'),
    // @ts-expect-error a wrong field beside them
    wrong: mean(order.amuont, '1h'),
  },
});
export const badKeys = group('bad-keys', {
  version: 1,
  key: [
    refund.customer,
    // @ts-expect-error a key of doubles
    order.amount,
  ],
  features: { n: count(refund, '1h') },
});
export const refunds = group('refunds', { version: 1, key: [refund.customer], features: { r: count(refund, '1h') } });

const known = group('known', { version: 1, key: [order.customer], features: { o: count(order, '1h') } });
export const orders = view('orders', {
  version: 1,
  score: order,
  groups: [
    known,
    // @ts-expect-error a group without a key for the scored event
    refunds,
  ],
  fields: {
    hour: hourOf(order.at, 'Europe/Berlin'),
    amount: order.amount,
    way: order.way,
    // @ts-expect-error a wrong field
    amuont: order.amuont,
    // @ts-expect-error a foreign event's field
    reason: refund.reason,
    // @ts-expect-error a foreign event's hour
    refund_hour: hourOf(refund.at, 'Europe/Berlin'),
    // @ts-expect-error the weekday of a string
    weekday: weekdayOf(order.customer, 'Europe/Berlin'),
    // @ts-expect-error what cannot be read
    lines: order.lines,
  },
});

const good = view('good', { version: 1, score: order, groups: [known] });
const gates = { auc: { atLeast: 0.7 } };
export const models = [
  model('right', {
    view: good,
    label: { is: refund.reason.eq('broken'), join: [order.order, refund.order], within: '7d', ifNone: 'negative' },
    gates,
  }),
  model('wrong', {
    view: good,
    label: {
      is: refund.reason.eq('broken'),
      join: [
        // @ts-expect-error a field of another event than the scored one
        stranger.id,
        // @ts-expect-error a field of another event than the label's
        order.order,
      ],
      // @ts-expect-error a bad horizon
      within: 'all time',
      // @ts-expect-error neither excluded nor negative
      ifNone: 'positive',
    },
    // @ts-expect-error no such setting
    trainer: boostedTrees({ tree: 100 }),
    // @ts-expect-error it can beat the champion only
    gates: { ...gates, beats: 'everybody' },
  }),
];
// @ts-expect-error a group is no model
export const wrongTopology = topology('shop', { models: [customer] });
