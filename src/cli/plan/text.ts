/** A plan as people read it. */
import { type FeatureDefinition, isDerived, type ModelDefinition } from '../../topology/definition.js';
import { durationText } from '../../topology/duration.js';
import { conditionText, derivedText, expressionText } from '../../topology/text.js';
import { counted } from '../ui/format.js';
import { table } from '../ui/table.js';
import type { Plan, PlannedStage } from './plan.js';
import type { PlannedTopic } from './topics.js';

/** Digits of a hash that tell it from others. */
const HASH_SHOWN = 12;

/** @param columns of the terminal; null: wide */
export function planText(plan: Plan, columns: number | null): string {
  const options = { columns };
  const parts = [
    `Topology ${plan.topology}`,
    section('Stages', table(['pipeline', 'stage', 'of', 'tasks'], plan.stages.map(stageRow), options)),
    section('Topics', table(['topic', 'state', 'partitions', 'settings', 'why'], plan.topics.map(topicRow), options)),
    section('Settings of topics', settingLines(plan.topics).join('\n')),
  ];
  const differences = plan.topics.flatMap(({ topic, differences: lines }) => lines.map((line) => `${topic}: ${line}`));
  if (differences.length > 0) parts.push(section('To correct', differences.join('\n')));
  if (plan.unasked !== null) parts.push(`The brokers could not be asked which topics exist: ${plan.unasked}`);
  for (const group of plan.groups) {
    const keys = Object.entries(group.keys).map(([topic, field]) => `${topic}.${field}`);
    const about = `key ${keys.join(', ')}; ${counted(group.inboxPartitions, 'inbox partition')}; lateness ${durationText(group.latenessMs)}; hash ${short(group.hash)}`;
    const head = ['feature', 'aggregate', 'of', 'where', 'window', 'type'];
    parts.push(
      section(`Group ${group.name}.v${group.version}: ${about}`, table(head, group.features.map(featureRow), options)),
    );
  }
  for (const view of plan.views) {
    const rows = view.columns.map(({ name, type, from }, place) => [place, name, type, from]);
    const deadline = view.deadlineMs === null ? '' : `; deadline ${durationText(view.deadlineMs)}`;
    const about = `scores ${view.score}${deadline}; hash ${short(view.hash)}`;
    parts.push(
      section(
        `View ${view.name}.v${view.version}: ${about}`,
        table(['place', 'column', 'type', 'from'], rows, { columns, right: [0] }),
      ),
    );
  }
  for (const model of plan.models) parts.push(section(`Model ${model.name}`, modelLines(model).join('\n')));
  return parts.join('\n\n');
}

const section = (title: string, body: string) => `${title}\n\n${body.replace(/^(?=.)/gm, '  ')}`;
const short = (hash: string) => hash.slice(0, HASH_SHOWN);

const stageRow = ({ pipeline, stage, of, tasks }: PlannedStage) => [
  pipeline,
  stage,
  of,
  tasks === null ? 'one a partition' : tasks,
];

function topicRow(topic: PlannedTopic) {
  const { exists, differences, actual, partitions, partitionsFrom } = topic;
  const state = exists === null ? 'not asked' : !exists ? 'missing' : differences.length > 0 ? 'differs' : 'exists';
  const count =
    actual?.partitions ?? partitions ?? (partitionsFrom.length > 0 ? `as ${partitionsFrom.join(', ')}` : null);
  return [topic.topic, state, count, settingsName(topic.config), topic.why];
}

/** What a topic's settings come to, in a few words; Kafka's own words stand below the table. */
function settingsName(config: PlannedTopic['config']): string | null {
  const policy = config['cleanup.policy'];
  const retentionMs = Number(config['retention.ms']);
  const words = policy === 'compact' ? ['compacted'] : [];
  if (policy === 'delete') words.push(retentionMs < 0 ? 'for ever' : durationText(retentionMs));
  if (config['message.timestamp.type'] === 'LogAppendTime') words.push('append time');
  return words.join(', ') || null;
}

function settingLines(topics: readonly PlannedTopic[]): string[] {
  const lines = new Map<string, string>();
  for (const { config } of topics) {
    const name = settingsName(config);
    const settings = Object.entries(config).map(([setting, value]) => `${setting}=${value}`);
    if (name !== null) lines.set(name, settings.join(' '));
  }
  const width = Math.max(...[...lines.keys()].map((name) => name.length));
  return [...lines].map(([name, settings]) => `${name.padEnd(width)}  ${settings}`);
}

function featureRow(feature: FeatureDefinition) {
  if (isDerived(feature)) return [feature.name, feature.derive, derivedText(feature), null, null, feature.type];
  const { aggregate, event, value, where, windowMs, delayMs, halfLifeMs, rank, quantile, type } = feature;
  const window = windowMs === null ? 'all time' : durationText(windowMs);
  const more = [
    ...(delayMs > 0 ? [`${durationText(delayMs)} ago`] : []),
    ...(halfLifeMs !== null ? [`half-life ${durationText(halfLifeMs)}`] : []),
  ];
  const name = [aggregate, ...[rank, quantile].filter((one) => one !== null)].join(' ');
  const of = value === null ? event : `${event}${value.kind === 'field' ? '.' : ': '}${expressionText(value)}`;
  return [feature.name, name, of, where && conditionText(where), [window, ...more].join(', '), type];
}

function modelLines({ view, label, trainer, gates, retrain }: ModelDefinition): string[] {
  const bounds = Object.entries(gates.bounds).flatMap(([metric, { atLeast, atMost }]) => [
    ...(atLeast !== undefined ? [`${metric} ≥ ${atLeast}`] : []),
    ...(atMost !== undefined ? [`${metric} ≤ ${atMost}`] : []),
  ]);
  if (gates.beats !== null) bounds.push(`beats the ${gates.beats}`);
  const trained =
    trainer.kind === 'command'
      ? `command ${trainer.command.join(' ')}`
      : `${trainer.kind}: ${trainer.trees} trees of ${trainer.leaves} leaves, learning rate ${trainer.learningRate}, seed ${trainer.seed}`;
  const otherwise = label.ifNone === 'exclude' ? 'without one: excluded' : 'without one: negative';
  return [
    `view     ${view}`,
    `label    ${label.event}: ${conditionText(label.is)} within ${durationText(label.withinMs)}, joined by ${label.join.scored} = ${label.join.label}; ${otherwise}`,
    `trainer  ${trained}`,
    `gates    ${bounds.join(', ') || 'none'}; on the last ${durationText(gates.onMs)}, embargo ${durationText(gates.embargoMs)}, at least ${counted(gates.minRows, 'row')}`,
    `retrain  ${retrain.onMessage ? 'by a message, or `headrace train`' : 'by `headrace train`'}`,
  ];
}
