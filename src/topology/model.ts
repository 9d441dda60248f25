/** `model`: a question asked of a view, how it is learned, and when a new version may take over. */
import type { EventDefinition, GatesDefinition, ModelDefinition, TrainerDefinition } from './definition.js';
import { type Duration, durationMs } from './duration.js';
import { conditionOf } from './field.js';
import { type AnyField, CONDITION, type ConditionOn, FIELD, type KeyKind } from './kinds.js';
import type { View } from './view.js';

const DEFAULT_GATE_TIME: Duration = '14d';
const DEFAULT_GATE_ROWS_MIN = 100;

export interface Model {
  readonly definition: ModelDefinition;
  readonly view: View<string>;
  readonly labelEvent: EventDefinition;
}

interface Bound {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface GatesOptions {
  readonly auc?: Bound;
  readonly logLoss?: Bound;
  readonly brier?: Bound;
  /** On the gate rows that both know nothing of; without a champion the bounds decide. */
  readonly beats?: 'champion';
  /** How much of the newest eligible time is gate rows. Default: 14d. */
  readonly on?: Duration;
  /** How far the training rows end before the gate rows begin. Default: the label's `within`. */
  readonly embargo?: Duration;
  /** Fewer gate rows than this is no promotion. Default: 100. */
  readonly minRows?: number;
}

export interface ModelOptions<S extends string, L extends string> {
  readonly view: View<S>;
  readonly label: {
    /** What is asked: the label is whether the label event satisfies it. */
    readonly is: ConditionOn<L>;
    /** The fields of the scored event and of the label event by which they meet. */
    readonly join: readonly [scored: AnyField<KeyKind, NoInfer<S>>, label: AnyField<KeyKind, NoInfer<L>>];
    /** How long after the scored event its label may become known. */
    readonly within: Duration;
    /** What a row without a label is, once that time is over. */
    readonly ifNone: 'exclude' | 'negative';
  };
  /** Default: `boostedTrees()`. */
  readonly trainer?: TrainerDefinition;
  readonly gates: GatesOptions;
  /** Default: only by `headrace train`. */
  readonly retrain?: { readonly onMessage: boolean };
}

export function model<S extends string, L extends string>(name: string, options: ModelOptions<S, L>): Model {
  const { label } = options;
  const definition: ModelDefinition = {
    name,
    view: options.view.definition.name,
    label: {
      event: label.is[CONDITION].topic,
      is: conditionOf(label.is),
      join: { scored: label.join[0][FIELD].name, label: label.join[1][FIELD].name },
      withinMs: durationMs(label.within),
      ifNone: label.ifNone,
    },
    trainer: options.trainer ?? boostedTrees(),
    gates: gatesOf(options.gates, label.within),
    retrain: { onMessage: options.retrain?.onMessage ?? false },
  };
  return { definition, view: options.view, labelEvent: label.is[CONDITION].event };
}

function gatesOf(gates: GatesOptions, within: Duration): GatesDefinition {
  const { auc, logLoss, brier } = gates;
  return {
    bounds: { ...(auc && { auc }), ...(logLoss && { logLoss }), ...(brier && { brier }) },
    beats: gates.beats ?? null,
    onMs: durationMs(gates.on ?? DEFAULT_GATE_TIME),
    embargoMs: durationMs(gates.embargo ?? within),
    minRows: gates.minRows ?? DEFAULT_GATE_ROWS_MIN,
  };
}

type BoostedTrees = Extract<TrainerDefinition, { kind: 'boostedTrees' }>;

/** The built-in trainer: histogram gradient boosting, deterministic by seed. */
export function boostedTrees(options: Partial<Omit<BoostedTrees, 'kind'>> = {}): TrainerDefinition {
  const { trees = 100, leaves = 31, learningRate = 0.1, minRowsInLeaf = 20, bins = 255, seed = 1 } = options;
  return { kind: 'boostedTrees', trees, leaves, learningRate, minRowsInLeaf, bins, seed };
}

/** A trainer of one's own: a program and its arguments; it turns a manifest into `model.onnx` and `metrics.json`. */
export function command(program: string, ...args: string[]): TrainerDefinition {
  return { kind: 'command', command: [program, ...args] };
}
