import type { ModelManifest } from '../../contract/manifest.js';
import type { ModelState, VersionState } from '../../contract/models-log.js';
import type { Settings } from '../../runtime/settings.js';
import type { Register } from '../context.js';

export const register: Register = (program, context) => {
  program
    .command('models')
    .description('list the versions of a topology’s models: which serves, metrics, what each was trained on')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .option('--model <name>', 'only this one')
    .action(async (path: string, options: { model?: string }) => {
      const { modelOf } = await import('../models/model-of.js');
      const { readModelsLog } = await import('../models/read-log.js');
      const { withConnection } = await import('../with-connection.js');
      const definition = await context.topology(path);
      const wanted = options.model === undefined ? definition.models : [modelOf(definition, options.model)];
      const log = await withConnection(context, (connection) => readModelsLog(connection, definition.name));
      const settings = context.settings();
      const models = await Promise.all(wanted.map(({ name }) => describe(name, log.of(name), settings)));
      const { table } = await import('../ui/table.js');
      const { roundedText, timeText } = await import('../ui/format.js');
      context.result({ topology: definition.name, models }, () => {
        const lines: string[] = [];
        const rows = models.flatMap(({ model, versions }) =>
          versions.map((one) => [
            model,
            one.version,
            one.status,
            roundedText(one.metrics.auc),
            roundedText(one.metrics.logLoss),
            roundedText(one.metrics.brier),
            one.metrics.rows ?? null,
            timeText(one.trainedUntil),
            timeText(one.registeredAt),
            one.snapshot.slice(0, 12),
            one.reasons.join('; ') || null,
          ]),
        );
        const head = [
          'model',
          'version',
          'status',
          'auc',
          'log loss',
          'brier',
          'gate rows',
          'trained until',
          'registered',
          'snapshot',
          'refused because',
        ];
        if (rows.length > 0) lines.push(table(head, rows, { columns: context.io.columns, right: [1, 3, 4, 5, 6] }));
        for (const { model, versions, heldByPerson } of models) {
          if (versions.length === 0) lines.push(`${model} has no version yet: \`headrace train ${path}\` makes one.`);
          if (heldByPerson !== null) {
            const { who, at, why } = heldByPerson;
            const because = why === '' ? '' : ` (${why})`;
            lines.push(
              `${model}: ${who} rolled back at ${timeText(at)}${because}; nothing is promoted by itself until a person promotes.`,
            );
          }
        }
        return lines.join('\n') || `${definition.name} has no models.`;
      });
    });
};

async function describe(model: string, state: ModelState, settings: Settings) {
  const versions = await Promise.all([...state.versions.values()].map((version) => describeVersion(version, settings)));
  const { champion, previous, heldByPerson, ignored } = state;
  return { model, champion, previous, heldByPerson, versions, ignored };
}

/** What the manifest knows beside the log; null where the artifact store does not have it. */
async function describeVersion(version: VersionState, { artifactFolder }: Settings) {
  const { folderArtifacts } = await import('../../contract/artifacts.js');
  const { parseModelManifest } = await import('../../contract/manifest.js');
  const { lineage, ...rest } = version;
  let manifest: ModelManifest | null = null;
  try {
    const bytes = await folderArtifacts(artifactFolder).get(lineage.manifest);
    manifest = parseModelManifest(lineage.manifest, JSON.parse(bytes.toString()));
  } catch {
    // The workers may write their artifacts elsewhere; what the log says is still true.
  }
  return { ...rest, ...lineage, trainedUntil: manifest?.trainedUntil ?? null, rows: manifest?.rows ?? null };
}
