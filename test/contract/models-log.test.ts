import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldModels, isAnswered, type ModelFact, NO_MODEL, parseModelFact } from '../../src/contract/models-log.js';

const common = { model: 'late', who: 'train', by: 'automatic', why: 'test' } as const;
const person = { who: 'ada', by: 'person' } as const;
const request = { topic: 'retrain', partition: 0, offset: 7 };
let at = 0;
const registered = (version: number): ModelFact => ({
  kind: 'registered',
  at: ++at,
  body: {
    ...common,
    version,
    view: { name: 'delays', version: 1, hash: 'h' },
    metrics: { auc: 0.7 },
    lineage: { snapshot: 's', manifest: 'm', onnx: 'o', request },
  },
});
const promoted = (version: number, expects: number | null, by: object = {}): ModelFact => ({
  kind: 'promoted',
  at: ++at,
  body: { ...common, version, expects, ...by },
});
const rolledBack = (version: number, expects: number | null, by: object = person): ModelFact => ({
  kind: 'rolledBack',
  at: ++at,
  body: { ...common, version, expects, ...by },
});
const rejected = (version: number | null): ModelFact => ({
  kind: 'rejected',
  at: ++at,
  body: { ...common, version, reasons: ['auc'], request: { ...request, offset: 8 } },
});

describe('foldModels', () => {
  const three = [registered(1), registered(2), registered(3)];
  it.each([
    ['registered only', [], null, null, false, []],
    ['first promotion', [promoted(1, null)], 1, null, false, []],
    ['second promotion', [promoted(1, null), promoted(2, 1)], 2, 1, false, []],
    ['a lost race', [promoted(1, null), promoted(2, 1), promoted(3, 1)], 2, 1, false, ['lost race']],
    ['two first promotions', [promoted(1, null), promoted(2, null)], 1, null, false, ['lost race']],
    ['an unknown version', [promoted(9, null)], null, null, false, ['version unknown']],
    ['a version registered twice', [registered(1)], null, null, false, ['version registered before']],
    ['promotion of the champion', [promoted(1, null), promoted(1, 1)], 1, null, false, []],
    ['rollback', [promoted(1, null), promoted(2, 1), rolledBack(1, 2)], 1, null, true, []],
    ['rollback past one', [promoted(1, null), promoted(2, 1), promoted(3, 2), rolledBack(1, 3)], 1, null, true, []],
    ['rollback by one', [promoted(1, null), promoted(2, 1), promoted(3, 2), rolledBack(2, 3)], 2, 1, true, []],
    ['rollback to what never served', [promoted(1, null), promoted(2, 1), rolledBack(3, 2)], 3, 1, true, []],
    [
      'automatic promotion after a person rolled back',
      [promoted(1, null), promoted(2, 1), rolledBack(1, 2), promoted(3, 1)],
      1,
      null,
      true,
      ['held by a person'],
    ],
    [
      "a person's promotion ends the hold",
      [promoted(1, null), promoted(2, 1), rolledBack(1, 2), promoted(2, 1, person), promoted(3, 2)],
      3,
      2,
      false,
      [],
    ],
    [
      'an automatic rollback does not hold',
      [promoted(1, null), promoted(2, 1), rolledBack(1, 2, {}), promoted(3, 1)],
      3,
      1,
      false,
      [],
    ],
    ['rejection', [promoted(1, null), rejected(2)], 1, null, false, []],
    ['a failed training', [rejected(null)], null, null, false, []],
  ] as [string, ModelFact[], number | null, number | null, boolean, string[]][])(
    '%s',
    (_, facts, champion, previous, held, ignored) => {
      const state = foldModels([...three, ...facts]).get('late')!;
      expect(state.champion).toBe(champion);
      expect(state.previous).toBe(previous);
      expect(state.heldByPerson !== null).toBe(held);
      expect(state.ignored.map(({ because }) => because)).toEqual(ignored);
      const champions = [...state.versions.values()].filter(({ status }) => status === 'champion');
      expect(champions.map(({ version }) => version)).toEqual(champion === null ? [] : [champion]);
      expect(state.nextVersion).toBe(4);
    },
  );

  it('knows what a version became, and why', () => {
    const state = foldModels([...three, promoted(1, null), rejected(2), promoted(3, 1)]).get('late')!;
    expect([...state.versions.values()].map(({ status }) => status)).toEqual(['retired', 'rejected', 'champion']);
    expect(state.versions.get(2)!.reasons).toEqual(['auc']);
  });

  it('knows which retrain messages were answered', () => {
    const state = foldModels([registered(1), rejected(null)]).get('late')!;
    expect([7, 8, 9].map((offset) => isAnswered(state, { ...request, offset }))).toEqual([true, true, false]);
    expect(isAnswered(NO_MODEL, request)).toBe(false);
  });

  it('keeps models apart and folds on from a state as from the start', () => {
    const other: ModelFact = { ...registered(1), body: { ...registered(1).body, model: 'other' } } as ModelFact;
    const step = fc.tuple(
      fc.constantFrom(promoted, rolledBack),
      fc.constantFrom(1, 2, 3),
      fc.constantFrom(null, 1, 2, 3),
    );
    fc.assert(
      fc.property(fc.array(step), fc.nat(), (steps, cut) => {
        const facts = [...three, other, ...steps.map(([make, version, expects]) => make(version, expects))];
        const whole = foldModels(facts);
        expect(foldModels(facts.slice(cut), foldModels(facts.slice(0, cut)))).toEqual(whole);
        expect(whole.get('other')!.champion).toBeNull();
      }),
    );
  });
});

describe('parseModelFact', () => {
  it('takes what is written, and names what is wrong', () => {
    const fact = registered(1);
    expect(parseModelFact('models-0@3', JSON.parse(JSON.stringify(fact)))).toEqual(fact);
    expect(() => parseModelFact('models-0@3', { ...promoted(0, null) })).toThrow(/models-0@3.*body.version/);
    expect(() => parseModelFact('models-0@3', { kind: 'deleted', at: 1, body: {} })).toThrow('models-0@3');
  });
});
