/** Events of cards: a history for each of many cards, then a stream in which a hot part of them comes more often. */
import { CARD_HORIZON_MS } from './cards.js';
import { type Random, random } from './random.js';
import type { CardEvent } from './stage.js';

export const START_MS = Date.UTC(2024, 0, 1);
const cardName = (card: number) => `card-${card.toString(36).padStart(7, '0')}`;

function cardEvent(chance: Random, id: string, card: number, known: number, time: number): CardEvent {
  const amount = Math.round(chance.next() ** 3 * 50_000) / 100;
  const shared = { id, time, card: cardName(card), amount };
  return chance.next() < 0.5
    ? { topic: 'purchases', known, time, fields: { ...shared, merchant: `merchant-${chance.below(5_000)}` } }
    : { topic: 'settlements', known, time, fields: { ...shared, disputed: chance.next() < 0.02 } };
}

/** Card by card, so that filling a store is cheap: `each` events a card within its windows, all known at the start. */
export function* history(cards: number, each: number): Generator<CardEvent> {
  const chance = random(1);
  for (let card = 0; card < cards; card++) {
    for (let n = 0; n < each; n++) {
      const time = START_MS - chance.below(CARD_HORIZON_MS - 2 * 86_400_000);
      yield cardEvent(chance, `h${card}-${n}`, card, START_MS, time);
    }
  }
}

export interface StreamOptions {
  readonly cards: number;
  /** Cards that come more often, and the share of events that are theirs; 0 and 0: uniform. */
  readonly hotCards: number;
  readonly hotShare: number;
  /** Known time from one event to the next, ms. */
  readonly stepMs: number;
  readonly startMs: number;
  readonly seed: number;
}

/** Without end, in the order of known time; events are known when they happen. */
export function* stream({ cards, hotCards, hotShare, stepMs, startMs, seed }: StreamOptions): Generator<CardEvent> {
  const chance = random(seed);
  for (let n = 0; ; n++) {
    const card = chance.next() < hotShare ? chance.below(hotCards) : chance.below(cards);
    const now = startMs + Math.ceil((n + 1) * stepMs);
    yield cardEvent(chance, `s${seed}-${n.toString(36)}`, card, now, now);
  }
}

/** The next events of a generator, at most `size`. */
export function take<T>(from: Generator<T>, size: number): T[] {
  const taken: T[] = [];
  while (taken.length < size) {
    const { done, value } = from.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
}
