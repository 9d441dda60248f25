/**
 * Looks at everything that a topology's workers need, and says what is not well and what to do.
 * Method: facts are gathered first, area by area, each within a bound, then judged by pure functions; what cannot be gathered is a
 * finding of its own and hides no other. Nothing is changed; see `gather-clock.ts` for the one topic that is made and deleted.
 */

import { Codec } from '../../codec/avro.js';
import { confluentRegistry } from '../../codec/registry.js';
import { ownTopics } from '../../contract/topics.js';
import { type ClusterFacts, inspectCluster } from '../../log/kafka/inspect.js';
import { kafkaLog } from '../../log/kafka-log.js';
import type { Log } from '../../log/log.js';
import { within } from '../../log/within.js';
import { silentLogger } from '../../runtime/ports.js';
import type { Settings } from '../../runtime/settings.js';
import type { TopologyDefinition } from '../../topology/definition.js';
import { addresses, kafkaOptions, registryLogin } from '../connect.js';
import { judgeBrokers } from './brokers.js';
import { judgeClock } from './clock.js';
import { type Area, error, type Finding, warning } from './finding.js';
import { gatherClock } from './gather-clock.js';
import { gatherFolders, gatherModules } from './gather-machine.js';
import { gatherProgress } from './gather-progress.js';
import { gatherRegistry } from './gather-registry.js';
import { judgeFolders, judgeNode } from './machine.js';
import { judgeProgress } from './progress.js';
import { judgeRegistry } from './registry.js';
import { judgeRights, needsOf } from './rights.js';
import { judgeTopics } from './topics.js';

const AREA_MAX_MS = 30_000;

type Areas = (area: Area, work: () => Promise<readonly Finding[]>) => Promise<readonly Finding[]>;

/** What cannot be looked at is told, with why. */
const guarded: Areas = async (area, work) => {
  try {
    return await within(AREA_MAX_MS, work(), () => {
      throw new Error(`no answer in ${AREA_MAX_MS} ms`);
    });
  } catch (cause) {
    const { message } = cause as Error;
    return [error(area, `not looked at: ${message.split('\n')[0]}`, 'correct that first, then ask again')];
  }
};

/** @param definition null: brokers, registry and this machine only */
export async function examine(settings: Settings, definition: TopologyDefinition | null): Promise<readonly Finding[]> {
  const machine = [
    guarded('node', async () => judgeNode(process.versions.node, await gatherModules())),
    guarded('folders', async () => judgeFolders(await gatherFolders(settings))),
  ];
  const outside = guarded('brokers', () => examineOutside(settings, definition));
  return (await Promise.all([...machine, outside])).flat();
}

async function examineOutside(settings: Settings, definition: TopologyDefinition | null): Promise<readonly Finding[]> {
  const { brokers, registryUrl } = await addresses(settings);
  const options = kafkaOptions(settings, brokers, silentLogger);
  const names = definition === null ? [] : namesOf(definition);
  const cluster = await inspectCluster(options, names);
  const log = await kafkaLog(options);
  try {
    const login = registryLogin(settings);
    const registry = confluentRegistry(registryUrl, login);
    const codec = new Codec(registry);
    const found = new Map(cluster.topics.map(({ topic, partitions }) => [topic, partitions]));
    return (
      await Promise.all([
        guarded('brokers', async () => judgeBrokers(cluster, settings.sessionTimeoutMs)),
        clock(log, settings, definition, cluster),
        guarded('rights', async () => rights(cluster, settings, definition)),
        ...(definition === null
          ? []
          : [
              guarded('topics', async () => topics(definition, cluster, settings)),
              guarded('progress', async () => {
                const kept = new Map(cluster.topics.map(({ topic, config }) => [topic, retentionOf(config)]));
                return judgeProgress(await gatherProgress(definition, found, kept, { log, codec }));
              }),
            ]),
        guarded('registry', async () => {
          const avro = new Map([...found].filter(([topic]) => !NOT_AVRO.test(topic)));
          const io = { url: registryUrl, login, registry, log };
          return judgeRegistry(await gatherRegistry(definition?.events ?? [], avro, io));
        }),
      ])
    ).flat();
  } finally {
    await log.close();
  }
}

/** Of the user's records, whatever they are, and of state. */
const NOT_AVRO = /\.(deadletters|changelog|tasks)\./;

const namesOf = (definition: TopologyDefinition): string[] => [
  ...definition.events.map(({ topic }) => topic),
  ...ownTopics(definition, {}).map(({ topic }) => topic),
];

function retentionOf(config: Readonly<Record<string, string>> | null): number | null {
  const ms = Number(config?.['retention.ms'] ?? -1);
  return ms < 0 ? null : ms;
}

/** A topic for it may not be allowed: then it is not an error that workers would meet. */
async function clock(
  log: Log,
  { skewMs }: Settings,
  definition: TopologyDefinition | null,
  { brokers }: ClusterFacts,
): Promise<readonly Finding[]> {
  const asked = gatherClock(log, definition?.name ?? null, brokers.length).then(
    (facts) => judgeClock(facts, skewMs),
    (cause: Error) => [
      warning(
        'clock',
        `not compared: ${cause.message.split('\n')[0]}`,
        'allow Create and Delete on topics, or compare by NTP',
      ),
    ],
  );
  return guarded('clock', () => asked);
}

function rights(cluster: ClusterFacts, settings: Settings, definition: TopologyDefinition | null): readonly Finding[] {
  const principal = settings.saslUsername === null ? null : `User:${settings.saslUsername}`;
  return judgeRights(cluster.acls, cluster.config, principal, definition === null ? [] : needsOf(definition));
}

function topics(
  definition: TopologyDefinition,
  { topics: found }: ClusterFacts,
  { frameBytesMax }: Settings,
): readonly Finding[] {
  const by = new Map(found.map((one) => [one.topic, one]));
  const raw = Object.fromEntries(definition.events.map(({ topic }) => [topic, by.get(topic)?.partitions ?? 0]));
  const kept = Object.fromEntries(
    definition.events.map(({ topic }) => [topic, by.get(topic)?.config?.['retention.ms']]),
  );
  return judgeTopics(definition.events, ownTopics(definition, raw, kept), found, frameBytesMax);
}
