/**
 * Workers of a simulated world: each a process with its disk, on which the project's own worker runs its tasks.
 * Method: what `headrace run` does at its start (topics, definitions, stages, membership), without HTTP. A process that dies, or
 * that cannot start, is started again some time later, as a supervisor would.
 */
import { stagesOf } from '../../src/cli/stages.js';
import { Codec } from '../../src/codec/avro.js';
import type { SchemaRegistry } from '../../src/codec/registry.js';
import { PIPELINES } from '../../src/contract/topics.js';
import { HeadraceError } from '../../src/error.js';
import type { Appended, Log, Outgoing } from '../../src/log/log.js';
import { settleDefinitions } from '../../src/runtime/definitions.js';
import type { Logger } from '../../src/runtime/ports.js';
import type { Settings } from '../../src/runtime/settings.js';
import { refuseLostTopics } from '../../src/runtime/topic-ids.js';
import { ensureTopics } from '../../src/runtime/topics.js';
import { Worker } from '../../src/runtime/worker.js';
import { MemoryBudget } from '../../src/state/memory-budget.js';
import { Disk, storeOn } from './disk.js';
import { faultyLog } from './faulty-log.js';
import { Host } from './host.js';
import { Members } from './members.js';
import { openScorer, parts, trainer } from './stand-ins.js';
import type { World } from './world.js';

const SESSION_MAX_MS = 3_000;
const RESTART_MAX_MS = 3_000;
/** Less than a worker waits for its tasks at most. */
const STOP_MAX_MS = 3_400;
const SKEW_MAX_MS = 4_000;
/** What a person must mend first; a simulated one does, and starts the worker again. */
const MENDED = new Set(['ARTIFACT_BROKEN']);

export interface ClusterOptions {
  readonly world: World;
  readonly settings: Settings;
  /** Of one worker. */
  readonly memoryBytes: number;
  readonly skews: boolean;
  readonly disks: boolean;
  readonly appended: (records: readonly Outgoing[], at: readonly Appended[]) => void;
  readonly acknowledged: (topic: string, offsets: ReadonlyMap<number, number>) => void;
  readonly loses: (records: readonly Outgoing[]) => boolean;
}

export interface Node {
  readonly number: number;
  disk: Disk;
  host: Host | null;
  worker: Worker | null;
  log: Log | null;
  /** Whether it is to run. */
  wanted: boolean;
  starts: number;
}

export class Cluster {
  readonly members = new Members();
  readonly nodes: Node[] = [];
  /** Errors of tasks that nothing but a person mends: code and message, by task. */
  readonly stuck = new Map<string, string>();
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  get running(): readonly Node[] {
    return this.nodes.filter(({ worker, host }) => worker !== null && host?.alive);
  }

  add(): Node {
    const node: Node = {
      number: this.nodes.length,
      disk: new Disk(),
      host: null,
      worker: null,
      log: null,
      wanted: true,
      starts: 0,
    };
    this.nodes.push(node);
    void this.#start(node);
    return node;
  }

  async #start(node: Node): Promise<void> {
    const { definition } = this.#options.world;
    const { world, settings, memoryBytes, skews, appended, acknowledged, loses } = this.#options;
    const skewMs = skews ? world.random.between(-SKEW_MAX_MS, SKEW_MAX_MS) : 0;
    const host = new Host(world, `w${node.number}.${++node.starts}`, skewMs);
    node.host = host;
    host.onDeath = () => this.#died(node, host);
    const log = faultyLog({ host, members: this.members, appended, acknowledged, loses });
    node.log = log;
    const codec = new Codec(registryOf(host));
    const { clock } = host;
    const logger = this.#logger(host);
    world.trace(host.name, 'starts');
    try {
      await refuseLostTopics(definition, { log, codec, logger });
      const raw = await ensureTopics(log, definition);
      const numbers = await settleDefinitions(definition, raw, { log, codec, clock });
      const store = storeOn(node.disk, host);
      const memory = new MemoryBudget(memoryBytes);
      const artifacts = artifactsOf(host);
      const io = { log, codec, store, memory, artifacts, settings, clock, logger };
      const create = stagesOf(definition, raw, { ...io, openScorer, parts: parts(artifacts), train: trainer(host) });
      const { name: topology } = definition;
      node.worker = await Worker.start({ topology, pipelines: PIPELINES, numbers, create, log, clock, logger });
    } catch (cause) {
      if (!(cause instanceof HeadraceError)) throw cause;
      world.trace(host.name, `cannot start: ${cause.code}`);
      host.die();
    }
  }

  #logger(host: Host): Logger {
    const { world } = this.#options;
    const note = (level: string) => (fields: object, message: string) => {
      if (!host.alive) return;
      const { code, task } = fields as { code?: string; task?: string };
      world.trace(host.name, `${level} ${task ?? ''} ${code ?? ''} ${message.slice(0, 160)}`);
      if (level !== 'error') return;
      if (task === undefined) {
        // A version that cannot be loaded is told, and the one before goes on: what is served shows whether it does.
        if (!/^version \d+ cannot be served/.test(message)) world.note(`${host.name} says ${message}`);
      } else if (code !== undefined && MENDED.has(code)) this.#mend(host, task);
      else if (message.startsWith('stuck')) this.stuck.set(task, `${code}: ${message}`);
    };
    const debug = (fields: object, message: string) => {
      const { task } = fields as { task?: string };
      if (task !== undefined && message === 'task opened') world.opened(task);
    };
    return { debug, info: note('info'), warn: note('warn'), error: note('error') };
  }

  #mend(host: Host, task: string): void {
    const { world } = this.#options;
    world.trace(host.name, `${task}: artifacts are mended, and it is started again`);
    world.artifacts.truncated.clear();
    host.die();
  }

  #died(node: Node, host: Host): void {
    const { world, disks } = this.#options;
    const { random, scheduler } = world;
    if (node.host === host) {
      node.host = null;
      node.worker = null;
    }
    scheduler.after(random.below(SESSION_MAX_MS), () => void this.members.expel(host));
    if (disks) {
      const kind = random.below(3);
      if (kind > 0) world.strike('disk', host.name, kind === 1 ? 'lost' : 'stale');
      if (kind === 1) node.disk = new Disk();
      if (kind === 2) node.disk = node.disk.before(random.below(1000) / 1000);
    }
    scheduler.after(100 + random.below(RESTART_MAX_MS), () => {
      if (node.wanted && node.host === null) void this.#start(node);
    });
  }

  /** A clean stop, as by SIGTERM. @returns the tasks that were its own and ended with it; null where it had none, or was not in time */
  async stop(node: Node): Promise<ReadonlySet<string> | null> {
    const { worker, log, host } = node;
    node.wanted = false;
    if (worker === null || log === null || host === null) return null;
    this.#options.world.trace(host.name, 'stops');
    const isMember = this.members.isMember(host);
    const running = worker.status().filter(({ state }) => state === 'running');
    const before = this.#options.world.scheduler.now;
    await worker.stop();
    const inTime = host.alive && this.#options.world.scheduler.now - before < STOP_MAX_MS;
    await log.close();
    host.onDeath = () => {};
    host.die();
    // What did not end in time is left as a crash leaves it.
    await this.members.expel(host);
    node.host = null;
    node.worker = null;
    return inTime && isMember ? new Set(running.map(({ task }) => task)) : null;
  }

  /** Starts again what is to run and does not. */
  revive(node: Node): void {
    node.wanted = true;
    if (node.host === null) void this.#start(node);
  }
}

function registryOf(host: Host): SchemaRegistry {
  const { world } = host;
  const answered = <T>(what: string, effect: () => Promise<T>) =>
    host.call({
      kind: 'local',
      what,
      effect: () => {
        if (!world.registryAway) return effect();
        throw new HeadraceError('REGISTRY_UNAVAILABLE', 'schema registry does not answer', { remedy: 'retry' });
      },
    });
  return {
    register: (subject, schema) => answered('register', () => world.registry.register(subject, schema)),
    schema: (id) => answered('schema', () => world.registry.schema(id)),
  };
}

function artifactsOf(host: Host) {
  const { artifacts } = host.world;
  const local = <T>(what: string, effect: () => T) => host.call({ kind: 'local', what, effect });
  return {
    put: (bytes: Uint8Array) => local('put', () => artifacts.put(bytes)),
    get: (id: string) => local('get', () => artifacts.get(id)),
    has: (id: string) => local('has', () => artifacts.has(id)),
    putFile: () => Promise.reject(new Error('no files here')),
    path: () => Promise.reject(new Error('no files here')),
  };
}
