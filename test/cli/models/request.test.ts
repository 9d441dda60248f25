import { expect, test } from 'vitest';
import { outcomeOf } from '../../../src/cli/models/request.js';
import { foldModels, type ModelFact, NO_MODEL } from '../../../src/contract/models-log.js';

const at = { topic: 'flights.retrain.m.v1', partition: 0, offset: 4 };
const common = { model: 'm', who: 'train', by: 'automatic' as const, why: '' };
const registered = (version: number, offset = 4): ModelFact => ({
  kind: 'registered',
  at: 1,
  body: {
    ...common,
    version,
    view: { name: 'v', version: 1, hash: 'h' },
    metrics: { auc: 0.75 },
    lineage: { snapshot: 's', manifest: 'm', onnx: 'o', request: { ...at, offset } },
  },
});
const promoted = (version: number, expects: number | null): ModelFact => ({
  kind: 'promoted',
  at: 1,
  body: { ...common, why: 'gates passed', version, expects },
});
const outcome = (...facts: ModelFact[]) => {
  const state = foldModels(facts);
  return outcomeOf({ facts, of: (model) => state.get(model) ?? NO_MODEL }, 'm', at);
};

test('another request’s answer is none', () => {
  expect(outcome()).toBeNull();
  expect(outcome(registered(1, 3), promoted(1, null))).toBeNull();
});

test('promoted, with what was measured', () => {
  expect(outcome(registered(1), promoted(1, null))).toEqual({
    outcome: 'promoted',
    version: 1,
    metrics: { auc: 0.75 },
    reasons: ['gates passed'],
  });
});

test('a promotion that lost its race is told as what it is', () => {
  const facts = [registered(1, 3), promoted(1, null), registered(2), promoted(2, null)];
  expect(outcome(...facts)).toMatchObject({ outcome: 'held', version: 2, reasons: ['lost race'] });
});

test('rejected by the gates, or failed', () => {
  const rejected = (version: number | null): ModelFact => ({
    kind: 'rejected',
    at: 1,
    body: { ...common, version, reasons: ['auc 0.6 is below 0.7'], request: at },
  });
  expect(outcome(registered(1), rejected(1))).toMatchObject({
    outcome: 'rejected',
    version: 1,
    metrics: { auc: 0.75 },
  });
  expect(outcome(rejected(null))).toEqual({
    outcome: 'rejected',
    version: null,
    metrics: null,
    reasons: ['auc 0.6 is below 0.7'],
  });
});
