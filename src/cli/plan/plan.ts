/** What a topology will run, as plain data: tasks, topics, features, columns, models, hashes. Pure: the brokers' answer is given. */
import { PIPELINES, type Pipeline, taskNames } from '../../contract/topics.js';
import { groupHash, viewHash } from '../../topology/canonical.js';
import type { FeatureDefinition, ModelDefinition, TopologyDefinition } from '../../topology/definition.js';
import { type Column, viewColumns } from '../../topology/fields.js';
import { type BrokerTopics, type PlannedTopic, plannedTopics, rawPartitions } from './topics.js';

export interface PlannedStage {
  readonly pipeline: Pipeline;
  readonly stage: string;
  /** What it works on: a raw topic, or a group or view with its version. */
  readonly of: string;
  /** How many tasks; null where that depends on a raw topic that is not known. */
  readonly tasks: number | null;
}

export interface PlannedGroup {
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly inboxPartitions: number;
  readonly latenessMs: number;
  /** The field that names the entity, by topic. */
  readonly keys: Readonly<Record<string, string>>;
  readonly features: readonly FeatureDefinition[];
}

export interface PlannedView {
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly score: string;
  /** Null: every group is waited for. */
  readonly deadlineMs: number | null;
  readonly columns: readonly (Column & { readonly from: string })[];
}

export interface Plan {
  readonly topology: string;
  readonly stages: readonly PlannedStage[];
  readonly topics: readonly PlannedTopic[];
  readonly groups: readonly PlannedGroup[];
  readonly views: readonly PlannedView[];
  readonly models: readonly ModelDefinition[];
  /** Why the brokers could not be asked; null where they were. */
  readonly unasked: string | null;
}

/** @param brokers what they have, or why they could not be asked */
export function planOf(definition: TopologyDefinition, brokers: BrokerTopics | { readonly unasked: string }): Plan {
  const asked = 'unasked' in brokers ? null : brokers;
  return {
    topology: definition.name,
    stages: stagesOf(definition, asked),
    topics: plannedTopics(definition, asked),
    groups: definition.groups.map((group) => ({ ...group, hash: groupHash(definition, group) })),
    views: definition.views.map((view) => ({
      name: view.name,
      version: view.version,
      hash: viewHash(definition, view),
      score: view.score,
      deadlineMs: view.deadlineMs ?? null,
      columns: columnsOf(definition, view.name),
    })),
    models: definition.models,
    unasked: 'unasked' in brokers ? brokers.unasked : null,
  };
}

function stagesOf(definition: TopologyDefinition, brokers: BrokerTopics | null): PlannedStage[] {
  const raw = rawPartitions(definition, brokers);
  // One task each, so that no stage is left out where its raw topic does not exist yet.
  const one = Object.fromEntries(definition.events.map(({ topic }) => [topic, 1]));
  const stageOf = (task: string) => task.split('/').slice(0, 2).join('/');
  return PIPELINES.flatMap((pipeline) => {
    const tasks = taskNames(definition, raw, pipeline).map(stageOf);
    return [...new Set(taskNames(definition, one, pipeline).map(stageOf))].map((name): PlannedStage => {
      const [stage, of] = name.split('/') as [string, string];
      const count = tasks.filter((task) => task === name).length;
      return { pipeline, stage, of, tasks: count > 0 ? count : null };
    });
  });
}

function columnsOf(definition: TopologyDefinition, name: string): PlannedView['columns'] {
  const view = definition.views.find((candidate) => candidate.name === name)!;
  const groups = definition.groups.filter((group) => view.groups.includes(group.name));
  return viewColumns(definition, view).map((column) => {
    const group = groups.find(({ features }) => features.some((feature) => feature.name === column.name));
    if (group !== undefined) return { ...column, from: `${group.name}.v${group.version}` };
    const { of } = view.fields.find((field) => field.name === column.name)!;
    const field = `${view.score}.${of.field}`;
    return { ...column, from: of.kind === 'field' ? field : `${of.kind} of ${field}, ${of.timeZone}` };
  });
}
