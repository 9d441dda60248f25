/** One worker of a topology: topics, definitions, state, tasks, HTTP. What `headrace run` and the demo start. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Codec } from '../codec/avro.js';
import { addressForOthers, addressHere } from '../console/address.js';
import { groupsApi } from '../console/groups.js';
import { serveHttp, type WorkerHttp } from '../console/http.js';
import { LATE_LOOK_MS, LateWatch } from '../console/late-watch.js';
import { taskMetrics } from '../console/task-metrics.js';
import { waitsForKafka } from '../console/waits-for-kafka.js';
import { folderArtifacts } from '../contract/artifacts.js';
import { membershipGroup, type Pipeline } from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import type { Log } from '../log/log.js';
import { settleDefinitions } from '../runtime/definitions.js';
import { ENDS_LOOK_MS, Ends } from '../runtime/ends.js';
import { createMetrics } from '../runtime/metrics.js';
import type { Clock, Logger } from '../runtime/ports.js';
import { type Predecessor, predecessorIn } from '../runtime/predecessor.js';
import type { Settings } from '../runtime/settings.js';
import { Standby } from '../runtime/standby.js';
import { STATE_LOOK_MS, StateWatch } from '../runtime/state-watch.js';
import type { TaskStatus } from '../runtime/task.js';
import { refuseLostTopics } from '../runtime/topic-ids.js';
import { TOPICS_LOOK_MS, TopicWatch } from '../runtime/topic-watch.js';
import { ensureTopics } from '../runtime/topics.js';
import { Whereabouts } from '../runtime/whereabouts.js';
import { Worker } from '../runtime/worker.js';
import { boundGarbage, MemoryBudget } from '../state/memory-budget.js';
import { openRocksStore } from '../state/rocks-store.js';
import type { StateStore } from '../state/store.js';
import type { TopologyDefinition } from '../topology/definition.js';
import { copiesOf, stagesOf } from './stages.js';
import { workersFolder } from './workers.js';

export interface WorkerIo {
  readonly log: Log;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: Settings;
}

export interface RunningWorker {
  /** Where its HTTP is reached on this machine: host:port. */
  readonly http: string;
  status(): readonly TaskStatus[];
  /** Ends every task with its last checkpoint, leaves the groups, closes state and HTTP; not the log. */
  stop(): Promise<void>;
}

/** Workers of one topology on one machine. */
const STORES_MAX = 64;

/** RocksDB belongs to one process: the first database of the folder that no other worker holds. */
async function openStore(
  folder: string,
  memory: MemoryBudget,
): Promise<{ readonly store: StateStore; readonly predecessor: Predecessor }> {
  for (let number = 0; ; number++) {
    try {
      const store = await openRocksStore(join(folder, String(number)), memory);
      return { store, predecessor: predecessorIn(join(folder, `${number}.members.json`)) };
    } catch (cause) {
      const held = cause instanceof HeadraceError && /LOCK/.test(cause.message);
      if (!held || number + 1 >= STORES_MAX) throw cause;
    }
  }
}

/** What a raw topic holds is judged, or skipped as a dead letter: never left out without a trace. */
function refuseRaw(places: Settings['foreignRecords'], definition: TopologyDefinition): void {
  const raw = places.find(({ topic }) => definition.events.some((event) => event.topic === topic));
  if (raw === undefined) return;
  throw new HeadraceError(
    'SETTINGS_INVALID',
    `HEADRACE_FOREIGN_RECORDS names ${raw.topic}/${raw.partition}/${raw.offset}, and ${raw.topic} is a raw topic: headrace skip lets admit go on there, and keeps the record as a dead letter`,
    { remedy: 'fix-environment' },
  );
}

export async function startWorker(
  definition: TopologyDefinition,
  pipelines: readonly Pipeline[],
  io: WorkerIo,
): Promise<RunningWorker> {
  const { log, clock, logger, settings } = io;
  refuseRaw(settings.foreignRecords, definition);
  await refuseLostTopics(definition, io);
  const raw = await ensureTopics(log, definition);
  const numbers = await settleDefinitions(definition, raw, io);
  let worker: Worker | null = null;
  // Whoever reads a raw topic must not read on in another one of its name; further inside readers meet it themselves.
  const topics = new TopicWatch(definition, log, logger, (topic, error) => worker?.condemn(`admit/${topic}/`, error));
  await topics.look();
  boundGarbage();
  const memory = new MemoryBudget(settings.memoryBytesMax);
  const { store, predecessor } = await openStore(join(settings.stateFolder, definition.name), memory);
  const artifacts = folderArtifacts(settings.artifactFolder);
  const ends = new Ends(log);
  const create = stagesOf(definition, raw, { ...io, store, memory, artifacts, ends });
  const metrics = createMetrics({ processMetrics: true });
  // The port comes first: a worker that cannot have it has started nothing that must be stopped.
  const status = () => [
    ...topics.status(),
    ...waitsForKafka(worker?.status() ?? [], log.away?.() ?? null, clock.now()),
  ];
  const { text } = taskMetrics(metrics, status);
  const { httpHost: host, httpPort, httpAdvertised } = settings;
  let address = '';
  const whereabouts = new Whereabouts({ topology: definition.name, numbers, log, clock });
  const groups = groupsApi({ definition, worker: () => worker, whereabouts, address: () => address });
  let http: WorkerHttp;
  try {
    http = await serveHttp(httpPort, status, text, { host, groups });
  } catch (cause) {
    await store.close();
    throw cause;
  }
  address = addressForOthers(httpAdvertised, host, http.port);
  const here = addressHere(host, http.port);
  const stepSeconds = (task: string, seconds: number) =>
    metrics
      .histogram('headrace_step_seconds', 'Time of a step that did something, by stage.', {
        stage: task.split('/')[0]!,
      })
      .observe(seconds);
  const standby = new Standby({
    copies: settings.standbyCopies,
    tasks: pipelines.includes('feature') ? numbers.feature : [],
    copyOf: copiesOf(definition, { log, store, clock }),
    address,
    owners: () => whereabouts.all('feature'),
    clock,
    logger,
  });
  standby.start();
  const running = await Worker.start({
    topology: definition.name,
    pipelines,
    numbers,
    create,
    log,
    clock,
    logger,
    stepSeconds,
    address,
    standby,
    predecessor,
  });
  worker = running;
  const stateWatch = new StateWatch({
    status: () => running.status(),
    members: () => log.members(membershipGroup(definition.name, 'feature')),
    leave: () => running.leave('feature'),
    join: () => running.join('feature'),
    // No task's key begins so.
    trial: () => store.write([{ key: Buffer.from('\0trial'), value: Buffer.from(String(clock.now())) }]),
    patienceMs: settings.sessionTimeoutMs,
    clock,
    logger,
  });
  const watchingState = setInterval(() => void stateWatch.look(), STATE_LOOK_MS);
  watchingState.unref();
  const folder = workersFolder(settings.folder, definition.name);
  const file = join(folder, `${process.pid}.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, JSON.stringify({ pid: process.pid, http: here, pipelines }));
  logger.info({ topology: definition.name, pipelines, http: `http://${here}` }, 'worker runs');
  const late = new LateWatch({ definition, status, clock, logger });
  const looking = setInterval(() => late.look(), LATE_LOOK_MS);
  looking.unref();
  const watching = setInterval(() => {
    topics.look().catch((cause) => logger.debug({ err: cause }, 'topics were not looked at; later'));
  }, TOPICS_LOOK_MS);
  watching.unref();
  const measuring = setInterval(() => {
    ends.look().catch((cause) => logger.debug({ err: cause }, 'ends were not looked at; later'));
  }, ENDS_LOOK_MS);
  measuring.unref();
  let stopping: Promise<void> | null = null;
  return {
    http: here,
    status,
    stop() {
      stopping ??= (async () => {
        clearInterval(looking);
        clearInterval(watching);
        clearInterval(measuring);
        clearInterval(watchingState);
        late.look(true);
        await running.stop();
        await http.close();
        await store.close();
        await rm(file, { force: true });
        logger.info({ topology: definition.name }, 'worker stopped');
      })();
      return stopping;
    },
  };
}
