/**
 * A synthetic topology for stages under load: purchases (scored) and settlements (observed) of payment cards.
 * Nothing is over all time, so that a card that is no longer used leaves the state.
 */
import {
  count,
  distinct,
  event,
  group,
  max,
  mean,
  schema,
  secondsSince,
  share,
  sum,
  topology,
  view,
} from '../src/index.js';

const Purchase = schema<{ id: 'string'; time: 'long'; card: 'string'; merchant: 'string'; amount: 'double' }>({
  type: 'record',
  name: 'Purchase',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'time', type: 'long' },
    { name: 'card', type: 'string' },
    { name: 'merchant', type: 'string' },
    { name: 'amount', type: 'double' },
  ],
});
const Settlement = schema<{ id: 'string'; time: 'long'; card: 'string'; amount: 'double'; disputed: 'boolean' }>({
  type: 'record',
  name: 'Settlement',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'time', type: 'long' },
    { name: 'card', type: 'string' },
    { name: 'amount', type: 'double' },
    { name: 'disputed', type: 'boolean' },
  ],
});
const purchase = event(Purchase, { topic: 'purchases', id: 'id', time: 'time', knownAt: 'time' });
const settlement = event(Settlement, { topic: 'settlements', id: 'id', time: 'time', knownAt: 'time' });

const card = group('card', {
  version: 1,
  key: [purchase.card, settlement.card],
  inboxPartitions: 1,
  features: {
    purchases_1h: count(purchase, '1h'),
    spent_24h: sum(purchase.amount, '24h'),
    mean_amount_7d: mean(purchase.amount, '7d'),
    max_amount_7d: max(purchase.amount, '7d'),
    merchants_24h: distinct(purchase.merchant, '24h'),
    disputed_share_7d: share(settlement.disputed.eq(true), '7d'),
    settled_7d: sum(settlement.amount, '7d'),
    seconds_since_purchase: secondsSince(purchase, '7d'),
  },
});

export const CARDS_FEATURES = card.definition.features.length;
/** Longest window plus lateness, ms. */
export const CARD_HORIZON_MS = 8 * 86_400_000;
export const cards = topology('cards', {
  views: [view('risk', { version: 1, score: purchase, groups: [card], fields: { amount: purchase.amount } })],
}).definition;
