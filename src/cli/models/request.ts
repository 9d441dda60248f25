/** A request for a training: the message, and what came of it. */
import { factWriter } from '../../contract/facts.js';
import type { ModelFact, Position } from '../../contract/models-log.js';
import { retrainTopic } from '../../contract/topics.js';
import { HeadraceError } from '../../error.js';
import type { Connection } from '../connect.js';
import { type ModelsLog, readModelsLog } from './read-log.js';

type Io = Pick<Connection, 'log' | 'codec'>;

export type Outcome =
  | {
      readonly outcome: 'promoted';
      readonly version: number;
      readonly metrics: Metrics;
      readonly reasons: readonly string[];
    }
  /** `version` null: the training itself failed. `held`: the gates were passed, but the promotion did not count. */
  | {
      readonly outcome: 'rejected' | 'held';
      readonly version: number | null;
      readonly metrics: Metrics;
      readonly reasons: readonly string[];
    };
type Metrics = Readonly<Record<string, number | null>> | null;

/** A message that was sent, with what it asks for. */
export interface Request {
  readonly topology: string;
  readonly model: string;
  readonly at: Position;
}

const POLL_MS = 250;

/** Sends the message. @returns its position, by which it is answered. Error: `TOPIC_UNKNOWN` */
export async function requestTraining(
  { log, codec }: Io,
  topology: string,
  model: string,
  why: string,
): Promise<Position> {
  const topic = retrainTopic(topology, model);
  if ((await log.describeTopic(topic)) === null) {
    throw new HeadraceError(
      'TOPIC_UNKNOWN',
      `topic ${topic} does not exist yet: start the topology with \`headrace run\` first`,
      {
        remedy: 'fix-environment',
        topic,
      },
    );
  }
  const value = (await factWriter(codec, topic)).encode('retrain', Date.now(), { model, why });
  const producer = await log.producer();
  try {
    const [appended] = await producer.send([{ topic, partition: 0, key: model, value }]);
    return { topic, partition: 0, offset: appended!.baseOffset };
  } finally {
    await producer.close();
  }
}

/** @returns what came of the request, or null where the time was over. */
export async function awaitOutcome(
  io: Io,
  request: Request,
  limit: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Outcome | null> {
  const until = Date.now() + limit.timeoutMs;
  for (;;) {
    const outcome = outcomeOf(await readModelsLog(io, request.topology), request.model, request.at);
    if (outcome !== null) return outcome;
    if (Date.now() >= until || limit.signal.aborted) return null;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

/** Null while the request is not answered. The version and what the gates say of it come in one transaction. */
export function outcomeOf({ facts, of }: ModelsLog, model: string, at: Position): Outcome | null {
  const mine = facts.filter((fact) => fact.body.model === model);
  const rejected = mine.find(isKind('rejected', (body) => same(body.request, at)));
  const registered = mine.find(isKind('registered', (body) => same(body.lineage.request, at)));
  const metrics = registered?.body.metrics ?? null;
  if (rejected !== undefined) {
    const { version, reasons } = rejected.body;
    return { outcome: 'rejected', version, metrics, reasons };
  }
  if (registered === undefined) return null;
  const { version } = registered.body;
  const promoted = mine.find(isKind('promoted', (body) => body.version === version && body.by !== 'person'));
  if (promoted === undefined) return null;
  const ignored = of(model).ignored.find(({ fact }) => fact === promoted);
  if (ignored !== undefined) return { outcome: 'held', version, metrics, reasons: [ignored.because] };
  return { outcome: 'promoted', version, metrics, reasons: promoted.body.why === '' ? [] : [promoted.body.why] };
}

type Kind = ModelFact['kind'];
type Of<K extends Kind> = Extract<ModelFact, { kind: K }>;
const isKind =
  <K extends Kind>(kind: K, test: (body: Of<K>['body']) => boolean) =>
  (fact: ModelFact): fact is Of<K> =>
    fact.kind === kind && test(fact.body as Of<K>['body']);

const same = (a: Position | null, b: Position) =>
  a !== null && a.topic === b.topic && a.partition === b.partition && a.offset === b.offset;
