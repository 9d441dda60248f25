/**
 * A view's vector of one joined event: the groups' features in the view's order, then the fields that need no state.
 * One evaluator for serving, backfill and verify. Pure.
 */
import type { AdmittedRow, FeaturesRow, VectorsRow } from '../contract/frames.js';
import type { Scalar, TopologyDefinition, ViewDefinition } from '../topology/definition.js';
import { compileView } from '../topology/evaluator.js';
import { keyFields, viewColumns } from '../topology/fields.js';

export interface VectorMaker {
  readonly columns: readonly { readonly name: string; readonly type: 'number' | 'category' }[];
  /** @param features one row per group of the view, in its order; null: the group did not answer in time */
  make(row: AdmittedRow, features: readonly (Pick<FeaturesRow, 'values'> | null)[]): VectorsRow;
}

export function vectorMaker(definition: TopologyDefinition, view: ViewDefinition): VectorMaker {
  const groups = view.groups.map((name) => definition.groups.find((group) => group.name === name)!);
  const names = groups.map((group) => group.features.map((feature) => feature.name));
  const evaluate = compileView(view);
  const keyNames = keyFields(definition, view);
  const columns = viewColumns(definition, view);
  return {
    columns,
    make(row, answers) {
      const features: Record<string, number | string | null> = {};
      const missing: string[] = [];
      for (let g = 0; g < groups.length; g++) {
        const answer = answers[g] ?? null;
        if (answer === null) missing.push(groups[g]!.name);
        for (const name of names[g]!) features[name] = answer === null ? null : (answer.values[name] ?? null);
      }
      const fields = evaluate(row.event);
      for (let i = 0; i < view.fields.length; i++) features[view.fields[i]!.name] = fields[i] as number | string | null;
      const keys: Record<string, Scalar> = {};
      for (const name of keyNames) keys[name] = row.event[name] ?? null;
      return { offset: row.offset, known: row.known, time: row.time, id: row.id, keys, features, missing };
    },
  };
}
