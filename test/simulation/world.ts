/** What all of one simulated world share: time, chance, the brokers, the registry, the artifacts, and what is noted of the run. */
import { createHash, type Hash } from 'node:crypto';
import { memoryRegistry, type SchemaRegistry } from '../../src/codec/registry.js';
import { MemoryBroker } from '../../src/log/memory/broker.js';
import { type MemoryLog, memoryLog } from '../../src/log/memory-log.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { Artifacts } from './artifacts.js';
import { CALM, type Profile, type Rates } from './faults.js';
import { Random } from './random.js';
import { Scheduler } from './scheduler.js';
import { definition, liveDefinition } from './topology.js';
import { Transactions } from './transactions.js';
import { START_MS } from './workload.js';

/** The last lines of the trace, for a report. */
const TAIL_LINES = 60;

export interface WorldOptions {
  readonly profile: Profile | null;
  readonly live: boolean;
  readonly deadlineMs: number | null;
  readonly say: ((line: string) => void) | null;
}

export class World {
  readonly scheduler: Scheduler;
  readonly definition: TopologyDefinition;
  readonly broker: MemoryBroker;
  readonly log: MemoryLog;
  readonly registry: SchemaRegistry;
  readonly artifacts = new Artifacts();
  readonly transactions: Transactions;
  readonly random: Random;
  /** How often each kind of fault struck. */
  readonly struck = new Map<string, number>();
  /** What was found to be wrong while it ran. */
  readonly wrong: string[] = [];
  /** When tasks were opened, ms since the epoch. */
  readonly openings = new Map<string, number[]>();
  rates: Rates;
  /** While it lasts, every request takes up to this long, ms. */
  slowMs = 0;
  away = false;
  registryAway = false;
  readonly #hash: Hash = createHash('sha256');
  readonly #tail: string[] = [];
  readonly #say: ((line: string) => void) | null;

  /** @param live whether its order depends on when records arrive; `deadlineMs`: its view's; null: it has none */
  constructor(seed: number, registry: SchemaRegistry, { profile, live, deadlineMs, say }: WorldOptions) {
    const base = live ? liveDefinition : definition;
    const views = base.views.map((view) => (deadlineMs === null ? view : { ...view, deadlineMs }));
    this.definition = { ...base, views };
    this.scheduler = new Scheduler(START_MS, new Random(seed, 'scheduler'));
    this.random = new Random(seed, 'faults');
    this.rates = profile?.rates ?? CALM;
    this.registry = registry;
    let topics = 0;
    this.broker = new MemoryBroker(
      () => this.scheduler.now,
      () => `topic ${++topics}`,
    );
    this.log = memoryLog(this.broker);
    this.transactions = new Transactions(this);
    this.#say = say;
  }

  /** Everything that can be seen from outside goes through here: the hash of it all is the run's. */
  trace(who: string, what: string): void {
    const line = `${this.scheduler.now - START_MS} ${who} ${what}`;
    this.#hash.update(`${line}\n`);
    this.#tail.push(line);
    if (this.#tail.length > 2 * TAIL_LINES) this.#tail.splice(0, TAIL_LINES);
    this.#say?.(line);
  }

  strike(fault: string, who: string, where: string): void {
    this.struck.set(fault, (this.struck.get(fault) ?? 0) + 1);
    this.trace(who, `! ${fault} ${where}`);
  }

  opened(task: string): void {
    this.openings.set(task, [...(this.openings.get(task) ?? []), this.scheduler.now]);
  }

  /** An invariant does not hold: noted once each, and the run goes on to its end. */
  note(problem: string): void {
    if (this.wrong.length < 20 && !this.wrong.includes(problem)) this.wrong.push(problem);
    this.trace('check', problem);
  }

  get tail(): readonly string[] {
    return this.#tail.slice(-TAIL_LINES);
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}

export const newRegistry = (): SchemaRegistry => memoryRegistry();
