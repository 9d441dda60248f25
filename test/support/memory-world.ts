/** A worker of the flights in this process: memory log, memory registry, memory state, the real stages. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stagesOf } from '../../src/cli/stages.js';
import { Codec } from '../../src/codec/avro.js';
import { memoryRegistry, type SchemaRegistry } from '../../src/codec/registry.js';
import { type ArtifactStore, folderArtifacts } from '../../src/contract/artifacts.js';
import { PIPELINES, type Pipeline } from '../../src/contract/topics.js';
import { Loader } from '../../src/dev/load.js';
import type { Log } from '../../src/log/log.js';
import { type MemoryLog, memoryLog } from '../../src/log/memory-log.js';
import { settleDefinitions } from '../../src/runtime/definitions.js';
import { loadTopology } from '../../src/runtime/load-topology.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import { readSettings, type Settings } from '../../src/runtime/settings.js';
import { refuseLostTopics } from '../../src/runtime/topic-ids.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import { Worker } from '../../src/runtime/worker.js';
import { MemoryBudget } from '../../src/state/memory-budget.js';
import { memoryStore } from '../../src/state/memory-store.js';
import type { StateStore } from '../../src/state/store.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';

export const projectFile = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const flights = () => loadTopology(projectFile('topology/flights.ts'));

export class MemoryWorld {
  readonly log: MemoryLog = memoryLog();
  readonly registry: SchemaRegistry = memoryRegistry();
  readonly codec = new Codec(this.registry);
  readonly #folder: string;
  readonly artifacts: ArtifactStore;
  readonly settings: Settings;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.artifacts = folderArtifacts(join(folder, 'artifacts'));
    this.settings = readSettings({ HEADRACE_HOLD_MS: 'unlimited', HEADRACE_CHECKPOINT_MS: '50', ...env });
  }

  static async open(env: Readonly<Record<string, string>> = {}): Promise<MemoryWorld> {
    return new MemoryWorld(await mkdtemp(join(tmpdir(), 'headrace-world-')), env);
  }

  async createRaw(definition: TopologyDefinition, partitions: Readonly<Record<string, number>>): Promise<void> {
    await this.log.createTopics(
      definition.events.map(({ topic }) => ({ topic, partitions: partitions[topic] ?? 1, config: {} })),
    );
  }

  /** A worker of its own client, codec and (unless given) empty local state. */
  async worker(
    definition: TopologyDefinition,
    store: StateStore = memoryStore(),
    log: Log = this.log.newClient(),
    pipelines: readonly Pipeline[] = PIPELINES,
  ) {
    const codec = new Codec(this.registry);
    await refuseLostTopics(definition, { log, codec, logger: silentLogger });
    const raw = await ensureTopics(log, definition);
    const numbers = await settleDefinitions(definition, raw, { log, codec, clock: systemClock });
    const { artifacts, settings } = this;
    const memory = new MemoryBudget(settings.memoryBytesMax);
    const io = { log, codec, store, memory, artifacts, settings, clock: systemClock, logger: silentLogger };
    const create = stagesOf(definition, raw, io);
    return Worker.start({
      topology: definition.name,
      pipelines,
      numbers,
      create,
      log,
      clock: systemClock,
      logger: silentLogger,
    });
  }

  /** @param until known time, ms; with the last marks */
  async load(definition: TopologyDefinition, until: number): Promise<ReadonlyMap<string, number>> {
    const from = projectFile('data/flights');
    const loader = new Loader({
      events: definition.events,
      from,
      log: this.log,
      codec: this.codec,
      clock: systemClock,
      rate: null,
    });
    await loader.open();
    const { byTopic } = await loader.run(until, () => {});
    await loader.end();
    await loader.close();
    return byTopic;
  }

  async close(): Promise<void> {
    await this.log.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Looks every 20 ms; fails after `maxMs`, saying what it waited for. */
export async function eventually(what: string, done: () => boolean | Promise<boolean>, maxMs = 60_000): Promise<void> {
  const until = Date.now() + maxMs;
  while (!(await done())) {
    if (Date.now() > until) throw new Error(`waited ${maxMs} ms until ${what}`);
    await new Promise((turn) => setTimeout(turn, 20));
  }
}

export const sumOf = (worker: Worker, name: string) =>
  worker.status().reduce((sum, { numbers }) => sum + Number(numbers[name] ?? 0), 0);
