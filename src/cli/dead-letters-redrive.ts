/**
 * Sends dead letters to their raw topics again, because a person asks for it: after the producer, the schema or the topology was
 * corrected. Design: docs/decisions/009-redrive.md.
 * Method: one fenced producer a topology; a letter and the note of it in one transaction, so that whatever breaks, a letter is sent
 * again and noted, or neither; what is noted is left out.
 * Bounds: letters (`max`), attempts of a record, bytes of a transaction.
 */
import { deadLettersTopic } from '../contract/topics.js';
import { redriveOf } from '../feature/dead-letter.js';
import type { Log, Outgoing, TransactionalProducer } from '../log/log.js';
import { type FoundLetter, type LetterFilter, letterPartitions, readLetters, readRedriven } from './dead-letters.js';

export interface RedriveOptions extends LetterFilter {
  readonly dryRun: boolean;
  /** Letters at most. */
  readonly max: number;
  /** How often a record may be sent again. */
  readonly attemptsMax: number;
  /** Those too that were sent again already. */
  readonly again: boolean;
}

export interface Redrive {
  readonly dryRun: boolean;
  /** How many were sent again, or would be. */
  readonly redriven: number;
  readonly byError: Readonly<Record<string, number>>;
  /** Found by the filter and left out. */
  readonly skipped: {
    readonly redrivenBefore: number;
    readonly attemptsUsedUp: number;
    /** Their values are not in the letters. */
    readonly withheld: number;
    readonly beyondMax: number;
  };
}

const TRANSACTION_LETTERS_MAX = 500;
const TRANSACTION_BYTES_MAX = 4 * 1024 * 1024;

/** Errors: those of the log; `LOG_REFUSED` where a raw topic does not take a record. */
export async function redrive(
  log: Log,
  topology: string,
  rawTopics: readonly string[],
  options: RedriveOptions,
): Promise<Redrive> {
  // Opened before anything is read: a second redrive fences this one, and then finds all that it has noted.
  const producer = options.dryRun ? null : await log.transactional(`${topology}.redrive`);
  try {
    return await new Run(log, producer, options).over(topology, rawTopics);
  } finally {
    await producer?.close();
  }
}

class Run {
  readonly #log: Log;
  readonly #producer: TransactionalProducer | null;
  readonly #options: RedriveOptions;
  readonly #skipped = { redrivenBefore: 0, attemptsUsedUp: 0, withheld: 0, beyondMax: 0 };
  readonly #byError: Record<string, number> = {};
  #redriven = 0;
  #records: Outgoing[] = [];
  #bytes = 0;

  constructor(log: Log, producer: TransactionalProducer | null, options: RedriveOptions) {
    this.#log = log;
    this.#producer = producer;
    this.#options = options;
  }

  async over(topology: string, rawTopics: readonly string[]): Promise<Redrive> {
    for (const at of await letterPartitions(this.#log, topology, rawTopics)) {
      const before = await readRedriven(this.#log, at);
      for await (const letter of readLetters(this.#log, at, this.#options)) {
        await this.#letter(topology, letter, before.get(letter.offset) ?? null);
      }
    }
    await this.#commit();
    const { dryRun } = this.#options;
    return { dryRun, redriven: this.#redriven, byError: this.#byError, skipped: this.#skipped };
  }

  async #letter(topology: string, letter: FoundLetter, before: number | null): Promise<void> {
    const { max, attemptsMax, again } = this.#options;
    const attempt = Math.max(letter.attempt, before ?? 0) + 1;
    if (before !== null && !again) this.#skipped.redrivenBefore++;
    else if (attempt > attemptsMax) this.#skipped.attemptsUsedUp++;
    else if (letter.withheldBytes !== null) this.#skipped.withheld++;
    else if (this.#redriven >= max) this.#skipped.beyondMax++;
    else {
      this.#redriven++;
      this.#byError[letter.code] = (this.#byError[letter.code] ?? 0) + 1;
      const letters = { topic: deadLettersTopic(topology, letter.topic), partition: letter.partition };
      const bytes = (letter.value?.length ?? 0) + (letter.key?.length ?? 0);
      if (this.#bytes + bytes > TRANSACTION_BYTES_MAX) await this.#commit();
      this.#records.push(...redriveOf(letter, letters, attempt));
      this.#bytes += bytes;
      if (this.#records.length >= 2 * TRANSACTION_LETTERS_MAX) await this.#commit();
    }
  }

  async #commit(): Promise<void> {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    if (records.length > 0) await this.#producer?.transaction(records);
  }
}
