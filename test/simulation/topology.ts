/** The topology of the simulation: orders, scored, with what two groups know of customers and shops; returns are labels. */
import {
  boostedTrees,
  count,
  decayedMean,
  distinct,
  event,
  group,
  last,
  max,
  mean,
  model,
  schema,
  secondsSince,
  share,
  sum,
  topology,
  view,
} from '../../src/index.js';
import type { RecordSchema, TopologyDefinition } from '../../src/topology/definition.js';

const record = (name: string, fields: readonly (readonly [string, unknown])[]): RecordSchema => ({
  type: 'record',
  name,
  fields: fields.map(([field, type]) => ({ name: field, type })),
});
const times = [
  ['time', 'long'],
  ['known', 'long'],
] as const;

type Times = { time: 'long'; known: 'long' };

const order = event(
  schema<Times & { order_id: 'string'; customer: 'string | null'; shop: 'string'; amount: 'double' }>(
    record('Order', [
      ['order_id', 'string'],
      ...times,
      ['customer', ['null', 'string']],
      ['shop', 'string'],
      ['amount', 'double'],
    ]),
  ),
  { topic: 'orders', id: 'order_id', time: 'time', knownAt: 'known', marks: true },
);
const payment = event(
  schema<
    Times & {
      payment_id: 'string';
      customer: 'string | null';
      shop: 'string';
      amount: 'double | null';
      method: 'string';
    }
  >(
    record('Payment', [
      ['payment_id', 'string'],
      ...times,
      ['customer', ['null', 'string']],
      ['shop', 'string'],
      ['amount', ['null', 'double']],
      ['method', 'string'],
    ]),
  ),
  { topic: 'payments', id: 'payment_id', time: 'time', knownAt: 'known', marks: true },
);
const returned = event(
  schema<Times & { order_id: 'string'; shop: 'string'; broken: 'boolean' }>(
    record('Return', [['order_id', 'string'], ...times, ['shop', 'string'], ['broken', 'boolean']]),
  ),
  { topic: 'returns', id: 'order_id', time: 'time', knownAt: 'known', marks: true },
);

const customer = group('customer', {
  version: 1,
  key: [order.customer, payment.customer],
  inboxPartitions: 2,
  lateness: '6h',
  features: {
    orders_3h: count(order, '3h'),
    paid_6h: sum(payment.amount, '6h'),
    paid_mean: mean(payment.amount, 'all time'),
    paid_before: sum(payment.amount, '3h', { delay: '3h' }),
    methods_6h: distinct(payment.method, '6h'),
    last_method: last(payment.method, '12h'),
    since_payment: secondsSince(payment, 'all time'),
  },
});
const shop = group('shop', {
  version: 1,
  key: [order.shop, payment.shop, returned.shop],
  inboxPartitions: 2,
  lateness: '6h',
  features: {
    shop_orders_6h: count(order, '6h'),
    shop_amount_12h: mean(order.amount, '12h'),
    shop_paid_max_6h: max(payment.amount, '6h'),
    shop_broken: share(returned.broken.eq(true), '12h'),
    shop_paid_decayed: decayedMean(payment.amount, 'all time', { halfLife: '2h' }),
  },
});
const risk = view('risk', {
  version: 1,
  score: order,
  groups: [customer, shop],
  fields: { amount: order.amount, shop: order.shop },
});
const loss = model('loss', {
  view: risk,
  label: {
    is: returned.broken.eq(true),
    join: [order.order_id, returned.order_id],
    within: '12h',
    ifNone: 'negative',
  },
  trainer: boostedTrees(),
  gates: { logLoss: { atMost: 1 }, on: '1d', embargo: '12h' },
  retrain: { onMessage: true },
});

export const { definition } = topology('sim', { models: [loss] });
/** The same without promises of producers: its order depends on when records arrive. */
export const liveDefinition: TopologyDefinition = {
  ...definition,
  events: definition.events.map((one) => ({ ...one, marks: false })),
};
/** Partitions of the raw topics. */
export const RAW_PARTITIONS: Readonly<Record<string, number>> = { orders: 2, payments: 2, returns: 1 };
export const CUSTOMERS = ['ann', 'bob', 'cem', 'dee', 'eva'];
export const SHOPS = ['north', 'south', 'west'];
