/**
 * Structured logs: one JSON object a line, or lines for people; to standard error or a file. Secrets are masked. An error that says
 * what to do is no riddle: its stack is written at level debug only; a bug's always.
 * Lines are written at once and in order, so that the last words of a worker that is killed are there.
 */
import pc from 'picocolors';
import pino from 'pino';
import { mask, maskText } from './mask.js';
import type { Logger } from './ports.js';
import type { Settings } from './settings.js';

const STANDARD_ERROR = 2;

export type LoggerOptions = Pick<Settings, 'logLevel' | 'logFormat' | 'logFile'> & {
  /** Enters every line, e.g. the worker's name. */
  readonly base?: Readonly<Record<string, unknown>>;
  /** Gets the lines in place of standard error or the file. */
  readonly write?: (line: string) => void;
};

export function createLogger(options: LoggerOptions): Logger {
  const { logLevel, logFormat, logFile, base = {} } = options;
  const write = options.write ?? destination(logFile);
  const out = { write: logFormat === 'pretty' ? (line: string) => write(pretty(line)) : write };
  const lines = pino(
    {
      level: logLevel,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      // Errors are plain objects by then.
      serializers: { err: (value) => value as unknown },
    },
    out,
  );
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) => {
    if (!lines.isLevelEnabled(level)) return;
    const shown = mask(fields) as object;
    lines[level](logLevel === 'debug' ? shown : withoutStacks(shown), maskText(message));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Of the errors among the fields, those that are named: with their causes they tell all in their messages. */
function withoutStacks(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const { remedy } = (value ?? {}) as { remedy?: unknown };
      return [name, typeof remedy === 'string' && remedy !== 'report' ? stackless(value) : value];
    }),
  );
}

function stackless(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const { stack: _, cause, ...rest } = error as Readonly<Record<string, unknown>>;
  return cause === undefined ? rest : { ...rest, cause: stackless(cause) };
}

function destination(file: string | null): (line: string) => void {
  const to = file === null ? { dest: STANDARD_ERROR } : { dest: file, mkdir: true };
  const stream = pino.destination({ ...to, sync: true });
  return (line) => void stream.write(line);
}

const COLOURS: Readonly<Record<string, (text: string) => string>> = {
  debug: pc.dim,
  info: pc.green,
  warn: pc.yellow,
  error: pc.red,
};

const show = (value: unknown): string =>
  typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value);

/** `12:00:01.250 warn  waiting for a schema  topic=departures partition=2`; stacks on lines of their own. */
export function pretty(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  let stack = '';
  const shown = Object.entries(fields).map(([name, value]) => {
    const error = value as { stack?: unknown; code?: unknown; message?: unknown } | null;
    const isError = typeof error?.message === 'string' && (error.stack !== undefined || error.code !== undefined);
    if (typeof error !== 'object' || error === null || !isError) return `${name}=${show(value)}`;
    if (typeof error.stack === 'string') stack += `\n${error.stack.replace(/^/gm, '    ')}`;
    else if (!String(msg).includes(String(error.message))) stack += `\n    ${error.message}`;
    return `${name}=${show(error.code ?? error.message)}`;
  });
  const colour = COLOURS[String(level)] ?? String;
  const head = `${pc.dim(String(time).slice(11, 23))} ${colour(String(level).padEnd(5))} ${String(msg)}`;
  return `${head}${shown.length > 0 ? `  ${pc.dim(shown.join(' '))}` : ''}${stack}\n`;
}
