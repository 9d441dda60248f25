/**
 * What a command gets from the command line, so that it can be tested without a process.
 * Rule for output: standard output holds the result and nothing else, with `--json` as JSON; progress, notes and errors go to
 * standard error.
 */
import type { Command } from 'commander';
import type { Logger } from '../runtime/ports.js';
import { readSettings, type Settings } from '../runtime/settings.js';
import type { TopologyDefinition } from '../topology/definition.js';
import type { Connection } from './connect.js';

export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Columns of the terminal behind standard error; null where it is none: then nothing moves. */
  readonly columns: number | null;
  /** Opens Kafka and the registry in place of `connect`, and loads a topology in place of `loadTopology`: for tests in memory. */
  readonly connect?: (settings: Settings, logger?: Logger) => Promise<Connection>;
  readonly loadTopology?: (path: string) => Promise<TopologyDefinition>;
}

export class Context {
  readonly io: Io;
  readonly #program: Command;
  /** Set by a command that ran to its end and found something wrong; errors that are thrown set it themselves. */
  exitCode = 0;

  constructor(io: Io, program: Command) {
    this.io = io;
    this.#program = program;
  }

  /** Whether the result is for a program. */
  get json(): boolean {
    return this.#program.opts<{ json?: boolean }>().json === true;
  }

  /** Read anew at each call. Error: `SETTINGS_INVALID`. */
  settings(): Settings {
    return readSettings(this.io.env);
  }

  /** The topology of a file. Errors: as of `loadTopology`. */
  async topology(path: string): Promise<TopologyDefinition> {
    const { loadTopology } = await import('../runtime/load-topology.js');
    return (this.io.loadTopology ?? loadTopology)(path);
  }

  /** The result: as one line of JSON, or as text for people. */
  result(value: unknown, text: () => string): void {
    this.io.stdout(`${this.json ? JSON.stringify(value) : text()}\n`);
  }

  /** One line for people, on standard error. */
  note(line: string): void {
    this.io.stderr(`${line}\n`);
  }
}

/** What each `src/cli/commands/<name>.ts` exports. Its own imports stay light: the work is imported when it is asked for. */
export type Register = (program: Command, context: Context) => void;
