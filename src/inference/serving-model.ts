/**
 * The model version that serves a view, swapped at batch boundaries.
 * Goal: a broken artifact never replaces a working model. Method: follow the models log; load and check a newly promoted
 * version; only then swap. One that cannot be loaded is logged once a version, and the one before goes on: also in a worker
 * that starts after it was promoted.
 */
import type { ArtifactStore } from '../contract/artifacts.js';
import { HeadraceError } from '../error.js';
import type { ModelsFollower } from '../runtime/models-follower.js';
import type { Logger } from '../runtime/ports.js';
import { loadScorer, type OpenScorer, type Scorer } from './scorer.js';

export type { Scorer } from './scorer.js';

export interface ServingModel {
  /** Reads the models log to its end: before the first batch. */
  readToEnd(): Promise<void>;
  /** The promoted version, loaded; null before the first promotion. */
  current(): Promise<Scorer | null>;
}

export interface ServingModelOptions {
  /** Null: the view has no model. */
  readonly model: string | null;
  readonly viewHash: string;
  readonly follower: ModelsFollower;
  readonly artifacts: ArtifactStore;
  readonly logger: Logger;
  /** Default: ONNX Runtime. */
  readonly openScorer?: OpenScorer;
}

export function servingModel(options: ServingModelOptions): ServingModel {
  const { model, viewHash, follower, artifacts, logger, openScorer } = options;
  let scorer: Scorer | null = null;
  /** Closed when the next one takes over: batches that it was scoring at its end are long done by then. */
  let retired: Scorer | null = null;
  /** Versions whose artifacts will never load. */
  const refused = new Set<number>();
  let loading: Promise<void> | null = null;

  const state = () => follower.of(model!);
  /** What should serve: the champion; or, where it cannot be loaded, the version that served before it. */
  const wanted = () => {
    const { champion, served } = state();
    return champion === null ? null : ([champion, ...served.toReversed()].find((one) => !refused.has(one)) ?? null);
  };

  const load = async (version: number) => {
    try {
      const { manifest } = state().versions.get(version)!.lineage;
      const next = await loadScorer(artifacts, manifest, viewHash, openScorer);
      await retired?.close();
      retired = scorer;
      scorer = next;
      logger.info({ model, version }, 'this version serves from here on');
    } catch (cause) {
      const { code, message, remedy } = cause as HeadraceError;
      if (remedy === 'fix-input') refused.add(version);
      // Nothing to go on with: predictions would be missing, so the task waits instead.
      if (scorer === null && (remedy !== 'fix-input' || wanted() === null)) {
        refused.clear();
        throw new HeadraceError(code ?? 'MODEL_INVALID', message, { remedy: 'retry', cause });
      }
      const goesOn = scorer?.version ?? wanted();
      logger.error({ model, version, err: cause }, `version ${version} cannot be served; version ${goesOn} goes on`);
    }
  };

  /** Loads what should serve, and while nothing serves, what served before it; a failure that may pass is met once. */
  const loadWanted = async () => {
    for (let version = wanted(); version !== null && version !== scorer?.version; version = wanted()) {
      await load(version);
      if (scorer !== null) return;
    }
  };

  return {
    readToEnd: () => follower.readToEnd(),
    async current() {
      if (model === null) return null;
      await follower.poll();
      const version = wanted();
      if (version === null) return null;
      if (version !== scorer?.version) {
        loading ??= loadWanted().finally(() => {
          loading = null;
        });
        await loading;
      }
      return scorer;
    },
  };
}
