/**
 * Answers as columns, so that they cross from thread to thread by handing over memory.
 * Invariant: what is read is what was written, bit for bit: a feature's number is a float already, and never NaN.
 */
import type { FeaturesRow } from '../../contract/frames.js';
import { assert } from '../../error.js';
import type { GroupDefinition } from '../../topology/definition.js';

/** What a group answers to the scored event at an offset (a row of its file, from 0). */
export type Answer = Pick<FeaturesRow, 'offset' | 'values'>;

export interface AnswerColumns {
  readonly offsets: Float64Array<ArrayBuffer>;
  /** The features that are numbers, row by row; NaN is missing. */
  readonly numbers: Float32Array<ArrayBuffer>;
  /** The features that are categories, row by row; null is missing. */
  readonly texts: readonly (string | null)[];
}

const namesOf = ({ features }: GroupDefinition, type: 'number' | 'category') =>
  features.filter((feature) => feature.type === type).map(({ name }) => name);

/** @param group whose features the answers have */
export function toColumns(group: GroupDefinition, answers: readonly Answer[]): AnswerColumns {
  const numberNames = namesOf(group, 'number');
  const textNames = namesOf(group, 'category');
  const offsets = new Float64Array(answers.length);
  const numbers = new Float32Array(answers.length * numberNames.length);
  const texts: (string | null)[] = [];
  let n = 0;
  for (let i = 0; i < answers.length; i++) {
    const { offset, values } = answers[i]!;
    offsets[i] = offset;
    for (const name of numberNames) {
      const value = values[name] as number | null;
      numbers[n] = value ?? Number.NaN;
      if (value !== null && numbers[n] !== value) notExact(group, name, value);
      n++;
    }
    for (const name of textNames) texts.push(values[name] as string | null);
  }
  return { offsets, numbers, texts };
}

function notExact(group: GroupDefinition, name: string, value: unknown): void {
  assert(false, `feature ${name} of group ${group.name} is a float or missing; it is ${value}`);
}

/** What `toColumns` was given for the same group. */
export function fromColumns(group: GroupDefinition, { offsets, numbers, texts }: AnswerColumns): Answer[] {
  const answers = new Array<Answer>(offsets.length);
  let n = 0;
  let t = 0;
  for (let i = 0; i < offsets.length; i++) {
    const values: Record<string, number | string | null> = {};
    for (const { name, type } of group.features) {
      if (type === 'category') values[name] = texts[t++]!;
      else {
        const value = numbers[n++]!;
        values[name] = Number.isNaN(value) ? null : value;
      }
    }
    answers[i] = { offset: offsets[i]!, values };
  }
  return answers;
}
