/**
 * Looks at a running topology's topics now and then: one that is gone, that was made anew, or a raw one with more partitions.
 * Goal: such a thing is named as long as it lasts, also where no task would meet it. Each is shown as a task of its own,
 * `topics/<name>`, in status and health, and is logged once.
 */
import { HeadraceError } from '../error.js';
import type { Log, TopicIdentity } from '../log/log.js';
import type { TopologyDefinition } from '../topology/definition.js';
import type { Logger } from './ports.js';
import type { TaskStatus } from './task.js';
import { lostTopic } from './topic-ids.js';
import { topicsOf } from './topics.js';

/** How often the topics are to be looked at. */
export const TOPICS_LOOK_MS = 5_000;

interface Found {
  readonly state: 'stuck' | 'waiting';
  readonly error: HeadraceError;
}

export class TopicWatch {
  readonly #definition: TopologyDefinition;
  readonly #log: Log;
  readonly #logger: Logger;
  readonly #onLost: (topic: string, error: HeadraceError) => void;
  #first: ReadonlyMap<string, TopicIdentity> | null = null;
  #found: ReadonlyMap<string, Found> = new Map();
  /** Not there at the last look. */
  #missing: ReadonlySet<string> = new Set();

  /** @param onLost told once of each topic that was made anew; of one that is gone nothing can be read */
  constructor(
    definition: TopologyDefinition,
    log: Log,
    logger: Logger,
    onLost: (topic: string, error: HeadraceError) => void = () => {},
  ) {
    this.#onLost = onLost;
    this.#definition = definition;
    this.#log = log;
    this.#logger = logger;
  }

  /** The first look is what later ones are compared with: to be made when all topics are there. Errors: those of the log */
  async look(): Promise<void> {
    const now = await this.#log.identify(topicsOf(this.#definition));
    if (this.#first === null) {
      this.#first = now;
      return;
    }
    const found = new Map<string, Found>();
    const missing = new Set<string>();
    for (const [topic, before] of this.#first) {
      const lost = before.id && lostTopic(this.#definition, topic, before.id, now.get(topic)?.id);
      // A broker that has just started may not know of every topic yet: one that is gone is gone at the next look too.
      if (!now.has(topic)) missing.add(topic);
      if (missing.has(topic) && !this.#missing.has(topic)) continue;
      const more = this.#more(topic, before, now.get(topic));
      if (lost) found.set(topic, { state: 'stuck', error: lost });
      else if (more) found.set(topic, { state: 'waiting', error: more });
    }
    for (const [topic, { error }] of found) {
      if (this.#found.get(topic)?.error.code === error.code) continue;
      this.#logger.error({ code: error.code, topic }, error.message);
      if (error.code === 'TOPIC_RECREATED') this.#onLost(topic, error);
    }
    this.#missing = missing;
    this.#found = found;
  }

  #more(topic: string, before: TopicIdentity, now: TopicIdentity | undefined): HeadraceError | null {
    const isRaw = this.#definition.events.some((event) => event.topic === topic);
    if (!isRaw || now === undefined || now.partitions <= before.partitions) return null;
    return new HeadraceError(
      'PARTITIONS_GREW',
      `raw topic ${topic} has ${now.partitions} partitions, and had ${before.partitions} when this worker started: nobody reads the new ones yet. Start the workers again, one after the other: they give Headrace’s topics as many`,
      { remedy: 'fix-environment', topic, partitions: now.partitions },
    );
  }

  status(): readonly TaskStatus[] {
    return [...this.#found].map(
      ([
        topic,
        {
          state,
          error: { code, message, remedy },
        },
      ]) => ({
        task: `topics/${topic}`,
        state,
        because: { code, message, remedy },
        numbers: {},
      }),
    );
  }
}
