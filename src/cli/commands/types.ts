import type { RecordSchema } from '../../topology/definition.js';
import type { Register } from '../context.js';
import { EXIT_ERROR } from '../errors.js';

const OUTPUT = 'events.ts';

export const register: Register = (program, context) => {
  program
    .command('types')
    .description(`write ${OUTPUT} beside the Avro schemas (*.avsc), so that a wrong field name does not compile`)
    .argument('[folder]', 'folder with the schemas', 'schemas')
    .option('--check', 'only tell whether it is up to date')
    .action(async (folder: string, options: { check?: boolean }) => {
      const { existsSync, readFileSync, writeFileSync } = await import('node:fs');
      const { join } = await import('node:path');
      const { typesSource } = await import('../../topology/types.js');
      const schemas = await readSchemas(folder);
      const file = join(folder, OUTPUT);
      const text = typesSource(schemas);
      const current = existsSync(file) && readFileSync(file, 'utf8') === text;
      if (!current && !options.check) writeFileSync(file, text);
      const names = schemas.map(({ name }) => name).sort();
      context.result({ file, events: names, current, written: !current && !options.check }, () => {
        if (current) return `${file} is up to date: ${names.join(', ')}.`;
        return options.check
          ? `${file} is not up to date: run \`headrace types ${folder}\`.`
          : `Wrote ${file}: ${names.join(', ')}.`;
      });
      if (!current && options.check) context.exitCode = EXIT_ERROR;
    });
};

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
