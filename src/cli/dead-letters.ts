/** Dead letters as a list: what was refused, where it stood, and why. A letter is its raw position; repeats are left out. */
import { deadLettersTopic } from '../contract/topics.js';
import { type Log, readToEnd } from '../log/log.js';

export interface DeadLetter {
  /** Of the raw record. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly message: string;
  readonly stage: string;
  /** When it was refused, ms. */
  readonly at: number;
  /** Where `headrace tap` shows its bytes. */
  readonly letter: { readonly topic: string; readonly partition: number; readonly offset: number };
}

export interface DeadLetters {
  /** The newest ones, the newest first. */
  readonly letters: readonly DeadLetter[];
  /** How many records the dead-letter topics hold. */
  readonly total: number;
}

const PREFIX = '__headrace.errors.';

/** @param limit how many at most; no more than that many of each partition are read */
export async function readDeadLetters(
  log: Log,
  topology: string,
  rawTopics: readonly string[],
  limit: number,
): Promise<DeadLetters> {
  const byPosition = new Map<string, DeadLetter>();
  let total = 0;
  for (const raw of rawTopics) {
    const topic = deadLettersTopic(topology, raw);
    const info = await log.describeTopic(topic);
    for (let partition = 0; partition < (info?.partitions ?? 0); partition++) {
      const [bounds] = await log.offsets([{ topic, partition }]);
      total += bounds!.lastStable - bounds!.start;
      const from = Math.max(bounds!.start, bounds!.lastStable - limit);
      for await (const { headers, offset, timestamp } of readToEnd(log, { topic, partition }, from)) {
        const header = (name: string) => headers[PREFIX + name]?.toString() ?? '';
        const letter: DeadLetter = {
          topic: header('topic'),
          partition: Number(header('partition')),
          offset: Number(header('offset')),
          code: header('exception'),
          message: header('message'),
          stage: header('stage'),
          at: timestamp,
          letter: { topic, partition, offset },
        };
        byPosition.set(`${letter.topic}/${letter.partition}/${letter.offset}`, letter);
      }
    }
  }
  const letters = [...byPosition.values()].sort((a, b) => b.at - a.at || b.letter.offset - a.letter.offset);
  return { letters: letters.slice(0, limit), total };
}
