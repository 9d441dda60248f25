import type { Changed } from '../../runtime/definitions.js';
import type { TopologyDefinition } from '../../topology/definition.js';
import type { Context, Register } from '../context.js';
import { EXIT_ERROR } from '../errors.js';
import { counted } from '../ui/format.js';

/** A file is to be checked without Kafka too: brokers that are named and silent are not waited for longer than this. */
const ASK_MAX_MS = 5_000;

export const register: Register = (program, context) => {
  program
    .command('validate')
    .description(
      'check a topology, and against what Kafka has recorded of it; all problems at once, nothing is started',
    )
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .action(async (path: string) => {
      const { loadUnchecked } = await import('../../runtime/load-topology.js');
      const { problemsText } = await import('../../topology/validate.js');
      const { definition, problems } = await loadUnchecked(path);
      const { name, events, groups, views, models } = definition;
      const { recorded, changed } =
        problems.length > 0
          ? { recorded: 'not compared: there are problems', changed: [] }
          : await compare(context, definition);
      context.result({ topology: name, valid: problems.length === 0, problems, recorded, changed }, () => {
        if (problems.length > 0) return problemsText(problems);
        const counts = `${counted(events.length, 'event')}, ${counted(groups.length, 'group')}, ${counted(views.length, 'view')}, ${counted(models.length, 'model')}`;
        return [
          `${name} is valid: ${counts}.`,
          ...(changed.length > 0 ? [changedText(changed)] : [`Kafka: ${recorded}.`]),
        ].join('\n');
      });
      if (problems.length > 0 || changed.length > 0) context.exitCode = EXIT_ERROR;
    });
};

interface Comparison {
  /** What came of it, in words. */
  readonly recorded: string;
  readonly changed: readonly Changed[];
}

/** With the definitions that the topology was run by. */
async function compare(context: Context, definition: TopologyDefinition): Promise<Comparison> {
  const { findLocal } = await import('../../dev/up.js');
  const unasked = (why: string): Comparison => ({ recorded: `not compared: ${why}`, changed: [] });
  try {
    const { folder, brokers } = context.settings();
    if (brokers === null && (await findLocal(folder)) === null) return unasked('none is set and none runs here');
  } catch (cause) {
    return unasked((cause as Error).message);
  }
  const { changedDefinitions } = await import('../../runtime/definitions.js');
  const { withConnection } = await import('../with-connection.js');
  const { within } = await import('../../log/within.js');
  const asked = withConnection(context, (connection) => changedDefinitions(definition, connection)).then(
    (changed): Comparison => ({
      recorded:
        changed === null
          ? 'this topology has not run there yet'
          : 'the same definitions are recorded under these versions',
      changed: changed ?? [],
    }),
    (cause: Error): Comparison => unasked(cause.message),
  );
  return within(ASK_MAX_MS, asked, () => unasked(`no answer in ${ASK_MAX_MS} ms`));
}

function changedText(changed: readonly Changed[]): string {
  const told = changed.map(({ what, differences }) =>
    [`  ${what}:`, ...differences.map((line) => `    ${line}`)].join('\n'),
  );
  return [
    'But it is not what is recorded under the same versions, so `headrace run` refuses it: give what changed a new version, or undo the change.',
    ...told,
  ].join('\n');
}
