/** A Kafka and registry of a test file's own, which it may break, and workers on them as processes of their own would be. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningWorker, startWorker } from '../../src/cli/start-worker.js';
import { Codec } from '../../src/codec/avro.js';
import { confluentRegistry } from '../../src/codec/registry.js';
import type { Pipeline } from '../../src/contract/topics.js';
import { down, up } from '../../src/dev/up.js';
import { type KafkaLog, kafkaLog } from '../../src/log/kafka-log.js';
import { silentLogger, systemClock } from '../../src/runtime/ports.js';
import { readSettings, type Settings } from '../../src/runtime/settings.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';

export class OwnKafka {
  /** Of the test; that of Kafka and registry lies in it, and both go when it closes. */
  readonly folder: string;
  readonly kafkaFolder: string;
  /** The test's own client. */
  readonly log: KafkaLog;
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  /** Workers, with their clients. */
  readonly #running = new Map<RunningWorker, KafkaLog>();

  private constructor(folder: string, log: KafkaLog, brokers: readonly string[], registryUrl: string) {
    this.folder = folder;
    this.kafkaFolder = ownFolder(folder);
    this.log = log;
    this.brokers = brokers;
    this.registryUrl = registryUrl;
  }

  static async open(name: string): Promise<OwnKafka> {
    const folder = mkdtempSync(join(tmpdir(), `headrace-${name}-`));
    try {
      const { brokers, registryUrl } = await up(optionsOf(folder));
      const log = await kafkaLog({ brokers, clientId: name, logger: silentLogger });
      return new OwnKafka(folder, log, brokers, registryUrl);
    } catch (cause) {
      await remove(folder);
      throw cause;
    }
  }

  /** Starts again what was ended. */
  async up(): Promise<void> {
    await up(optionsOf(this.folder));
  }

  codec(): Codec {
    return new Codec(confluentRegistry(this.registryUrl));
  }

  /** With another client and another codec. */
  async start(definition: TopologyDefinition, pipelines: readonly Pipeline[], settings: Settings) {
    const log = await kafkaLog({ brokers: this.brokers, clientId: definition.name, logger: silentLogger });
    const io = { log, codec: this.codec(), clock: systemClock, logger: silentLogger, settings };
    try {
      const worker = await startWorker(definition, pipelines, io);
      this.#running.set(worker, log);
      return worker;
    } catch (cause) {
      await log.close();
      throw cause;
    }
  }

  async stop(worker: RunningWorker): Promise<void> {
    await worker.stop();
    await this.#running.get(worker)?.close();
    this.#running.delete(worker);
  }

  async stopAll(): Promise<void> {
    for (const worker of [...this.#running.keys()]) await this.stop(worker);
  }

  async close(): Promise<void> {
    await this.stopAll();
    await this.log.close();
    await remove(this.folder);
  }
}

const ownFolder = (folder: string) => join(folder, 'kafka');

async function remove(folder: string): Promise<void> {
  await down({ folder: ownFolder(folder) });
  rmSync(folder, { recursive: true, force: true });
}

function optionsOf(folder: string) {
  const settings = readSettings({});
  return { folder: ownFolder(folder), cacheFolder: settings.cacheFolder, settings };
}
