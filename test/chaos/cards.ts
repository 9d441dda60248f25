/** Payments by card, for as many cards as a run asks for: a state as large as one likes. */
import {
  boostedTrees,
  count,
  distinct,
  event,
  group,
  last,
  max,
  mean,
  model,
  schema,
  secondsSince,
  std,
  sum,
  topology,
  view,
} from 'headrace';

const payment = event(
  schema<{
    payment_id: 'string';
    time: 'long';
    card: 'string';
    merchant: 'string';
    amount: 'double';
  }>({
    type: 'record',
    name: 'Payment',
    fields: [
      { name: 'payment_id', type: 'string' },
      { name: 'time', type: 'long' },
      { name: 'card', type: 'string' },
      { name: 'merchant', type: 'string' },
      { name: 'amount', type: 'double' },
    ],
  }),
  { topic: 'payments', id: 'payment_id', time: 'time', knownAt: 'time' },
);
const report = event(
  schema<{ payment_id: 'string'; time: 'long'; fraud: 'boolean' }>({
    type: 'record',
    name: 'Report',
    fields: [
      { name: 'payment_id', type: 'string' },
      { name: 'time', type: 'long' },
      { name: 'fraud', type: 'boolean' },
    ],
  }),
  { topic: 'reports', id: 'payment_id', time: 'time', knownAt: 'time' },
);
const card = group('card', {
  version: 1,
  key: [payment.card],
  features: {
    payments_1h: count(payment, '1h'),
    payments_30d: count(payment, '30d'),
    paid_1d: sum(payment.amount, '1d'),
    paid_mean_30d: mean(payment.amount, '30d'),
    paid_std_30d: std(payment.amount, '30d'),
    paid_max: max(payment.amount, 'all time'),
    merchants_7d: distinct(payment.merchant, '7d'),
    merchant_last: last(payment.merchant, '30d'),
    since_payment: secondsSince(payment, 'all time'),
  },
});
const risk = view('risk', { version: 1, score: payment, groups: [card], fields: { amount: payment.amount } });
const fraud = model('fraud', {
  view: risk,
  label: { is: report.fraud.eq(true), join: [payment.payment_id, report.payment_id], within: '1d', ifNone: 'negative' },
  trainer: boostedTrees(),
  gates: { logLoss: { atMost: 1 }, on: '1d', embargo: '1d' },
  retrain: { onMessage: true },
});

export default topology('cards', { models: [fraud] });
