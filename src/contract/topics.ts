/**
 * Names, partitions and settings of every topic that Headrace owns: `<topology>.<what>.<name>.v<n>`.
 * Goal: one place that knows a topic's name, so that pipelines meet in contracts and in nothing else.
 */
import {
  type GroupDefinition,
  isAggregate,
  type TopologyDefinition,
  type ViewDefinition,
} from '../topology/definition.js';

const DAY_MS = 86_400_000;

export type Pipeline = 'feature' | 'inference' | 'training';
export const PIPELINES: readonly Pipeline[] = ['feature', 'inference', 'training'];

export const admittedTopic = (topology: string, rawTopic: string) => `${topology}.admitted.${rawTopic}.v1`;
export const deadLettersTopic = (topology: string, rawTopic: string) => `${topology}.deadletters.${rawTopic}.v1`;
export const inboxTopic = (topology: string, group: GroupDefinition) =>
  `${topology}.inbox.${group.name}.v${group.version}`;
export const changelogTopic = (topology: string, group: GroupDefinition) =>
  `${topology}.changelog.${group.name}.v${group.version}`;
/** One features topic per scored event that the group answers. */
export const featuresTopic = (topology: string, group: GroupDefinition, scored: string) =>
  `${topology}.features.${group.name}-${scored}.v${group.version}`;
export const vectorsTopic = (topology: string, view: ViewDefinition) =>
  `${topology}.vectors.${view.name}.v${view.version}`;
/** Named by the view without its version: the serving role outlives versions. */
export const servedTopic = (topology: string, view: ViewDefinition) => `${topology}.served.${view.name}.v1`;
export const predictionsTopic = (topology: string, model: string) => `${topology}.predictions.${model}.v1`;
export const retrainTopic = (topology: string, model: string) => `${topology}.retrain.${model}.v1`;
export const modelsTopic = (topology: string) => `${topology}.models.all.v1`;
export const snapshotsTopic = (topology: string) => `${topology}.snapshots.all.v1`;
export const definitionsTopic = (topology: string) => `${topology}.definitions.all.v1`;
export const tasksTopic = (topology: string, pipeline: Pipeline) => `${topology}.tasks.${pipeline}`;

/** The consumer group by which a compute stage tells `route` how far it has acknowledged: a hint, nothing depends on it. */
export const computeHintGroup = (topology: string, group: GroupDefinition) =>
  `${topology}.compute.${group.name}.v${group.version}`;
export const membershipGroup = (topology: string, pipeline: Pipeline) => `${topology}.${pipeline}`;

/** Scored events that a group answers: those of the views that read it. */
export const answeredBy = (definition: TopologyDefinition, group: GroupDefinition): readonly string[] => [
  ...new Set(definition.views.filter((view) => view.groups.includes(group.name)).map((view) => view.score)),
];

/** Partitions of each raw topic, by topic; absent or 0 where it does not exist yet. */
export type RawPartitions = Readonly<Record<string, number>>;

export interface OwnTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
  readonly why: string;
  /** The raw topic whose partitions it has, number by number; null: it has a number of its own. */
  readonly raw: string | null;
}

/** An output partition gets a frame at least this often, even an empty one: far less than a quarter of any retention. */
export const IDLE_MARK_MS = 6 * 3_600_000;

const forEver = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' };
const compacted = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.1' };
const kept = (ms: number) => ({ 'cleanup.policy': 'delete', 'retention.ms': String(ms), 'retention.bytes': '-1' });
/**
 * What a record of ours may have: a frame holds one row at least, however large its raw record was; and an entity's chunk of large texts
 * is one record of the changelog.
 */
const FRAME_BYTES = { 'max.message.bytes': String(8 * 1024 * 1024) };
const STATE_BYTES = { 'max.message.bytes': String(64 * 1024 * 1024) };
/** Retention counts from the append, whatever time a record bears. */
const byAppend = { 'message.timestamp.type': 'LogAppendTime' };

/** How long the inbox and the features of a group are kept: reach + 7 d; an all-time feature's inbox for ever. */
export function groupRetentionMs(group: GroupDefinition): number | null {
  let reach = 0;
  for (const feature of group.features.filter(isAggregate)) {
    if (feature.windowMs === null) return null;
    reach = Math.max(reach, feature.windowMs + feature.delayMs);
  }
  return reach + group.latenessMs + 7 * DAY_MS;
}

/** What is admitted is kept at least as long as the raw topic: a new group version begins at its start. */
function keptAsLong(config: OwnTopic['config'], rawMs: string | undefined): OwnTopic['config'] {
  if (rawMs === undefined) return config;
  const longer = rawMs === '-1' || Number(rawMs) > Number(config['retention.ms']);
  return longer ? { ...config, 'retention.ms': rawMs } : config;
}

/**
 * Every topic that a topology owns, in the order of the stages.
 * @param rawRetention `retention.ms` of the raw topics that exist, by topic
 */
export function ownTopics(
  definition: TopologyDefinition,
  rawPartitions: RawPartitions,
  rawRetention: Readonly<Record<string, string | undefined>> = {},
): readonly OwnTopic[] {
  const { name } = definition;
  const horizonMs = Math.max(0, ...definition.models.map((model) => model.label.withinMs));
  const topics: OwnTopic[] = [];
  /** @param as its number of partitions, or the raw topic that has it */
  const add = (topic: string, as: number | string, config: OwnTopic['config'], why: string) => {
    const raw = typeof as === 'string' ? as : null;
    const partitions = typeof as === 'string' ? (rawPartitions[as] ?? 0) : as;
    topics.push({ topic, partitions, config: { ...FRAME_BYTES, ...config, ...byAppend }, why, raw });
  };

  for (const event of definition.events) {
    const keptFor = keptAsLong(kept(horizonMs + 30 * DAY_MS), rawRetention[event.topic]);
    add(admittedTopic(name, event.topic), event.topic, keptFor, 'admit: what exists');
    add(deadLettersTopic(name, event.topic), event.topic, kept(30 * DAY_MS), 'admit: what was refused');
  }
  for (const group of definition.groups) {
    const retentionMs = groupRetentionMs(group);
    const inbox = retentionMs === null ? forEver : kept(retentionMs);
    add(inboxTopic(name, group), group.inboxPartitions, inbox, 'route: the order of the group');
    add(changelogTopic(name, group), group.inboxPartitions, { ...compacted, ...STATE_BYTES }, 'compute: state');
    for (const scored of answeredBy(definition, group)) {
      add(featuresTopic(name, group, scored), scored, kept(retentionMs ?? 30 * DAY_MS), 'compute: features');
    }
  }
  for (const view of definition.views) {
    add(vectorsTopic(name, view), view.score, kept(30 * DAY_MS), 'serve: vectors as served');
    add(servedTopic(name, view), view.score, forEver, 'serve: which model scored which offset');
  }
  for (const model of definition.models) {
    const view = definition.views.find((candidate) => candidate.name === model.view);
    if (view === undefined) continue;
    add(predictionsTopic(name, model.name), view.score, kept(30 * DAY_MS), 'serve: predictions');
    add(retrainTopic(name, model.name), 1, kept(30 * DAY_MS), 'train: requests for a run');
  }
  add(modelsTopic(name), 1, forEver, 'models: versions and promotions');
  add(snapshotsTopic(name), 1, forEver, 'snapshot: training sets');
  add(definitionsTopic(name), 1, compacted, 'definitions of groups and views, numbers of tasks');
  for (const pipeline of PIPELINES) {
    const partitions = Math.max(1, taskNames(definition, rawPartitions, pipeline).length);
    topics.push({
      topic: tasksTopic(name, pipeline),
      partitions,
      config: forEver,
      why: 'assignment of tasks',
      raw: null,
    });
  }
  return topics;
}

type Versioned = Pick<GroupDefinition, 'name' | 'version'>;

/** What the names of a group's compute tasks begin with. */
export const computeTasks = ({ name, version }: Versioned) => `compute/${name}.v${version}`;
export const computeTask = (group: Versioned, partition: number) => `${computeTasks(group)}/${partition}`;

/** Every task of a pipeline: one stage × one partition (route: one per group; snapshot, train: one per view). */
export function taskNames(definition: TopologyDefinition, raw: RawPartitions, pipeline: Pipeline): readonly string[] {
  const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, p) => `${prefix}/${p}`);
  const version = ({ name, version }: Versioned) => `${name}.v${version}`;
  if (pipeline === 'feature') {
    return [
      ...definition.events.flatMap((event) => numbered(`admit/${event.topic}`, raw[event.topic] ?? 0)),
      ...definition.groups.map((group) => `route/${version(group)}`),
      ...definition.groups.flatMap((group) => numbered(computeTasks(group), group.inboxPartitions)),
    ];
  }
  if (pipeline === 'inference') {
    return definition.views.flatMap((view) => numbered(`serve/${version(view)}`, raw[view.score] ?? 0));
  }
  return definition.views.flatMap((view) => [`snapshot/${version(view)}`, `train/${version(view)}`]);
}
