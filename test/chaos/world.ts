/**
 * The world of a chaos run: a Kafka and registry of its own, raw topics that are loaded at a steady rate, and workers, each a process
 * with a state folder of its own, as on machines of their own.
 * Invariant: what is ended is what was started here, by its process id.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Codec } from '../../src/codec/avro.js';
import { confluentRegistry } from '../../src/codec/registry.js';
import { folderArtifacts } from '../../src/contract/artifacts.js';
import { Loader } from '../../src/dev/load.js';
import { down, localStatus, up } from '../../src/dev/up.js';
import { kafkaLog } from '../../src/log/kafka-log.js';
import type { Log, Outgoing, Producer } from '../../src/log/log.js';
import { loadTopology } from '../../src/runtime/load-topology.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import { readSettings } from '../../src/runtime/settings.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { promoteFixtureModel } from '../support/fixture-model.js';
import { setDiskFull } from '../support/full-disk.js';

const RAW: Readonly<Record<string, number>> = { departures: 4, arrivals: 2, weather: 1 };
/** How long a producer of events goes on trying: longer than any outage here. */
const PATIENCE_MS = 180_000;
const RETRY_MS = 250;
const SUPERVISOR_MS = 1_000;
const STOP_MAX_MS = 60_000;

const root = resolve(process.cwd());
const MAIN = join(root, 'dist/cli/main.js');

export interface ChaosWorker {
  readonly name: string;
  readonly stateFolder: string;
  process: ChildProcess | null;
  /** Resolves when the process that was started last runs its tasks, or has ended. */
  runs: Promise<unknown>;
}

interface Addresses {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
}

export class World {
  readonly folder: string;
  readonly log: Log;
  readonly codec: Codec;
  readonly #kafka: Addresses;
  readonly #sessionTimeoutMs: number;
  readonly #children = new Set<ChildProcess>();
  /** Those that were killed, or told to end. */
  readonly #ended = new WeakSet<ChildProcess>();
  /** Of workers that ended by themselves, which they must not; a supervisor starts them again. */
  readonly exits: string[] = [];
  #closed = false;

  private constructor(folder: string, kafka: Addresses, log: Log, sessionTimeoutMs: number) {
    this.folder = folder;
    this.#kafka = kafka;
    this.log = log;
    this.codec = new Codec(confluentRegistry(kafka.registryUrl));
    this.#sessionTimeoutMs = sessionTimeoutMs;
  }

  /** @param raw partitions of the raw topics */
  static async open(folder: string, sessionTimeoutMs: number, raw = RAW): Promise<World> {
    await mkdir(folder, { recursive: true });
    const settings = readSettings(process.env);
    const kafka = await up({ folder, cacheFolder: settings.cacheFolder, settings });
    const log = await kafkaLog({ brokers: [...kafka.brokers], clientId: 'chaos', logger: silentLogger });
    const config = { 'retention.ms': '-1' };
    await log.createTopics(Object.entries(raw).map(([topic, partitions]) => ({ topic, partitions, config })));
    return new World(folder, kafka, log, sessionTimeoutMs);
  }

  /** @param keep the folder stays */
  async close(keep = false): Promise<void> {
    this.#closed = true;
    for (const child of this.#children) {
      this.#ended.add(child);
      child.kill('SIGKILL');
    }
    await this.log.close();
    await down({ folder: this.folder });
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }

  /** A topology under another name, the flights by default, with a model promoted: every scored event is to be predicted. */
  async topology(
    name: string,
    from = 'topology/flights.ts',
  ): Promise<{ readonly path: string; readonly definition: TopologyDefinition }> {
    const path = join(this.folder, `${name}.ts`);
    await writeFile(
      path,
      `import given from ${JSON.stringify(join(root, from))};\nexport default { definition: { ...given.definition, name: '${name}' } };\n`,
    );
    const definition = await loadTopology(path);
    const { log, codec } = this;
    await ensureTopics(log, definition);
    await promoteFixtureModel(definition, 1, {
      log,
      codec,
      artifacts: folderArtifacts(join(this.folder, 'artifacts')),
    });
    return { path, definition };
  }

  worker(name: string): ChaosWorker {
    return { name, stateFolder: join(this.folder, `state-${name}`), process: null, runs: Promise.resolve() };
  }

  /** @param settings by their environment variables */
  start(worker: ChaosWorker, topology: string, settings: Readonly<Record<string, string>> = {}): void {
    const child = spawn(process.execPath, [MAIN, 'run', topology], {
      env: {
        ...process.env,
        KAFKA_BROKERS: this.#kafka.brokers.join(','),
        SCHEMA_REGISTRY_URL: this.#kafka.registryUrl,
        HEADRACE_FOLDER: this.folder,
        HEADRACE_STATE_FOLDER: worker.stateFolder,
        HEADRACE_HOLD_MS: 'unlimited',
        HEADRACE_CHECKPOINT_MS: '1000',
        HEADRACE_SNAPSHOT_MS: '5000',
        HEADRACE_SESSION_TIMEOUT_MS: String(this.#sessionTimeoutMs),
        HEADRACE_LOG_FORMAT: 'json',
        ...settings,
      },
      // By a pipe: a disk that is full for the worker is not full for its log.
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.pipe(createWriteStream(join(this.folder, `${worker.name}.log`), { flags: 'a' }));
    const lines = createInterface({ input: child.stderr });
    worker.runs = new Promise<void>((runs) => {
      lines.on('line', (line) => line.includes('"msg":"worker runs"') && runs());
      child.once('exit', () => runs());
    });
    this.#children.add(child);
    child.once('exit', (code, signal) => {
      this.#children.delete(child);
      if (worker.process === child) worker.process = null;
      if (this.#ended.has(child)) return;
      this.exits.push(`${worker.name}: ${signal ?? `exit code ${code}`} at ${new Date().toISOString()}`);
      const again = () => worker.process === null && !this.#closed && this.start(worker, topology, settings);
      setTimeout(again, SUPERVISOR_MS).unref();
    });
    worker.process = child;
  }

  async kill(worker: ChaosWorker, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = worker.process;
    if (child === null) return;
    const ended = once(child, 'exit');
    this.#ended.add(child);
    child.kill(signal);
    const late = new AbortController();
    await Promise.race([
      ended,
      sleep(STOP_MAX_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error(`worker ${worker.name} did not end within ${STOP_MAX_MS} ms of ${signal}`);
      }),
    ]).finally(() => late.abort());
  }

  /** kill -9 of the broker or of the registry, and its start after a while. @returns seconds until it answered again */
  async outage(service: 'kafka' | 'registry', ms: number): Promise<number> {
    const status = await localStatus({ folder: this.folder });
    const killedMs = Date.now();
    process.kill(status.find(({ name }) => name === service)!.pid!, 'SIGKILL');
    await sleep(ms);
    const settings = readSettings(process.env);
    await up({ folder: this.folder, cacheFolder: settings.cacheFolder, settings });
    return (Date.now() - killedMs) / 1000;
  }

  /** While it lasts, no file that the worker writes can grow, as on a full disk. */
  diskFull(worker: ChaosWorker, full: boolean): void {
    if (worker.process !== null) setDiskFull(worker.process.pid!, full);
  }

  /** A producer of events that outlives outages; what it sends again is one more raw record. */
  async loader(definition: TopologyDefinition, rate: number | null): Promise<Loader> {
    const { log, codec } = this;
    const patient: Log = { ...log, producer: async () => patientProducer(log) };
    const { events } = definition;
    const from = join(root, 'data/flights');
    const loader = new Loader({ events, from, log: patient, codec, clock: systemClock, rate });
    await loader.open();
    return loader;
  }
}

export function patientProducer(log: Log): Producer {
  let producer: Producer | null = null;
  return {
    async send(batch: readonly Outgoing[]) {
      for (const until = Date.now() + PATIENCE_MS; ; await sleep(RETRY_MS)) {
        try {
          producer ??= await log.producer();
          return await producer.send(batch);
        } catch (cause) {
          await producer?.close().catch(() => undefined);
          producer = null;
          if (Date.now() > until) throw cause;
        }
      }
    },
    close: async () => producer?.close(),
  };
}
