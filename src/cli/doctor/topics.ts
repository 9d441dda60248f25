/**
 * Judges topics' settings: what would lose records that are still needed, what would stop writes, what is less safe than it looks.
 * Pure. One finding a problem, naming its topics.
 */
import { IDLE_MARK_MS, type OwnTopic } from '../../contract/topics.js';
import type { TopicFacts } from '../../log/kafka/inspect.js';
import type { EventDefinition } from '../../topology/definition.js';
import { durationText } from '../../topology/duration.js';
import { error, type Finding, type Level, named, ok } from './finding.js';

const DAY_MS = 86_400_000;
/** What a stage goes on from is the tail of a topic, written again after `IDLE_MARK_MS`: kept for less, it could be gone. */
const TAIL_KEPT_LEAST_MS = 4 * IDLE_MARK_MS;
/** Inbox and features are kept a week beyond what features reach back. */
const SPARE_MS = 7 * DAY_MS;
/** A batch of one frame has a header, and its record a key and headers, beside the frame. */
const AROUND_FRAME_BYTES = 1_024;
/** Kafka's default. */
const MESSAGE_BYTES_DEFAULT = 1_048_588;

interface Problem {
  readonly level: Level;
  /** Without the topics' names. */
  readonly what: string;
  readonly remedy: string;
}

/** @param frameBytesMax of the settings */
export function judgeTopics(
  events: readonly EventDefinition[],
  wanted: readonly OwnTopic[],
  found: readonly TopicFacts[],
  frameBytesMax: number,
): readonly Finding[] {
  const facts = new Map(found.map((one) => [one.topic, one]));
  const groups = new Map<string, Problem & { topics: string[] }>();
  const tell = (topic: string, problem: Problem | null) => {
    if (problem === null) return;
    const key = `${problem.level} ${problem.what}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...problem, topics: [topic] });
    else group.topics.push(topic);
  };
  for (const event of events) {
    const raw = facts.get(event.topic);
    if (raw === undefined) tell(event.topic, RAW_MISSING);
    else for (const problem of [...rawProblems(event, raw), ...replication(raw)]) tell(event.topic, problem);
  }
  let existing = 0;
  for (const topic of wanted) {
    const own = facts.get(topic.topic);
    if (own === undefined) continue;
    existing++;
    const problems = /\.tasks\.[a-z]+$/.test(topic.topic) ? [] : ownProblems(topic, own, frameBytesMax);
    for (const problem of [...problems, ...replication(own)]) tell(topic.topic, problem);
  }
  const bad = [...groups.values()].map(
    ({ level, what, remedy, topics }): Finding => ({
      area: 'topics',
      level,
      message: `${named(topics)}: ${what}`,
      remedy,
    }),
  );
  const rest = wanted.length - existing;
  if (existing === 0)
    return [
      ...bad,
      ok('topics', `none of the topology’s own ${wanted.length} is there yet: \`headrace run\` makes them`),
    ];
  if (rest > 0) {
    const missing = wanted.filter(({ topic }) => !facts.has(topic)).map(({ topic }) => topic);
    bad.push(
      error(
        'topics',
        `${existing} of the topology’s own ${wanted.length} are there, and these are not: ${named(missing)}`,
        'if one was deleted, see docs/operations.md before workers start: they make missing topics anew, empty; a new version’s are made by its first start',
      ),
    );
  }
  return bad.length > 0
    ? bad
    : [ok('topics', `the settings of ${events.length} raw and ${existing} own are as they should be`)];
}

const RAW_MISSING: Problem = {
  level: 'error',
  what: 'no such raw topic',
  remedy: 'create it (raw topics are yours), or let `headrace load … --create` do it',
};
const set = (name: string, value: string) =>
  `kafka-configs --alter --entity-type topics --add-config ${name}=${value} --entity-name <topic>`;

function rawProblems(event: EventDefinition, { config }: TopicFacts): readonly Problem[] {
  if (config === null) return [UNREADABLE];
  const problems: Problem[] = [];
  if (event.knownAt.by === 'broker' && config['message.timestamp.type'] !== 'LogAppendTime') {
    problems.push({
      level: 'error',
      what: 'knownAt is broker, and message.timestamp.type is not LogAppendTime',
      remedy: `${set('message.timestamp.type', 'LogAppendTime')}; or let knownAt name a field`,
    });
  }
  if (config['cleanup.policy']?.includes('compact')) {
    problems.push({
      level: 'warning',
      what: 'is compacted: events of one key vanish, maybe before they are read, and what was computed cannot be computed again',
      remedy: set('cleanup.policy', 'delete'),
    });
  }
  const retention = finite(config['retention.ms']);
  if (retention !== null && retention < DAY_MS) {
    problems.push({
      level: 'warning',
      what: `is kept for ${durationText(retention)}: what workers have not read by then is lost`,
      remedy: `${set('retention.ms', String(SPARE_MS))}, or as long as an outage may last`,
    });
  }
  return problems;
}

const UNREADABLE: Problem = {
  level: 'warning',
  what: 'its settings may not be read',
  remedy: 'allow DescribeConfigs on it, or look at them yourself',
};

function ownProblems(wanted: OwnTopic, { config, partitions }: TopicFacts, frameBytesMax: number): readonly Problem[] {
  const problems: Problem[] = [];
  if (partitions !== wanted.partitions) {
    problems.push({
      level: 'error',
      what: `has ${partitions} partitions where ${wanted.partitions} are needed`,
      remedy: 'see PARTITIONS_DIFFER in docs/errors.md',
    });
  }
  if (config === null) return [...problems, UNREADABLE];
  const policy = wanted.config['cleanup.policy']!;
  if (config['cleanup.policy'] !== policy) {
    problems.push({
      level: 'error',
      what: `cleanup.policy is ${config['cleanup.policy']} where ${policy} is needed, or what is still needed is lost`,
      remedy: set('cleanup.policy', policy),
    });
  }
  if (policy === 'delete') problems.push(...retention(wanted, config));
  const bytes = Number(config['max.message.bytes'] ?? MESSAGE_BYTES_DEFAULT);
  if (bytes < frameBytesMax + AROUND_FRAME_BYTES) {
    problems.push({
      level: 'error',
      what: `max.message.bytes is ${bytes}, too little for frames of HEADRACE_FRAME_BYTES_MAX (${frameBytesMax})`,
      remedy: `${set('max.message.bytes', String(MESSAGE_BYTES_DEFAULT))}, or a smaller HEADRACE_FRAME_BYTES_MAX`,
    });
  }
  const stamped = wanted.config['message.timestamp.type'];
  if (stamped !== undefined && config['message.timestamp.type'] !== stamped) {
    problems.push({
      level: 'warning',
      what: `message.timestamp.type is ${config['message.timestamp.type']}, so that retention goes by what records say`,
      remedy: set('message.timestamp.type', stamped),
    });
  }
  return problems;
}

/** Against what is needed, and against what stages go on from. */
function retention(wanted: OwnTopic, config: Readonly<Record<string, string>>): readonly Problem[] {
  const problems: Problem[] = [];
  const is = finite(config['retention.ms']);
  const must = finite(wanted.config['retention.ms']);
  const better = set('retention.ms', wanted.config['retention.ms'] ?? '-1');
  if (is !== null && (must === null || is < must)) {
    const reach = must === null ? 'for ever' : durationText(must);
    const isLog = must === null && !wanted.topic.includes('.inbox.');
    const least = Math.max(TAIL_KEPT_LEAST_MS, /\.(inbox|features)\./.test(wanted.topic) ? (must ?? 0) - SPARE_MS : 0);
    problems.push(
      isLog || is < least
        ? {
            level: 'error',
            what: `is kept for ${durationText(is)}, less than what workers go on from or features reach back to; it is to be ${reach}`,
            remedy: better,
          }
        : {
            level: 'warning',
            what: `is kept for ${durationText(is)} where ${reach} is wanted: \`replay verify\` and new versions begin later`,
            remedy: better,
          },
    );
  }
  const size = finite(config['retention.bytes']);
  if (size !== null) {
    problems.push({
      level: 'warning',
      what: `retention.bytes is ${size}: a burst may push out what is still needed`,
      remedy: set('retention.bytes', '-1'),
    });
  }
  return problems;
}

/** -1 is without bound. */
const finite = (value: string | undefined): number | null =>
  value === undefined || Number(value) < 0 ? null : Number(value);

/** Producers ask for the acknowledgement of all replicas that are in sync: how many that are is up to the topic. */
function replication({ config, replicas, inSync, withoutLeader }: TopicFacts): readonly Problem[] {
  const problems: Problem[] = [];
  if (withoutLeader > 0) {
    problems.push({
      level: 'error',
      what: `${withoutLeader} partitions have no leader`,
      remedy: 'bring the brokers back that have their replicas',
    });
  } else if (inSync < replicas) {
    problems.push({
      level: 'warning',
      what: `some partition has ${inSync} of ${replicas} replicas in sync`,
      remedy: 'see what keeps the other brokers behind',
    });
  }
  if (config === null) return problems;
  const least = Number(config['min.insync.replicas'] ?? 1);
  if (least > replicas) {
    problems.push({
      level: 'error',
      what: `min.insync.replicas is ${least} with ${replicas} replica${replicas === 1 ? '' : 's'}: nothing can be written`,
      remedy: `${set('min.insync.replicas', String(Math.max(1, replicas - 1)))}, or more replicas`,
    });
  } else if (replicas > 1 && least === replicas) {
    problems.push({
      level: 'warning',
      what: `min.insync.replicas is ${least} with ${replicas} replicas: one broker away, and nothing can be written`,
      remedy: set('min.insync.replicas', String(replicas - 1)),
    });
  } else if (replicas > 2 && least === 1) {
    problems.push({
      level: 'warning',
      what: 'min.insync.replicas is 1: what all have acknowledged may be on one disk only',
      remedy: set('min.insync.replicas', '2'),
    });
  }
  if (config['unclean.leader.election.enable'] === 'true') {
    problems.push({
      level: 'error',
      what: 'unclean.leader.election.enable is true: acknowledged records may be lost',
      remedy: set('unclean.leader.election.enable', 'false'),
    });
  }
  return problems;
}
