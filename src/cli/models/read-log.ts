/** The models log as one command reads it: every fact up to now, with its offset, and what they come to. */
import { factReader } from '../../contract/facts.js';
import { foldModels, type ModelFact, type ModelState, NO_MODEL, parseModelFact } from '../../contract/models-log.js';
import { modelsTopic } from '../../contract/topics.js';
import { readToEnd } from '../../log/log.js';
import type { Connection } from '../connect.js';

export interface ModelsLog {
  readonly facts: readonly ModelFact[];
  of(model: string): ModelState;
}

/** A log that does not exist yet has no facts. Error: `MODEL_FACT_INVALID`, naming the record. */
export async function readModelsLog(
  { log, codec }: Pick<Connection, 'log' | 'codec'>,
  topology: string,
): Promise<ModelsLog> {
  const topic = modelsTopic(topology);
  const facts: ModelFact[] = [];
  if ((await log.describeTopic(topic)) !== null) {
    const reader = factReader(codec);
    for await (const { offset, value } of readToEnd(log, { topic, partition: 0 })) {
      if (value !== null) facts.push(parseModelFact(`${topic}/0 offset ${offset}`, await reader.decode(value)));
    }
  }
  const state = foldModels(facts);
  return { facts, of: (model) => state.get(model) ?? NO_MODEL };
}
