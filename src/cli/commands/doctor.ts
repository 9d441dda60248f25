import type { Command } from 'commander';
import type { TopologyDefinition } from '../../topology/definition.js';
import type { Context, Register } from '../context.js';
import type { Finding } from '../doctor/finding.js';
import { EXIT_ERROR } from '../errors.js';
import { counted } from '../ui/format.js';
import { table } from '../ui/table.js';

interface Options {
  readonly needs?: boolean;
}

export const register: Register = (program, context) => {
  program
    .command('doctor')
    .description(
      'look at brokers, rights, topics, registry, folders, clock and this machine: what is not well, and what to do',
    )
    .argument('[topology]', 'also at what this one needs, by its file')
    .option('--needs', 'print the rights that each stage needs, and ask nobody')
    .action(async (path: string | undefined, { needs }: Options, command: Command) => {
      if (needs && path === undefined)
        command.error('error: --needs: which topology? headrace doctor <topology> --needs');
      const definition = path === undefined ? null : await context.topology(path);
      if (needs && definition !== null) return printNeeds(context, definition);
      const { examine } = await import('../doctor/doctor.js');
      const findings = await examine(context.settings(), definition);
      const errors = findings.filter(({ level }) => level === 'error').length;
      const warnings = findings.filter(({ level }) => level === 'warning').length;
      context.result({ topology: definition?.name ?? null, healthy: errors === 0, errors, warnings, findings }, () =>
        [
          table(['area', 'level', 'finding'], findings.map(row), { columns: context.io.columns }),
          '',
          errors + warnings === 0 ? 'All is well.' : `${counted(errors, 'error')}, ${counted(warnings, 'warning')}.`,
        ].join('\n'),
      );
      if (errors > 0) context.exitCode = EXIT_ERROR;
    });
};

const row = ({ area, level, message, remedy }: Finding) => [
  area,
  level,
  remedy === null ? message : `${message}\n→ ${remedy}`,
];

async function printNeeds(context: Context, definition: TopologyDefinition): Promise<void> {
  const { needsOf, needText } = await import('../doctor/rights.js');
  const needs = needsOf(definition);
  context.result({ topology: definition.name, needs }, () =>
    table(
      ['stage', 'operations', 'on'],
      needs.map((need) => [need.stage, need.operations.join(', '), needText(need)]),
      { columns: context.io.columns },
    ),
  );
}
