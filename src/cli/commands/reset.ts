import { join } from 'node:path';
import type { TopologyDefinition } from '../../topology/definition.js';
import type { Connection } from '../connect.js';
import type { Context, Register } from '../context.js';

/** Brokers delete after they have answered. */
const DELETE_MAX_MS = 30_000;
const POLL_MS = 200;

export const register: Register = (program, context) => {
  program
    .command('reset')
    .description('delete what Headrace keeps of a topology: its own topics and local state; raw topics stay')
    .argument('<topology>', 'its file, e.g. topology/flights.ts')
    .option('--yes', 'without asking')
    .action(async (path: string, options: { yes?: boolean }) => {
      const { withConnection } = await import('../with-connection.js');
      const definition = await context.topology(path);
      await withConnection(context, async (connection) => {
        await refuseWhileRunning(context, connection, definition);
        const found = await whatThereIs(context, connection, definition);
        if (found.topics.length === 0 && found.folder === null) {
          context.result({ topics: [], folder: null, reset: false }, () => `Nothing of ${definition.name} is there.`);
          return;
        }
        if (!options.yes && !(await agreed(context, definition.name, found))) {
          context.result({ ...found, reset: false }, () => 'Nothing was deleted.');
          return;
        }
        await remove(connection, found);
        context.result({ ...found, reset: true }, () => doneText(definition.name, found));
      });
    });
};

interface Found {
  readonly topics: readonly string[];
  /** Local state; null where there is none. */
  readonly folder: string | null;
  /** Topics that bear the topology's name and are not of its present versions: they are left. */
  readonly left: readonly string[];
}

async function refuseWhileRunning(context: Context, { log }: Connection, { name }: TopologyDefinition): Promise<void> {
  const { HeadraceError } = await import('../../error.js');
  const { membershipGroup, PIPELINES } = await import('../../contract/topics.js');
  const { runningWorkers } = await import('../workers.js');
  const here = runningWorkers(context.settings().folder, name).map(({ pid }) => `process ${pid}`);
  const groups: string[] = [];
  for (const pipeline of PIPELINES) {
    const group = membershipGroup(name, pipeline);
    const members = await log.members(group);
    if (members > 0) groups.push(`consumer group ${group} has ${members} member${members === 1 ? '' : 's'}`);
  }
  const running = here.length > 0 ? here : groups;
  if (running.length === 0) return;
  throw new HeadraceError('WORKERS_RUN', `${name} runs (${running.join(', ')}): stop it first`, {
    remedy: 'fix-environment',
    running,
  });
}

async function whatThereIs(context: Context, { log }: Connection, definition: TopologyDefinition): Promise<Found> {
  const { existsSync } = await import('node:fs');
  const { ownTopics } = await import('../../contract/topics.js');
  const { name } = definition;
  const existing = new Set(await log.listTopics());
  const own = ownTopics(definition, {}).map(({ topic }) => topic);
  const raw = new Set(definition.events.map(({ topic }) => topic));
  const left = [...existing].filter((topic) => topic.startsWith(`${name}.`) && !own.includes(topic) && !raw.has(topic));
  const folder = join(context.settings().stateFolder, name);
  return {
    topics: own.filter((topic) => existing.has(topic) && !raw.has(topic)),
    folder: existsSync(folder) ? folder : null,
    left: left.sort(),
  };
}

async function agreed(context: Context, name: string, { topics, folder }: Found): Promise<boolean> {
  const { HeadraceError } = await import('../../error.js');
  const what = [...topics, ...(folder === null ? [] : [`${folder} (local state)`])];
  context.note(`To be deleted:\n${what.map((one) => `  ${one}`).join('\n')}`);
  if (!process.stdin.isTTY || context.io.columns === null) {
    throw new HeadraceError(
      'NOT_CONFIRMED',
      `nobody can be asked here: \`headrace reset … --yes\` deletes what ${name} keeps`,
      {
        remedy: 'fix-input',
      },
    );
  }
  const { createInterface } = await import('node:readline/promises');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question('Delete all of it? [y/N] ')).trim());
  } finally {
    asking.close();
  }
}

async function remove({ log }: Connection, { topics, folder }: Found): Promise<void> {
  const { rm } = await import('node:fs/promises');
  const { HeadraceError } = await import('../../error.js');
  if (topics.length > 0) await log.deleteTopics(topics);
  const until = Date.now() + DELETE_MAX_MS;
  for (;;) {
    const existing = new Set(await log.listTopics());
    const there = topics.filter((topic) => existing.has(topic));
    if (there.length === 0) break;
    if (Date.now() > until) {
      throw new HeadraceError('TOPICS_NOT_DELETED', `still there after ${DELETE_MAX_MS} ms: ${there.join(', ')}`, {
        remedy: 'retry',
        topics: there,
      });
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  // Last, so that a reset that was cut off can be done again: state without its changelog is thrown away by the next start anyway.
  if (folder !== null) await rm(folder, { recursive: true, force: true });
}

function doneText(name: string, { topics, folder, left }: Found): string {
  const state = folder === null ? '' : ` and the local state in ${folder}`;
  const lines = [
    `Deleted ${topics.length} topic${topics.length === 1 ? '' : 's'} of ${name}${state}.`,
    'Left: raw topics, artifacts (snapshots and models), and the schemas in the registry.',
  ];
  if (left.length > 0)
    lines.push(`Left too, since they are not of this topology’s present versions: ${left.join(', ')}.`);
  return lines.join('\n');
}
