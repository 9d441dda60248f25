/**
 * The naive twin of the engine: it keeps every event, sorts and filters all of them for each question, and folds by the letter of
 * the definition. Nothing is shared with the engine but the aggregates' arithmetic being the same formulas, written out again.
 */
import type { BorderOf } from '../../src/aggregate/border.js';
import { exp2 } from '../../src/aggregate/exp2.js';
import type { AggregateDefinition, AggregateName, FeatureDefinition, Scalar } from '../../src/topology/definition.js';
import { evaluate, holds } from './naive-row.js';

export interface NaiveEvent {
  readonly topic: string;
  readonly time: number;
  readonly id: string;
  readonly values: Readonly<Record<string, Scalar>>;
}

/** What an aggregate sees of an event. */
interface Seen {
  readonly time: number;
  readonly id: string;
  readonly value: number | string;
}
interface Twin<P> {
  add(partial: P | null, seen: Seen): P;
  merge(a: P, b: P): P;
  value(partial: P | null, t: number): Scalar;
}

const byPlace = (a: { time: number; id: string }, b: { time: number; id: string }) =>
  a.time - b.time || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));

/**
 * Every feature, rounded once; those made of others from what these are before that.
 * @param exactOf the value of an aggregate
 */
export function naiveFeatures(
  features: readonly FeatureDefinition[],
  exactOf: (feature: AggregateDefinition) => Scalar,
): Scalar[] {
  const exact = (name: string): Scalar => {
    const feature = features.find((one) => one.name === name)!;
    if (!('derive' in feature)) return exactOf(feature);
    const operands = feature.of.map(exact);
    if (operands.some((one) => typeof one !== 'number')) return null;
    const [a, b, c] = operands as number[];
    const result = { ratio: a! / b!, difference: a! - b!, zScore: (a! - b!) / c! }[feature.derive];
    return Number.isFinite(result) ? result : null;
  };
  return features.map(({ name }) => rounded(exact(name)));
}

function rounded(value: Scalar): Scalar {
  if (typeof value !== 'number') return value;
  return Number.isFinite(Math.fround(value)) ? Math.fround(value) : null;
}

/** The feature at t, not rounded, of events that happened before it and of the scored event. The first of equal (topic, time, id) counts. */
export function naive(
  feature: AggregateDefinition,
  events: readonly NaiveEvent[],
  t: number,
  scored: NaiveEvent | null,
  borderOf: BorderOf,
): Scalar {
  const to = t - feature.delayMs;
  const from = feature.windowMs === null ? Number.NEGATIVE_INFINITY : to - feature.windowMs;
  const within = events
    .filter((event) => event.topic === feature.event && event.time >= from && event.time < to)
    .filter((event, i, all) => all.findIndex((other) => byPlace(other, event) === 0) === i)
    .sort(byPlace);
  const segments = segmentsOf(within, borderOf);
  const { fold, merge, leave } = arithmetic(feature);
  // The first segment of a window, and the last of all, are its edges.
  const last = segments.pop()!;
  const first = feature.windowMs === null ? undefined : segments.shift();
  const chunks = segments.map((segment) => ({ partial: fold(segment), border: borderAt(segment, borderOf) }));
  const middle =
    first === undefined ? foldChunks(chunks, 1, merge) : foldChunks(chunks, borderAt(first, borderOf), merge);
  const result = [middle, fold(last), own(feature, scored, fold)].reduce(
    merge,
    first === undefined ? null : fold(first),
  );
  return leave(result, t);
}

interface NaiveChunk {
  readonly partial: unknown;
  /** The level of its border. */
  readonly border: number;
}
type Merge = (a: unknown, b: unknown) => unknown;

/** @param before the level of the border that they lie behind */
function foldChunks(chunks: readonly NaiveChunk[], before: number, merge: Merge): unknown {
  let rest = chunks;
  let level = before;
  /** Folds spans of a level for as long as whole ones are there; `climbs`: those of a higher level, once one of its borders is passed. */
  const spans = (climbs: boolean): unknown => {
    let folded: unknown = null;
    for (;;) {
      const end = rest.findIndex(({ border }) => border >= level);
      if (end < 0) return folded;
      folded = merge(folded, spanOf(rest.slice(0, end + 1), level, merge));
      if (climbs) level = Math.max(level, rest[end]!.border);
      rest = rest.slice(end + 1);
    }
  };
  let result = spans(true);
  while (--level > 0) result = merge(result, spans(false));
  return result;
}

/** A span of a level is the left fold of its spans of the level below; one of level 1 is a chunk. */
function spanOf(chunks: readonly NaiveChunk[], level: number, merge: Merge): unknown {
  if (level === 1) return chunks[0]!.partial;
  let folded: unknown = null;
  for (let begin = 0; begin < chunks.length; ) {
    const end = chunks.findIndex(({ border }, i) => i >= begin && border >= level - 1) + 1;
    folded = merge(folded, spanOf(chunks.slice(begin, end), level - 1, merge));
    begin = end;
  }
  return folded;
}

/** What one log of one entity keeps for features over all time, when events come late beyond the horizon as well. */
export class NaiveAllTime {
  /** What left the horizon, in the order in which it did: a closed chunk, or one event that came too late. */
  readonly #history: { events: NaiveEvent[]; late: boolean }[] = [];
  #held: NaiveEvent[] = [];
  #passed: NaiveEvent | null = null;
  readonly #borderOf: BorderOf;

  constructor(borderOf: BorderOf) {
    this.#borderOf = borderOf;
  }

  evict(before: number): void {
    for (;;) {
      const [first] = segmentsOf(this.#held, this.#borderOf);
      if (first!.length === 0 || borderAt(first!, this.#borderOf) === 0 || first!.at(-1)!.time >= before) return;
      this.#history.push({ events: first!, late: false });
      this.#held = this.#held.slice(first!.length);
      this.#passed = first!.at(-1)!;
    }
  }

  insert(event: NaiveEvent): void {
    if (this.#passed !== null && byPlace(event, this.#passed) <= 0) {
      if (byPlace(event, this.#passed) < 0) this.#history.push({ events: [event], late: true });
    } else if (!this.#held.some((other) => byPlace(other, event) === 0)) {
      this.#held = [...this.#held, event].sort(byPlace);
    }
  }

  value(feature: AggregateDefinition, t: number, scored: NaiveEvent | null): Scalar {
    const { fold, merge, leave } = arithmetic(feature);
    const retained = segmentsOf(
      this.#held.filter((event) => event.time < t),
      this.#borderOf,
    );
    const last = retained.pop()!;
    const whole = [...this.#history, ...retained.map((events) => ({ events, late: false }))];
    const chunks = whole.map(({ events, late }) => ({
      partial: fold(events),
      border: late ? 1 : borderAt(events, this.#borderOf),
    }));
    const all = merge(foldChunks(chunks, 1, merge), fold(last));
    return leave(merge(all, own(feature, scored, fold)), t);
  }
}

/** Cut behind each border; the last segment has none, and may be empty. */
function segmentsOf(events: readonly NaiveEvent[], borderOf: BorderOf): NaiveEvent[][] {
  const segments: NaiveEvent[][] = [[]];
  for (const event of events) {
    segments.at(-1)!.push(event);
    if (borderOf(event.id, event.time) > 0) segments.push([]);
  }
  return segments;
}

const borderAt = (segment: readonly NaiveEvent[], borderOf: BorderOf) =>
  borderOf(segment.at(-1)!.id, segment.at(-1)!.time);

function arithmetic(feature: AggregateDefinition) {
  const twin = twinOf(feature);
  return {
    fold(segment: readonly NaiveEvent[]): unknown {
      let partial: unknown = null;
      for (const event of segment) {
        const value = seenValue(feature, event);
        if (value !== null) partial = twin.add(partial, { time: event.time, id: event.id, value });
      }
      return partial;
    },
    merge: (a: unknown, b: unknown) => (a === null ? b : b === null ? a : twin.merge(a, b)),
    leave: (partial: unknown, t: number) => twin.value(partial, t),
  };
}

/** The scored event as a partial of its own, if it belongs to the feature. */
function own(
  feature: AggregateDefinition,
  scored: NaiveEvent | null,
  fold: (segment: readonly NaiveEvent[]) => unknown,
) {
  const belongs = scored !== null && scored.topic === feature.event && feature.delayMs === 0;
  return belongs && feature.aggregate !== 'secondsSince' ? fold([scored]) : null;
}

/** Null: the event is skipped. */
function seenValue({ aggregate, value, where }: AggregateDefinition, event: NaiveEvent): number | string | null {
  const hit = where === null ? true : holds(where, event.values);
  if (hit === null) return null;
  if (aggregate === 'share') return hit ? 1 : 0;
  if (!hit) return null;
  const seen = value === null ? 1 : evaluate(value, event.values);
  return typeof seen === 'boolean' ? Number(seen) : seen;
}

const numbers = <P>(twin: {
  first(value: number): P;
  add(partial: P, value: number): P;
  merge(a: P, b: P): P;
  value(partial: P): Scalar;
}): Twin<P> => ({
  add: (partial, { value }) => (partial === null ? twin.first(value as number) : twin.add(partial, value as number)),
  merge: twin.merge,
  value: (partial) => (partial === null ? null : twin.value(partial)),
});

const sums = (value: (sum: number, n: number) => number) =>
  numbers({
    first: (x) => ({ n: 1, sum: 0 + x }),
    add: ({ n, sum }, x) => ({ n: n + 1, sum: sum + x }),
    merge: (a, b) => ({ n: a.n + b.n, sum: a.sum + b.sum }),
    value: ({ n, sum }) => value(sum, n),
  });

const pick = (better: (a: number, b: number) => boolean) =>
  numbers<number>({
    first: (x) => x,
    add: (a, b) => (better(b, a) ? b : a),
    merge: (a, b) => (better(b, a) ? b : a),
    value: (x) => x,
  });

const variances = (value: (variance: number) => number) =>
  numbers({
    first: (x) => ({ n: 1, mean: x, squares: 0 }),
    add: ({ n, mean, squares }, x) => {
      const next = mean + (x - mean) / (n + 1);
      return { n: n + 1, mean: next, squares: squares + (x - mean) * (x - next) };
    },
    merge: (a, b) => {
      const n = a.n + b.n;
      const apart = b.mean - a.mean;
      return {
        n,
        mean: a.mean + apart * (b.n / n),
        squares: a.squares + (b.squares + apart * apart * ((a.n * b.n) / n)),
      };
    },
    value: ({ n, squares }) => (n === 0 ? null : value(squares / n)),
  });

const place = (better: (order: number) => boolean): Twin<Seen> => ({
  add: (a, b) => (a === null || better(byPlace(b, a)) ? b : a),
  merge: (a, b) => (better(byPlace(b, a)) ? b : a),
  value: (seen) => (seen === null ? null : seen.value),
});

interface Weights {
  readonly time: number;
  readonly weight: number;
  readonly sum: number;
}
const decays = (halfLifeMs: number, value: (weights: Weights, t: number) => number): Twin<Weights> => {
  const merge = (a: Weights, b: Weights): Weights => {
    const time = Math.max(a.time, b.time);
    const [ka, kb] = [exp2((a.time - time) / halfLifeMs), exp2((b.time - time) / halfLifeMs)];
    return { time, weight: a.weight * ka + b.weight * kb, sum: a.sum * ka + b.sum * kb };
  };
  return {
    add: (partial, { time, value: x }) => {
      const own = { time, weight: 1, sum: x as number };
      return partial === null ? own : merge(partial, own);
    },
    merge,
    value: (partial, t) => (partial === null ? null : value(partial, t)),
  };
};

/** Of the list of all values. */
const listed = <V>(value: (all: readonly V[]) => Scalar): Twin<readonly V[]> => ({
  add: (all, seen) => [...(all ?? []), seen.value as V],
  merge: (a, b) => [...a, ...b],
  value: (all) => (all === null ? null : value(all)),
});

function ofRank(all: readonly string[], rank: number): string | null {
  const times = (text: string) => all.filter((one) => one === text).length;
  const texts = [...new Set(all)];
  texts.sort((a, b) => times(b) - times(a) || Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return texts[rank - 1] ?? null;
}

function quantileOf(all: readonly number[], q: number): number {
  const sorted = all.map((x) => Math.fround(x) + 0).sort((a, b) => a - b);
  return sorted.find((_, i) => (i + 1) / all.length >= q)!;
}

function twinOf({ aggregate, halfLifeMs: halfLife, rank, quantile }: AggregateDefinition): Twin<unknown> {
  const halfLifeMs = halfLife ?? 0;
  const twins: Record<AggregateName, Twin<unknown>> = {
    count: {
      add: (n: number | null) => (n ?? 0) + 1,
      merge: (a: number, b: number) => a + b,
      value: (n: number | null) => n ?? 0,
    },
    sum: sums((sum) => sum),
    mean: sums((sum, n) => sum / n),
    share: sums((hits, n) => hits / n),
    min: pick((a, b) => a < b),
    max: pick((a, b) => a > b),
    variance: variances((variance) => variance),
    std: variances(Math.sqrt),
    distinct: listed((all) => new Set(all).size),
    // The engine's is exact for so few.
    approxDistinct: listed((all) => new Set(all).size),
    top: listed<string>((all) => ofRank(all, rank ?? 1)),
    quantile: listed<number>((all) => quantileOf(all, quantile ?? 0.5)),
    first: place((order) => order < 0),
    last: place((order) => order > 0),
    secondsSince: {
      add: (_: number | null, { time }: Seen) => time,
      merge: (a: number, b: number) => Math.max(a, b),
      value: (time: number | null, t: number) => (time === null ? null : (t - time) / 1000),
    },
    decayedMean: decays(halfLifeMs, ({ sum, weight }) => sum / weight),
    decayedCount: decays(halfLifeMs, ({ time, weight }, t) => weight * exp2((time - t) / halfLifeMs)),
  };
  return twins[aggregate];
}
