/**
 * What a chaos run is judged by, read as any consumer would.
 * Goal: nothing is taken on trust. Method: the raw topic says which scored events there are, each a position; a run without faults over the
 * same raw topics says which bytes each vector has and which score each prediction.
 */
import type { Codec } from '../../src/codec/avro.js';
import { type Log, readToEnd } from '../../src/log/log.js';
import type { TopologyDefinition } from '../../src/topology/definition.js';
import { exact, type PlacedRow, predictionsOf, vectorsOf } from '../support/outputs.js';

export interface Judgement {
  readonly lost: number;
  readonly doubled: number;
  readonly differing: number;
  /** Positions whose predictions do not come in raw order. */
  readonly disordered: number;
  /** The first that are wrong, for people. */
  readonly examples: readonly string[];
}

const EXAMPLES_MAX = 10;

/** Every scored event's position, `partition/offset`. */
export async function rawPositions(definition: TopologyDefinition, log: Log): Promise<string[]> {
  const topic = definition.views[0]!.score;
  const { partitions } = (await log.describeTopic(topic))!;
  const positions: string[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    for await (const { offset, value } of readToEnd(log, { topic, partition })) {
      if (value !== null) positions.push(`${partition}/${offset}`);
    }
  }
  return positions;
}

const positionOf = ({ partition, row }: PlacedRow) => `${partition}/${row.offset}`;
const bytesOf = ({ row: { offset: _, ...row } }: PlacedRow) => exact(row);

export async function judge(
  disturbed: TopologyDefinition,
  undisturbed: TopologyDefinition,
  { log, codec }: { readonly log: Log; readonly codec: Codec },
): Promise<Judgement> {
  const examples: string[] = [];
  const note = (text: string) => {
    if (examples.length < EXAMPLES_MAX) examples.push(text);
  };
  const raw = await rawPositions(disturbed, log);
  const predictions = await predictionsOf(disturbed, log, codec);
  const times = new Map<string, number>();
  const scores = new Map<string, number>();
  const last = new Map<number, number>();
  let disordered = 0;
  for (const { partition, offset, score } of predictions) {
    const position = `${partition}/${offset}`;
    times.set(position, (times.get(position) ?? 0) + 1);
    scores.set(position, score);
    if (offset <= (last.get(partition) ?? -1)) {
      disordered++;
      note(`${position} is predicted behind ${partition}/${last.get(partition)}`);
    }
    last.set(partition, offset);
  }
  let lost = 0;
  // A prediction of what is no event is one too many.
  const events = new Set(raw);
  let doubled = [...times.keys()].filter((position) => !events.has(position)).length;
  for (const position of raw) {
    const count = times.get(position) ?? 0;
    if (count === 0) lost++;
    if (count > 1) doubled++;
    if (count !== 1) note(`${position} is predicted ${count} times`);
  }
  for (const position of times.keys()) if (!events.has(position)) note(`${position} is predicted, and is no event`);

  const vectors = new Map<string, string>();
  let differing = 0;
  for (const placed of await vectorsOf(disturbed, log, codec)) {
    const position = positionOf(placed);
    if (vectors.has(position)) {
      doubled++;
      note(`${position} has two vectors`);
    }
    vectors.set(position, bytesOf(placed));
  }
  for (const placed of await vectorsOf(undisturbed, log, codec)) {
    const position = positionOf(placed);
    const [found, wanted] = [vectors.get(position), bytesOf(placed)];
    if (found === wanted) continue;
    differing++;
    note(`${position}: ${found ?? 'no vector'}, undisturbed ${wanted}`);
  }
  for (const { partition, offset, score } of await predictionsOf(undisturbed, log, codec)) {
    if (scores.get(`${partition}/${offset}`) === score) continue;
    differing++;
    note(`${partition}/${offset}: score ${scores.get(`${partition}/${offset}`)}, undisturbed ${score}`);
  }
  return { lost, doubled, differing, disordered, examples };
}
