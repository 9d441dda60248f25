/**
 * Dead letters as they are read: by filter, oldest first, each raw position once, and which of them were sent again.
 * Memory: the raw offsets that were seen, and what the caller keeps.
 */
import { deadLettersTopic } from '../contract/topics.js';
import { type Letter, letterOf, redrivenOf } from '../feature/dead-letter.js';
import { type Log, type Partition, readToEnd } from '../log/log.js';

export interface LetterFilter {
  readonly stage?: string | undefined;
  /** The error's code. */
  readonly error?: string | undefined;
  /** Refused then or later, ms. */
  readonly since?: number | undefined;
  /** Refused before, ms. */
  readonly until?: number | undefined;
}

/** A letter and where it lies: `headrace tap` shows it there. */
export interface FoundLetter extends Letter {
  readonly letter: Partition & { readonly offset: number };
}

/** Attempts by raw offset: the letters of one partition that were sent again. */
export type RedrivenLetters = ReadonlyMap<number, number>;

/** The dead-letter partitions of raw topics, as far as there are any. */
export async function letterPartitions(log: Log, topology: string, raw: readonly string[]): Promise<Partition[]> {
  const found: Partition[] = [];
  for (const name of raw) {
    const topic = deadLettersTopic(topology, name);
    const info = await log.describeTopic(topic);
    for (let partition = 0; partition < (info?.partitions ?? 0); partition++) found.push({ topic, partition });
  }
  return found;
}

/** In the order in which they were refused; of repeats the first. */
export async function* readLetters(log: Log, at: Partition, filter: LetterFilter = {}): AsyncGenerator<FoundLetter> {
  const seen = new Set<number>();
  for await (const record of readToEnd(log, at)) {
    const letter = letterOf(record);
    if (letter === null || seen.has(letter.offset)) continue;
    seen.add(letter.offset);
    if (passes(letter, filter)) yield { ...letter, letter: { ...at, offset: record.offset } };
  }
}

const passes = ({ stage, code, at }: Letter, { stage: wanted, error, since, until }: LetterFilter): boolean =>
  (wanted === undefined || stage === wanted) &&
  (error === undefined || code === error) &&
  at >= (since ?? Number.NEGATIVE_INFINITY) &&
  at < (until ?? Number.POSITIVE_INFINITY);

export async function readRedriven(log: Log, at: Partition): Promise<RedrivenLetters> {
  const attempts = new Map<number, number>();
  for await (const record of readToEnd(log, at)) {
    const note = redrivenOf(record);
    if (note !== null) attempts.set(note.offset, Math.max(note.attempt, attempts.get(note.offset) ?? 0));
  }
  return attempts;
}

export interface LetterCounts {
  readonly total: number;
  /** How many letters by code, the most frequent first. */
  readonly errors: readonly { readonly code: string; readonly count: number }[];
  /** The newest ones, the newest first. */
  readonly letters: readonly (FoundLetter & { readonly redriven: boolean })[];
}

/** @param limit how many letters at most; all are counted */
export async function countLetters(
  log: Log,
  partitions: readonly Partition[],
  filter: LetterFilter,
  limit: number,
): Promise<LetterCounts> {
  const counts = new Map<string, number>();
  const newest: (FoundLetter & { redriven: boolean })[] = [];
  let total = 0;
  for (const at of partitions) {
    // The newest of each partition are its last.
    const last: FoundLetter[] = [];
    for await (const letter of readLetters(log, at, filter)) {
      total++;
      counts.set(letter.code, (counts.get(letter.code) ?? 0) + 1);
      last.push(letter);
      if (last.length > 2 * limit) last.splice(0, last.length - limit);
    }
    if (last.length === 0) continue;
    const redriven = await readRedriven(log, at);
    newest.push(...last.slice(-limit).map((letter) => ({ ...letter, redriven: redriven.has(letter.offset) })));
  }
  newest.sort((a, b) => b.at - a.at || b.letter.offset - a.letter.offset);
  const errors = [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
  return { total, errors, letters: newest.slice(0, limit) };
}
