/**
 * The command line. One file a command: `commands/<name>.ts` exports `register(program, context)`, and adding one changes no
 * other. Only the file of the command that is asked for is loaded, all of them for help.
 */
import { readdirSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { Context, type Io, type Register } from './context.js';
import { EXIT_ERROR, EXIT_USAGE, errorText } from './errors.js';
import { COMMAND_GROUPS, formatHelp } from './ui/help.js';
import { ownVersion } from './version.js';

const FOLDER = new URL('./commands/', import.meta.url);

/** The order in which help lists them; others follow by name. */
const ORDER = COMMAND_GROUPS.flatMap(([, names]) => names);

const EXAMPLES = `
Examples:
  headrace demo                            a year of flights, from event to prediction
  headrace up                              start a local Kafka and schema registry
  headrace validate topology/flights.ts    check a topology; nothing is started
  headrace run topology/flights.ts         run its three pipelines

Settings are environment variables: see \`headrace config\`.`;

export function commandNames(): string[] {
  const names = readdirSync(FOLDER)
    .filter((file) => /^[a-z]+(-[a-z]+)*\.(js|ts)$/.test(file))
    .map((file) => file.replace(/\.(js|ts)$/, ''));
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return names.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

async function load(name: string): Promise<Register> {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const module = (await import(new URL(`${name}.${ending}`, FOLDER).href)) as { register: Register };
  return module.register;
}

/**
 * Runs one command.
 * @param args without the program's own name
 * @returns the exit code: 0, 1 (it failed, or found what it looks for to be wrong) or 2 (it was called wrongly)
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const program = new Command('headrace');
  const context = new Context(io, program);
  const debug = !['', '0', 'false'].includes(io.env.HEADRACE_DEBUG ?? '');
  const json = args.includes('--json');
  program
    .description('Machine learning on Kafka: what a model was trained on is what it was served.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .option('--json', 'print the result as JSON, for programs')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, formatHelp })
    .configureOutput({
      writeOut: io.stdout,
      writeErr: (text) => {
        if (!json) io.stderr(text.replace(/^error: /, 'error USAGE: '));
      },
    })
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  try {
    const names = commandNames();
    const asked = args.find((arg) => !arg.startsWith('-'));
    for (const name of asked !== undefined && names.includes(asked) ? [asked] : names) {
      (await load(name))(program, context);
    }
    if (args.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (json) {
        const message = error.message.replace(/^error: /, '');
        io.stderr(`${JSON.stringify({ error: { code: 'USAGE', message, remedy: 'fix-input', details: {} } })}\n`);
      }
      return EXIT_USAGE;
    }
    io.stderr(errorText(error, { json: context.json, debug }));
    return EXIT_ERROR;
  }
}
