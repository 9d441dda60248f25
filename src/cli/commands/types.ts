import type { RecordSchema } from '../../topology/definition.js';
import type { Register } from '../context.js';
import { EXIT_ERROR } from '../errors.js';

const OUTPUT = 'events.ts';
/** How a file begins that this command wrote: no other is overwritten without being asked for. */
const MARK = '// Written by `headrace types`';

export const register: Register = (program, context) => {
  program
    .command('types')
    .description(`write ${OUTPUT} beside the Avro schemas (*.avsc), so that a wrong field name does not compile`)
    .argument('[folder]', 'folder with the schemas', 'schemas')
    .option('--check', 'only tell whether it is up to date')
    .option('--force', `overwrite a ${OUTPUT} that this command did not write`)
    .action(async (folder: string, options: { check?: boolean; force?: boolean }) => {
      const { existsSync, readFileSync, writeFileSync } = await import('node:fs');
      const { join } = await import('node:path');
      const { HeadraceError } = await import('../../error.js');
      const { typesSource } = await import('../../topology/types.js');
      const schemas = await readSchemas(folder);
      const file = join(folder, OUTPUT);
      const text = typesSource(schemas);
      const before = existsSync(file) ? readFileSync(file, 'utf8') : null;
      const current = before === text;
      if (before !== null && !before.startsWith(MARK) && !options.check && !options.force) {
        throw new HeadraceError(
          'FILE_NOT_OURS',
          `${file} was not written by \`headrace types\`: move it, or overwrite it with --force`,
          { remedy: 'fix-input', file },
        );
      }
      if (!current && !options.check) writeFileSync(file, text);
      const names = schemas.map(({ name }) => name).sort();
      const changes = changesOf(before ?? '', text);
      context.result({ file, events: names, current, written: !current && !options.check, ...changes }, () => {
        if (current) return `${file} is up to date: ${names.join(', ')}.`;
        const said = changesText(before === null ? { ...changes, added: [] } : changes);
        return options.check
          ? `${file} is not up to date${said}: run \`headrace types ${folder}\`.`
          : `Wrote ${file}: ${names.join(', ')}${said}.`;
      });
      if (!current && options.check) context.exitCode = EXIT_ERROR;
    });
};

interface Changes {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Events by name; each stands in the file from its `export` to the next. */
function changesOf(before: string, after: string): Changes {
  const blocks = (text: string) =>
    new Map([...text.matchAll(/^export const (\w+) = schema[\s\S]*?^}\);$/gm)].map(([block, name]) => [name!, block]));
  const [was, is] = [blocks(before), blocks(after)];
  return {
    added: [...is.keys()].filter((name) => !was.has(name)),
    changed: [...is.keys()].filter((name) => was.has(name) && was.get(name) !== is.get(name)),
    removed: [...was.keys()].filter((name) => !is.has(name)),
  };
}

function changesText(changes: Changes): string {
  const parts = Object.entries(changes).flatMap(([what, names]: [string, readonly string[]]) =>
    names.length > 0 ? [`${what} ${names.join(', ')}`] : [],
  );
  return parts.length > 0 ? ` (${parts.join('; ')})` : '';
}

async function readSchemas(folder: string): Promise<RecordSchema[]> {
  const { readdirSync, readFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const { HeadraceError } = await import('../../error.js');
  const fail = (code: string, message: string, cause?: unknown) =>
    new HeadraceError(code, message, { remedy: 'fix-input', folder, cause });
  let files: string[];
  try {
    files = readdirSync(folder).filter((name) => name.endsWith('.avsc'));
  } catch (cause) {
    throw fail('SCHEMA_NOT_FOUND', `no folder ${folder}: give the folder that holds the Avro schemas.`, cause);
  }
  if (files.length === 0)
    throw fail('SCHEMA_NOT_FOUND', `${folder} holds no *.avsc: put the events’ Avro schemas there.`);
  return files.sort().map((name) => {
    const file = join(folder, name);
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as RecordSchema;
    } catch (cause) {
      throw fail('SCHEMA_MALFORMED', `${file} is no JSON: ${(cause as Error).message}`, cause);
    }
  });
}
