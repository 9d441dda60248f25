/**
 * The model version that serves a view, swapped at batch boundaries.
 * Goal: a broken artifact never replaces a working model. Method: follow the models log; load and check a newly promoted
 * version; only then swap. One that cannot be loaded is logged once a version, and the one before goes on.
 */
import type { ArtifactStore } from '../contract/artifacts.js';
import { HeadraceError } from '../error.js';
import type { ModelsFollower } from '../runtime/models-follower.js';
import type { Logger } from '../runtime/ports.js';
import { loadScorer, type Scorer } from './scorer.js';

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
}

export function servingModel(options: ServingModelOptions): ServingModel {
  const { model, viewHash, follower, artifacts, logger } = options;
  let scorer: Scorer | null = null;
  /** Closed when the next one takes over: batches that it was scoring at its end are long done by then. */
  let retired: Scorer | null = null;
  let refused: number | null = null;
  let loading: Promise<void> | null = null;

  const load = async (version: number, manifestId: string) => {
    try {
      const next = await loadScorer(artifacts, manifestId, viewHash);
      await retired?.close();
      retired = scorer;
      scorer = next;
      refused = null;
      logger.info({ model, version }, 'this version serves from here on');
    } catch (cause) {
      if ((cause as HeadraceError).remedy === 'fix-input') refused = version;
      // Nothing to go on with: predictions would be missing, so the task waits instead.
      if (scorer === null) {
        const { code, message } = cause as HeadraceError;
        throw new HeadraceError(code ?? 'MODEL_INVALID', message, { remedy: 'retry', cause });
      }
      logger.error(
        { model, version, err: cause },
        `version ${version} cannot be served; version ${scorer.version} goes on`,
      );
    }
  };

  return {
    readToEnd: () => follower.readToEnd(),
    async current() {
      if (model === null) return null;
      await follower.poll();
      const { champion, versions } = follower.of(model);
      if (champion === null) return null;
      const wanted = champion !== scorer?.version && (champion !== refused || scorer === null);
      if (wanted) {
        loading ??= load(champion, versions.get(champion)!.lineage.manifest).finally(() => {
          loading = null;
        });
        await loading;
      }
      return scorer;
    },
  };
}
