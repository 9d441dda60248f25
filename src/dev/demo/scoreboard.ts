/**
 * Watches predictions and their labels as they come in, as any consumer of the topics could.
 * Goal: what was predicted, once each, and how well. Method: follow the predictions topic and the admitted label events;
 * a prediction counts once its label is known; metrics by month and model version, and over the latest ROLLING_ROWS.
 */
import type { Codec, Reader } from '../../codec/avro.js';
import { type AdmittedFrame, admittedSchemaOf, type Prediction, predictionSchema } from '../../contract/frames.js';
import { admittedTopic, predictionsTopic } from '../../contract/topics.js';
import type { Log, Subscription } from '../../log/log.js';
import { conditionOnRow, fieldsOfCondition } from '../../topology/condition.js';
import type { ModelDefinition, Scalar, TopologyDefinition } from '../../topology/definition.js';
import { auc, metricsOf } from '../../training/metrics.js';

const ROLLING_ROWS = 20_000;

interface Scored {
  readonly score: number;
  readonly time: number;
  readonly version: number;
  label: boolean | null;
}

export interface MonthRow {
  /** `2013-07` */
  readonly month: string;
  readonly version: number;
  readonly predictions: number;
  readonly labelled: number;
  readonly auc: number | null;
  readonly logLoss: number | null;
}

const monthOf = (ms: number) => new Date(ms).toISOString().slice(0, 7);

export class Scoreboard {
  readonly #predictionReader: Reader<Prediction>;
  readonly #labelReader: Reader<AdmittedFrame>;
  readonly #subscriptions: { subscription: Subscription; kind: 'prediction' | 'label'; considered: number }[] = [];
  readonly #model: ModelDefinition;
  readonly #satisfies: ReturnType<typeof conditionOnRow>;
  /** By the value that scored event and label event share. */
  readonly #scored = new Map<string, Scored>();
  readonly #early = new Map<string, boolean>();
  readonly #positions = new Set<string>();
  readonly #rolling: Scored[] = [];
  predictions = 0;
  duplicates = 0;

  private constructor(
    model: ModelDefinition,
    predictionReader: Reader<Prediction>,
    labelReader: Reader<AdmittedFrame>,
  ) {
    this.#model = model;
    this.#satisfies = conditionOnRow(model.label.is);
    this.#predictionReader = predictionReader;
    this.#labelReader = labelReader;
  }

  static async open(
    definition: TopologyDefinition,
    model: ModelDefinition,
    log: Log,
    codec: Codec,
  ): Promise<Scoreboard> {
    const view = definition.views.find((candidate) => candidate.name === model.view)!;
    const { is, join } = model.label;
    const label = definition.events.find((event) => event.topic === model.label.event)!;
    const fields = new Set([join.label]);
    fieldsOfCondition(is, fields);
    const board = new Scoreboard(
      model,
      codec.reader(predictionSchema(definition, view)),
      codec.reader(admittedSchemaOf(label, [...fields])),
    );
    const follow = async (topic: string, kind: 'prediction' | 'label') => {
      const info = await log.describeTopic(topic);
      for (let partition = 0; partition < (info?.partitions ?? 0); partition++) {
        const subscription = log.subscribe({ topic, partition, offset: 0 }, () => {});
        board.#subscriptions.push({ subscription, kind, considered: 0 });
      }
    };
    await follow(predictionsTopic(definition.name, model.name), 'prediction');
    await follow(admittedTopic(definition.name, model.label.event), 'label');
    return board;
  }

  /** Takes in what has come. @returns whether there was anything */
  async read(): Promise<boolean> {
    let moved = false;
    for (const one of this.#subscriptions) {
      const fetched = one.subscription.take();
      if (fetched === null) continue;
      moved = true;
      const values = fetched.records.map((record) => record.value);
      if (one.kind === 'prediction') {
        await this.#predictionReader.prepare(values);
        for (const value of values) if (value) this.#prediction(this.#predictionReader.decode(value));
        continue;
      }
      await this.#labelReader.prepare(values);
      for (const value of values) {
        if (!value) continue;
        const frame = this.#labelReader.decode(value);
        // A frame that a second `admit` repeated.
        for (const row of frame.rows) if (row.offset >= one.considered) this.#label(row.event);
        one.considered = Math.max(one.considered, frame.after);
      }
    }
    return moved;
  }

  #prediction({ partition, offset, time, score, version, keys }: Prediction): void {
    const position = `${partition}/${offset}`;
    if (this.#positions.has(position)) {
      this.duplicates++;
      return;
    }
    this.#positions.add(position);
    this.predictions++;
    const key = String(keys[this.#model.label.join.scored]);
    const scored: Scored = { score, time, version, label: this.#early.get(key) ?? null };
    this.#early.delete(key);
    this.#scored.set(key, scored);
    if (scored.label !== null) this.#known(scored);
  }

  #label(event: Readonly<Record<string, unknown>>): void {
    const key = String(event[this.#model.label.join.label]);
    const label = this.#satisfies(event as Readonly<Record<string, Scalar>>);
    if (label === null) return;
    const scored = this.#scored.get(key);
    if (scored === undefined) this.#early.set(key, label);
    else {
      scored.label = label;
      this.#known(scored);
    }
  }

  #known(scored: Scored): void {
    this.#rolling.push(scored);
    if (this.#rolling.length > ROLLING_ROWS * 2) this.#rolling.splice(0, this.#rolling.length - ROLLING_ROWS);
  }

  /** Over the latest labelled predictions; null where there are too few to tell. */
  rollingAuc(): number | null {
    const rows = this.#rolling.slice(-ROLLING_ROWS);
    return rows.length < 500 ? null : auc(scoresOf(rows), labelsOf(rows));
  }

  months(): readonly MonthRow[] {
    const groups = new Map<string, Scored[]>();
    for (const scored of this.#scored.values()) {
      const key = `${monthOf(scored.time)} ${scored.version}`;
      const list = groups.get(key);
      if (list) list.push(scored);
      else groups.set(key, [scored]);
    }
    return [...groups]
      .map(([key, rows]) => {
        const [month, version] = key.split(' ') as [string, string];
        const labelled = rows.filter(({ label }) => label !== null);
        const metrics = metricsOf(scoresOf(labelled), labelsOf(labelled));
        return {
          month,
          version: Number(version),
          predictions: rows.length,
          labelled: labelled.length,
          auc: metrics?.auc ?? null,
          logLoss: metrics?.logLoss ?? null,
        };
      })
      .sort((a, b) => (a.month === b.month ? a.version - b.version : a.month < b.month ? -1 : 1));
  }

  /** Over the labelled predictions of events from `fromMs` on. */
  since(fromMs: number): { readonly auc: number | null; readonly logLoss: number | null; readonly rows: number } {
    const rows = [...this.#scored.values()].filter(({ time, label }) => label !== null && time >= fromMs);
    const metrics = metricsOf(scoresOf(rows), labelsOf(rows));
    return { auc: metrics?.auc ?? null, logLoss: metrics?.logLoss ?? null, rows: rows.length };
  }

  close(): void {
    for (const { subscription } of this.#subscriptions) subscription.close();
  }
}

const scoresOf = (rows: readonly Scored[]) => Float64Array.from(rows, ({ score }) => score);
const labelsOf = (rows: readonly Scored[]) => Uint8Array.from(rows, ({ label }) => (label ? 1 : 0));
