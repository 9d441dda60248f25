/** Makes the stage of each task of a topology: the one place that knows all three pipelines. */
import type { Codec } from '../codec/avro.js';
import type { ArtifactStore } from '../contract/artifacts.js';
import type { RawPartitions } from '../contract/topics.js';
import { Admit } from '../feature/admit.js';
import { Compute } from '../feature/compute.js';
import { computeChangelog } from '../feature/compute-state.js';
import { Route } from '../feature/route.js';
import type { OpenScorer } from '../inference/scorer.js';
import { Serve } from '../inference/serve.js';
import { type ServingModel, servingModel } from '../inference/serving-model.js';
import type { Log } from '../log/log.js';
import type { Ends } from '../runtime/ends.js';
import { ModelsFollower } from '../runtime/models-follower.js';
import type { Clock, Logger } from '../runtime/ports.js';
import type { Settings } from '../runtime/settings.js';
import type { StateCopy } from '../runtime/standby.js';
import type { StageTask } from '../runtime/task.js';
import type { MemoryBudget } from '../state/memory-budget.js';
import type { StateStore } from '../state/store.js';
import { viewHash } from '../topology/canonical.js';
import type { TopologyDefinition, ViewDefinition } from '../topology/definition.js';
import type { PartsWriter } from '../training/parts.js';
import type { TrainFromSnapshot } from '../training/run.js';
import { Snapshot } from '../training/snapshot.js';
import { Train } from '../training/train.js';

export interface StagesIo {
  readonly log: Log;
  readonly codec: Codec;
  readonly store: StateStore;
  readonly memory: MemoryBudget;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: Settings;
  /** Where partitions end, for the lag of tasks that do not read now. */
  readonly ends?: Ends;
  /** What would leave this thread (ONNX Runtime, DuckDB) can be given otherwise: a simulation stands on it. */
  readonly openScorer?: OpenScorer;
  readonly parts?: PartsWriter;
  readonly train?: TrainFromSnapshot;
}

/** `served` points into topics that are kept 30 days and more; a quarter of that is seldom, an hour is safe. */
const RENEW_MS = 3_600_000;

/** @returns the maker of a copy of a task's state, by the task's name; null for a task without state */
export function copiesOf(
  definition: TopologyDefinition,
  io: Pick<StagesIo, 'log' | 'store' | 'clock'>,
): (task: string) => StateCopy | null {
  return (task) => {
    const [stage, what, number] = task.split('/') as [string, string, string?];
    const group = definition.groups.find((one) => stage === 'compute' && `${one.name}.v${one.version}` === what);
    return group === undefined ? null : computeChangelog(definition, group, Number(number), io);
  };
}

/** @returns the maker of a task's stage by the task's name; null where the topology no longer has that task */
export function stagesOf(
  definition: TopologyDefinition,
  raw: RawPartitions,
  io: StagesIo,
): (task: string) => StageTask | null {
  const { log, codec, clock, logger, settings, store, memory, artifacts, ends, openScorer, parts, train } = io;
  const follower = new ModelsFollower(definition.name, io);
  const serving = new Map<string, ServingModel>();
  const common = { definition, log, codec, clock, logger, ...(ends && { ends }) };

  const modelFor = (view: ViewDefinition): ServingModel => {
    let model = serving.get(view.name);
    if (model === undefined) {
      const name = definition.models.find((candidate) => candidate.view === view.name)?.name ?? null;
      model = servingModel({
        model: name,
        viewHash: viewHash(definition, view),
        follower,
        artifacts,
        logger,
        ...(openScorer && { openScorer }),
      });
      serving.set(view.name, model);
    }
    return model;
  };
  const versioned = <T extends { name: string; version: number }>(list: readonly T[], what: string) =>
    list.find((one) => `${one.name}.v${one.version}` === what) ?? null;

  return (task) => {
    const [stage, what, number] = task.split('/') as [string, string, string?];
    const partition = Number(number ?? 0);
    switch (stage) {
      case 'admit': {
        const event = definition.events.find(({ topic }) => topic === what);
        if (event === undefined) return null;
        return new Admit({ ...settings, ...common, topology: definition.name, event, partition });
      }
      case 'route': {
        const group = versioned(definition.groups, what);
        return group && new Route({ ...settings, ...common, group, rawPartitions: raw });
      }
      case 'compute': {
        const group = versioned(definition.groups, what);
        if (group === null) return null;
        return new Compute({ ...settings, ...common, group, partition, store, memory });
      }
      case 'serve': {
        const view = versioned(definition.views, what);
        if (view === null) return null;
        const hash = viewHash(definition, view);
        return new Serve({
          ...settings,
          ...common,
          view,
          viewHash: hash,
          partition,
          model: modelFor(view),
          renewMs: RENEW_MS,
        });
      }
      case 'snapshot': {
        const view = versioned(definition.views, what);
        return (
          view && new Snapshot({ ...settings, ...common, view, artifacts, rawPartitions: raw, ...(parts && { parts }) })
        );
      }
      case 'train': {
        const view = versioned(definition.views, what);
        return view && new Train({ ...common, view, artifacts, follower, ...(train && { train }) });
      }
      default:
        return null;
    }
  };
}
