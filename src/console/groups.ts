/**
 * What a worker's HTTP says of the entities of groups: `/v1/groups/<group>/<key>?at=` and `/v1/groups/<group>?top=`.
 * Goal: any worker answers for all. Method: it asks its own task, or passes the question on to the worker that runs it; a header
 * says that a question was passed on, and such a one is not passed on again.
 * Errors, as JSON: 400 (the question), 404 (the group), 503 (ask again), 500.
 */
import { partitionOf } from '../contract/partition.js';
import type { AnswerTo, EntityQuestion, PartitionTop, Question, TopAnswer } from '../contract/state-answers.js';
import { computeTask, computeTasks } from '../contract/topics.js';
import { within } from '../log/within.js';
import { notRunning } from '../runtime/task.js';
import type { Whereabouts } from '../runtime/whereabouts.js';
import type { Worker } from '../runtime/worker.js';
import type { GroupDefinition, TopologyDefinition } from '../topology/definition.js';
import { type Got, httpGet } from './http-get.js';
import { mergeTop } from './merge-top.js';
import { questionOf } from './question.js';
import { errorOf, failed, json, named } from './reply.js';

/** Of a question that another worker passed on. */
export const PASSED_ON = 'x-headrace-passed-on';
/** A task answers between two batches, which may each take their time. */
const ENTITY_MAX_MS = 5_000;
/** The largest keys are found in one pass over the task's store. */
const TOP_MAX_MS = 120_000;
/** Beyond what the other worker may take, so that its own reason arrives. */
const PASSING_ON_MS = 1_000;

export interface GroupsOptions {
  readonly definition: TopologyDefinition;
  /** Null until it runs. */
  readonly worker: () => Pick<Worker, 'has' | 'ask'> | null;
  readonly whereabouts: Pick<Whereabouts, 'of' | 'forget'>;
  /** Of this worker, as others are told. */
  readonly address: () => string;
}

/** What a worker that was asked by another says of the partitions that it runs. */
interface PassedTop {
  readonly tops: readonly PartitionTop[];
  readonly missing: TopAnswer['missing'];
}

export type GroupsApi = (url: string, passedOn: boolean) => Promise<Got>;

/** @returns answers GETs whose path begins with GROUPS_PATH; never rejects */
export function groupsApi(options: GroupsOptions): GroupsApi {
  return async (url, passedOn) => {
    try {
      const { group, question } = questionOf(options.definition, url);
      if (question.kind === 'top') return await top(options, group, question.n, passedOn, url);
      return await entity(options, group, question, passedOn, url);
    } catch (error) {
      return failed(error);
    }
  };
}

async function entity(
  options: GroupsOptions,
  group: GroupDefinition,
  question: EntityQuestion,
  passedOn: boolean,
  url: string,
): Promise<Got> {
  const task = computeTask(group, partitionOf(question.key, group.inboxPartitions));
  if (passedOn || options.worker()?.has(task) === true) return json(200, await own(options, task, question));
  return passOn(options, await addressOf(options, task), url, ENTITY_MAX_MS);
}

async function top(
  options: GroupsOptions,
  group: GroupDefinition,
  n: number,
  passedOn: boolean,
  url: string,
): Promise<Got> {
  const tops: PartitionTop[] = [];
  const missing: { partition: number; code: string; message: string }[] = [];
  const note = (partition: number, error: unknown) => {
    const { code, message } = named(error);
    missing.push({ partition, code, message });
  };
  const elsewhere = new Map<string, number[]>();
  const mine: number[] = [];
  for (let partition = 0; partition < group.inboxPartitions; partition++) {
    const task = computeTask(group, partition);
    if (options.worker()?.has(task) === true) mine.push(partition);
    else if (!passedOn) {
      const address = await addressOf(options, task).catch((error) => note(partition, error));
      if (address) elsewhere.set(address, [...(elsewhere.get(address) ?? []), partition]);
    }
  }
  const asked = mine.map((partition) =>
    own(options, computeTask(group, partition), { kind: 'top', n }).then(
      (one) => tops.push(one),
      (error) => note(partition, error),
    ),
  );
  const passed = [...elsewhere].map(async ([address, partitions]) => {
    try {
      const got = await passOn(options, address, url, TOP_MAX_MS);
      if (got.status !== 200) throw errorOf(got);
      const answer = JSON.parse(got.body) as PassedTop;
      for (const partition of partitions) {
        const found = answer.tops.find((one) => one.partition === partition);
        const why = answer.missing.find((one) => one.partition === partition);
        if (found !== undefined) tops.push(found);
        else if (why !== undefined) missing.push(why);
        else note(partition, notRunning(computeTask(group, partition), 'has moved'));
      }
    } catch (error) {
      for (const partition of partitions) note(partition, error);
    }
  });
  await Promise.all([...asked, ...passed]);
  if (passedOn) return json(200, { tops, missing } satisfies PassedTop);
  const answer = mergeTop(group, n, tops, missing);
  if (tops.length > 0) return json(200, answer);
  throw notRunning(computeTasks(group), `answers in no partition (${answer.missing[0]?.message})`);
}

/** Of a task of this worker, within its time. */
async function own<Q extends Question>({ worker }: GroupsOptions, task: string, question: Q): Promise<AnswerTo<Q>> {
  const running = worker();
  if (running === null) throw notRunning(task, 'does not run yet');
  const maxMs = question.kind === 'entity' ? ENTITY_MAX_MS : TOP_MAX_MS;
  return within(maxMs, running.ask(task, question), () => {
    throw notRunning(task, `did not answer in ${maxMs} ms`);
  });
}

/** Of the worker that runs a task which this one does not run. */
async function addressOf({ whereabouts, address }: GroupsOptions, task: string): Promise<string> {
  const found = await whereabouts.of('feature', task);
  if (found === null) throw notRunning(task, 'runs in no worker that can be reached (they may be dealing tasks out)');
  if (found === address()) {
    whereabouts.forget('feature');
    throw notRunning(task, 'is about to start, or has just ended');
  }
  return found;
}

async function passOn({ whereabouts }: GroupsOptions, address: string, url: string, maxMs: number): Promise<Got> {
  try {
    const got = await httpGet(address, url, maxMs + PASSING_ON_MS, { [PASSED_ON]: '1' });
    if (got.status === 503) whereabouts.forget('feature');
    return got;
  } catch (error) {
    whereabouts.forget('feature');
    throw error;
  }
}
