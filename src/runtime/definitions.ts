/**
 * The `definitions` log: what each group and view of a version is, and which number each task has.
 * Goal: a definition that changed under its version is refused at start; a task's number is given once.
 * Method: whoever writes holds the fenced producer of the topology's definitions, so two workers cannot both decide.
 */
import type { Codec } from '../codec/avro.js';
import { factReader, factWriter } from '../contract/facts.js';
import {
  answeredBy,
  definitionsTopic,
  PIPELINES,
  type Pipeline,
  type RawPartitions,
  taskNames,
} from '../contract/topics.js';
import { HeadraceError } from '../error.js';
import { type Log, readToEnd } from '../log/log.js';
import { groupForm, groupHash, viewForm, viewHash } from '../topology/canonical.js';
import type { TopologyDefinition } from '../topology/definition.js';
import type { Clock } from './ports.js';
import { readableDifference } from './readable.js';
import { idsOf, topicsOf } from './topics.js';

interface Entry {
  readonly key: string;
  readonly hash: string;
  readonly form: unknown;
}

export type TaskNumbers = Readonly<Record<Pipeline, readonly string[]>>;

/** What the definition says now, by key. */
function entries(definition: TopologyDefinition): readonly Entry[] {
  const groups = definition.groups.map((group) => ({
    key: `group ${group.name}@${group.version}`,
    hash: groupHash(definition, group),
    form: groupForm(definition, group),
  }));
  const views = definition.views.map((view) => ({
    key: `view ${view.name}@${view.version}`,
    hash: viewHash(definition, view),
    form: viewForm(definition, view),
  }));
  // A group's features topics have their readers from the first start on: one more scored event is a new version.
  const answers = definition.groups.map((group) => {
    const form = [...answeredBy(definition, group)].sort();
    return { key: `scored events that group ${group.name}@${group.version} answers`, hash: form.join(), form };
  });
  return [...groups, ...views, ...answers];
}

/** A group or view that is not what was recorded under its version. */
export interface Changed {
  /** e.g. `group card@1` */
  readonly what: string;
  /** One line each. */
  readonly differences: readonly string[];
}

interface Recorded {
  readonly known: ReadonlyMap<string, Entry>;
  readonly numbers: ReadonlyMap<string, readonly string[]>;
  /** Ids of topics, as they were when they were first used. */
  readonly ids: Readonly<Record<string, string>>;
}

type Body = Entry | { readonly pipeline: string; readonly tasks: string[] } | { readonly ids: Recorded['ids'] };

async function recorded(topic: string, { log, codec }: { log: Log; codec: Codec }): Promise<Recorded> {
  let ids: Recorded['ids'] = {};
  const known = new Map<string, Entry>();
  const numbers = new Map<string, readonly string[]>();
  const reader = factReader(codec);
  for await (const record of readToEnd(log, { topic, partition: 0 })) {
    if (!record.value) continue;
    const fact = await reader.decode<Body>(record.value);
    if ('ids' in fact.body) ids = fact.body.ids;
    else if ('pipeline' in fact.body) numbers.set(fact.body.pipeline, fact.body.tasks);
    else known.set(fact.body.key, fact.body);
  }
  return { known, numbers, ids };
}

function changes(definition: TopologyDefinition, known: Recorded['known']): Changed[] {
  return entries(definition).flatMap((entry) => {
    const before = known.get(entry.key);
    if (before === undefined || before.hash === entry.hash) return [];
    const lines = readableDifference(before.form, JSON.parse(JSON.stringify(entry.form)));
    const differences = lines.length > 0 ? lines : ['what it reads, or SEMANTICS, changed'];
    return [{ what: entry.key, differences }];
  });
}

/** What `run` would refuse: see `settleDefinitions`. @returns null where nothing was recorded yet */
export async function changedDefinitions(
  definition: TopologyDefinition,
  io: { log: Log; codec: Codec },
): Promise<readonly Changed[] | null> {
  const topic = definitionsTopic(definition.name);
  if ((await io.log.describeTopic(topic)) === null) return null;
  const { known } = await recorded(topic, io);
  return known.size === 0 ? null : changes(definition, known);
}

/** Ids of the topics that the topology was run on; null where it has not run. */
export async function recordedTopicIds(
  definition: TopologyDefinition,
  io: { log: Log; codec: Codec },
): Promise<Readonly<Record<string, string>> | null> {
  const topic = definitionsTopic(definition.name);
  if (!(await io.log.identify([topic])).has(topic)) return null;
  return (await recorded(topic, io)).ids;
}

/** How often a fenced attempt is made again: another worker is deciding the same at that moment. */
const ATTEMPTS_MAX = 5;

/**
 * Registers what is new and refuses what changed. Error: `DEFINITION_CHANGED`, with every difference.
 * @returns the tasks of each pipeline in the order of their numbers
 */
export async function settleDefinitions(
  definition: TopologyDefinition,
  raw: RawPartitions,
  io: { log: Log; codec: Codec; clock: Clock },
): Promise<TaskNumbers> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptToSettle(definition, raw, io);
    } catch (cause) {
      const fenced = cause instanceof HeadraceError && cause.code === 'PRODUCER_FENCED';
      if (!fenced || attempt === ATTEMPTS_MAX) throw cause;
      await io.clock.sleep(50 * attempt);
    }
  }
}

async function attemptToSettle(
  definition: TopologyDefinition,
  raw: RawPartitions,
  { log, codec, clock }: { log: Log; codec: Codec; clock: Clock },
): Promise<TaskNumbers> {
  const topic = definitionsTopic(definition.name);
  const writer = await factWriter(codec, topic);
  const producer = await log.transactional(`${definition.name}.definitions`);
  try {
    const { known, numbers, ids } = await recorded(topic, { log, codec });
    const records: { key: string; value: Buffer }[] = [];
    for (const entry of entries(definition)) {
      if (known.has(entry.key)) continue;
      records.push({ key: entry.key, value: writer.encode('definition', clock.now(), entry) });
    }
    const changed = changes(definition, known);
    if (changed.length > 0) {
      const told = changed.map(({ what, differences }) => `${what}:\n    ${differences.join('\n    ')}`).join('\n  ');
      throw new HeadraceError(
        'DEFINITION_CHANGED',
        `a definition changed under an unchanged version; give it a new version, or undo the change:\n  ${told}`,
        { remedy: 'fix-definition' },
      );
    }
    const result = {} as Record<Pipeline, readonly string[]>;
    for (const pipeline of PIPELINES) {
      const given = numbers.get(pipeline) ?? [];
      const added = taskNames(definition, raw, pipeline).filter((task) => !given.includes(task));
      result[pipeline] = [...given, ...added];
      if (added.length > 0) {
        const body = { pipeline, tasks: result[pipeline] };
        records.push({ key: `tasks ${pipeline}`, value: writer.encode('tasks', clock.now(), body) });
      }
    }
    const now = { ...ids, ...(await idsOf(topicsOf(definition), log)) };
    if (Object.entries(now).some(([name, id]) => ids[name] !== id)) {
      records.push({ key: 'topics', value: writer.encode('topics', clock.now(), { ids: now }) });
    }
    if (records.length > 0) await producer.transaction(records.map((record) => ({ topic, partition: 0, ...record })));
    return result;
  } finally {
    await producer.close();
  }
}
