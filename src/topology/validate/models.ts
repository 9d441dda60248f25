/** Models: label, trainer and gates. */
import type {
  GatesDefinition,
  LabelDefinition,
  ModelDefinition,
  TopologyDefinition,
  TrainerDefinition,
} from '../definition.js';
import { checkCondition } from './conditions.js';
import { DURATION, isDuration } from './durations.js';
import { checkField, KEYS } from './fields.js';
import { findEvent, type Report, repeated } from './problem.js';

const BINS_MAX = 255;

export function checkModels(definition: TopologyDefinition, report: Report): void {
  for (const view of repeated(definition.models.map((model) => model.view))) {
    const names = definition.models.filter((model) => model.view === view).map((model) => model.name);
    report
      .at(`model ${names[1]}`)
      .add(`view ${view} is read by models ${names.join(', ')}: one model per view is allowed`, 'keep one');
  }
  for (const model of definition.models) checkModel(definition, model, report.at(`model ${model.name}`));
}

function checkModel(definition: TopologyDefinition, model: ModelDefinition, report: Report): void {
  const view = definition.views.find((candidate) => candidate.name === model.view);
  if (view === undefined) report.add(`the topology has no view ${model.view}`, 'add it');
  else checkLabel(definition, model.label, view.score, report.at('label'));
  checkTrainer(model.trainer, report.at('trainer'));
  checkGates(model.gates, model.label, report.at('gates'));
}

function checkLabel(definition: TopologyDefinition, label: LabelDefinition, score: string, report: Report): void {
  const scoredEvent = findEvent(definition, score);
  const labelEvent = findEvent(definition, label.event);
  if (labelEvent === undefined) report.add(`event ${label.event} is unknown`, 'add it to the topology');
  else checkCondition(labelEvent, label.is, report.at('is'));
  report
    .at('is')
    .check(
      label.event !== score,
      `${score} is the scored event itself`,
      'take the label from an event that brings it later',
    );
  const place = report.at('join');
  if (scoredEvent !== undefined && labelEvent !== undefined) {
    const scored = checkField(scoredEvent, label.join.scored, place, { kinds: KEYS, as: 'a join' });
    const joined = checkField(labelEvent, label.join.label, place, { kinds: KEYS, as: 'a join' });
    place.check(
      scored === null || joined === null || (scored.kind === 'string') === (joined.kind === 'string'),
      `${score}.${label.join.scored} is ${scored?.kind}, ${label.event}.${label.join.label} is ${joined?.kind}: they never meet`,
      'join two strings, or two whole numbers',
    );
  }
  report.at('within').check(isDuration(label.withinMs, 1), 'it is no duration, or empty', DURATION);
  report
    .at('ifNone')
    .check(['exclude', 'negative'].includes(label.ifNone), `${label.ifNone} is unknown`, "use 'exclude' or 'negative'");
}

function checkTrainer(trainer: TrainerDefinition, report: Report): void {
  if (trainer.kind === 'command') {
    const words = trainer.command;
    report.check(words.length > 0 && words[0] !== '', 'it names no program', "command('python', 'train.py')");
    return;
  }
  const whole = (name: 'trees' | 'leaves' | 'minRowsInLeaf' | 'bins' | 'seed', least: number, most: number) =>
    report.check(
      Number.isInteger(trainer[name]) && trainer[name] >= least && trainer[name] <= most,
      `${name} is ${trainer[name]}`,
      `use a whole number from ${least} to ${most}`,
    );
  whole('trees', 1, 10_000);
  whole('leaves', 2, 10_000);
  whole('minRowsInLeaf', 1, 1_000_000_000);
  whole('bins', 2, BINS_MAX);
  whole('seed', 0, 2 ** 32 - 1);
  report.check(
    trainer.learningRate > 0 && trainer.learningRate <= 1,
    `learningRate is ${trainer.learningRate}`,
    'use a number above 0, at most 1',
  );
}

function checkGates(gates: GatesDefinition, label: LabelDefinition, report: Report): void {
  const bounds = Object.entries(gates.bounds);
  report.check(
    bounds.length > 0 || gates.beats !== null,
    'nothing is asked of a new version: the first and every later one would be promoted',
    "ask for a bound ({ auc: { atLeast: 0.7 } }), or beats: 'champion'",
  );
  for (const [metric, { atLeast, atMost }] of bounds) {
    const values = [atLeast, atMost].filter((value) => value !== undefined);
    const most = metric === 'logLoss' ? Number.MAX_VALUE : 1;
    report
      .at(metric)
      .check(
        values.length > 0 && values.every((value) => value >= 0 && value <= most),
        `its bounds are ${values.join(', ') || 'none'}`,
        `use atLeast, atMost or both, from 0 ${metric === 'logLoss' ? 'up' : 'to 1'}`,
      );
    report
      .at(metric)
      .check(
        atLeast === undefined || atMost === undefined || atLeast <= atMost,
        `no value is at least ${atLeast} and at most ${atMost}`,
        'swap them',
      );
  }
  report.at('on').check(isDuration(gates.onMs, 1), 'it is no duration, or empty', DURATION);
  if (report.at('embargo').check(isDuration(gates.embargoMs, 0), 'it is no duration', DURATION)) {
    report
      .at('embargo')
      .check(
        !(gates.embargoMs < label.withinMs),
        "it is shorter than the label's within: the training rows would hold labels from the time of the gate rows",
        "make it at least as long as the label's within",
      );
  }
  report
    .at('minRows')
    .check(
      Number.isInteger(gates.minRows) && gates.minRows >= 1,
      `it is ${gates.minRows}`,
      'use a whole number from 1',
    );
}
