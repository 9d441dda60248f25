/**
 * Follows the `models` log: what is served is a fold of it.
 * Goal: everybody who must know which version serves reads the same facts, to the end before the first use, and on from there.
 */
import type { Codec } from '../codec/avro.js';
import { factReader, factWriter } from '../contract/facts.js';
import {
  foldModels,
  type ModelFact,
  type ModelState,
  type ModelsState,
  NO_MODEL,
  parseModelFact,
} from '../contract/models-log.js';
import { modelsTopic } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import type { Log, LogRecord } from '../log/log.js';
import type { Clock } from './ports.js';

/** How often the log is looked at while somebody asks. */
const POLL_MS = 100;
const FETCH_BYTES_MAX = 1024 * 1024;
/** How often, and how far apart, a record that was committed is looked for. */
const VISIBLE_TRIES_MAX = 200;
const VISIBLE_WAIT_MS = 25;

export class ModelsFollower {
  readonly #log: Log;
  readonly #topic: string;
  readonly #clock: Clock;
  readonly #reader;
  #state: ModelsState = new Map();
  #next = 0;
  #polledAtMs = 0;
  #reading: Promise<void> | null = null;

  constructor(topology: string, io: { log: Log; codec: Codec; clock: Clock }) {
    this.#topic = modelsTopic(topology);
    this.#log = io.log;
    this.#clock = io.clock;
    this.#reader = factReader(io.codec);
  }

  /** As far as it was read. */
  of(model: string): ModelState {
    return this.#state.get(model) ?? NO_MODEL;
  }

  get all(): ModelsState {
    return this.#state;
  }

  /** Reads what is committed by now. Concurrent calls share one read. */
  async readToEnd(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
  }

  /** Reads until the record at `offset`, whose transaction is decided, was read: it may become visible some ms later. */
  async readPast(offset: number): Promise<void> {
    for (let tries = 0; this.#next <= offset; tries++) {
      if (tries === VISIBLE_TRIES_MAX) {
        throw new HeadraceError(
          'LOG_UNAVAILABLE',
          `${this.#topic}/0 offset ${offset} was committed and cannot be read`,
          {
            remedy: 'retry',
          },
        );
      }
      if (tries > 0) await this.#clock.sleep(VISIBLE_WAIT_MS);
      await this.readToEnd();
    }
  }

  /** Reads on if the last look is longer ago than POLL_MS; cheap to call before every batch. */
  async poll(): Promise<void> {
    if (this.#clock.now() - this.#polledAtMs < POLL_MS) return;
    await this.readToEnd();
  }

  async #read(): Promise<void> {
    const [bounds] = await this.#log.offsets([{ topic: this.#topic, partition: 0 }]);
    while (this.#next < bounds!.lastStable) {
      const at = { topic: this.#topic, partition: 0, offset: this.#next };
      const fetched = await this.#log.fetch(at, { maxWaitMs: 500, maxBytes: FETCH_BYTES_MAX });
      const facts: ModelFact[] = [];
      for (const record of fetched.records) if (record.value) facts.push(await this.#fact(record));
      this.#state = foldModels(facts, this.#state);
      this.#next = fetched.next;
    }
    this.#polledAtMs = this.#clock.now();
  }

  async #fact(record: LogRecord): Promise<ModelFact> {
    const where = `${this.#topic}/0 offset ${record.offset}`;
    return parseModelFact(where, await this.#reader.decode(record.value!));
  }
}

/** Appends facts of one model, in order. */
export async function appendModelFacts(
  topology: string,
  facts: readonly ModelFact[],
  io: { log: Log; codec: Codec },
): Promise<void> {
  const topic = modelsTopic(topology);
  const writer = await factWriter(io.codec, topic);
  const producer = await io.log.producer();
  try {
    await producer.send(
      facts.map(({ kind, at, body }) => ({
        topic,
        partition: 0,
        key: body.model,
        value: writer.encode(kind, at, body),
      })),
    );
  } finally {
    await producer.close();
  }
}
