/**
 * Reads the settings: the only place that looks at the environment.
 * Goal: one read at start that reports everything that is wrong at once. Method: each setting by its own check, then what
 * no setting shows alone.
 */
import { resolve } from 'node:path';
import envPaths from 'env-paths';
import type { z } from 'zod';
import { HeadraceError } from '../error.js';
import { type Place, SETTINGS, type Setting } from './settings-table.js';

export type SettingName = keyof typeof SETTINGS;
type Value<S> = S extends Setting<infer T> ? T : never;
/** All settings, checked; folders are absolute. */
export type Settings = { readonly [Name in SettingName]: Value<(typeof SETTINGS)[Name]> };
export type Environment = Readonly<Record<string, string | undefined>>;

export const hereAndNow = (): Place => ({
  cwd: process.cwd(),
  cacheFolder: envPaths('headrace', { suffix: '' }).cache,
  terminal: process.stderr.isTTY === true,
});

/**
 * Reads all settings from the environment (an empty variable counts as not set).
 * @throws HeadraceError `SETTINGS_INVALID` that names every bad setting, not only the first.
 */
export function readSettings(env: Environment, place: Place = hereAndNow()): Settings {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  let folder = resolve(place.cwd, '.headrace');
  for (const [name, definition] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const given = givenBy(definition, env, problems);
    let value = definition.fallback({ ...place, folder });
    if (given) {
      const checked = definition.check.safeParse(given.text);
      if (checked.success) value = checked.data;
      else problems.push(problem(given.variable, definition, given.text, checked.error));
    }
    if (definition.unit === 'folder') value = resolve(place.cwd, value as string);
    if (name === 'folder') folder = value as string;
    values[name] = value;
  }
  const settings = values as unknown as Settings;
  problems.push(...together(settings, problems));
  if (problems.length > 0) {
    throw new HeadraceError('SETTINGS_INVALID', `${problems.join('\n')}\nSee \`headrace config\` for all settings.`, {
      remedy: 'fix-environment',
      problems,
    });
  }
  return settings;
}

function givenBy(definition: Setting<unknown>, env: Environment, problems: string[]) {
  const set = definition.env.filter((variable) => (env[variable] ?? '') !== '');
  const [variable, ...others] = set;
  if (variable === undefined) return null;
  for (const other of others) {
    if (env[other] !== env[variable]) problems.push(`${variable} and ${other} differ: set one of them only.`);
  }
  return { variable, text: env[variable]! };
}

function problem(variable: string, definition: Setting<unknown>, given: string, error: z.ZodError): string {
  const why = [...new Set(error.issues.flatMap(reasons))].join(', or ');
  return `${variable} is ${definition.secret ? 'set but' : `“${given}” but`} ${why || 'is not valid'}.`;
}

const reasons = (issue: z.core.$ZodIssue): string[] =>
  issue.code === 'invalid_union' ? issue.errors.flat().flatMap(reasons) : [issue.message];

/** What no setting shows alone. */
function together(settings: Settings, before: readonly string[]): string[] {
  const problems: string[] = [];
  const broken = (variable: string) => before.some((line) => line.startsWith(variable));
  if (settings.brokers && !settings.registryUrl && !broken('SCHEMA_REGISTRY_URL')) {
    problems.push('SCHEMA_REGISTRY_URL is not set but KAFKA_BROKERS is: set both, or none for the local Kafka.');
  }
  if (!settings.brokers && settings.registryUrl && !broken('KAFKA_')) {
    problems.push('KAFKA_BROKERS is not set but SCHEMA_REGISTRY_URL is: set both, or none for the local Kafka.');
  }
  if (settings.saslMechanism && !(settings.saslUsername && settings.saslPassword)) {
    problems.push('HEADRACE_SASL_MECHANISM is set: set HEADRACE_SASL_USERNAME and HEADRACE_SASL_PASSWORD too.');
  }
  if (EVERY_ADDRESS.has(settings.httpHost) && settings.httpAdvertised === null) {
    problems.push(
      `HEADRACE_HTTP_HOST is ${settings.httpHost}: set HEADRACE_HTTP_ADVERTISED to the name by which other workers reach this one.`,
    );
  }
  return problems;
}

/** Listening there is listening everywhere; nobody can be sent there. */
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** `HEADRACE_*` variables that are no setting: most likely misspelt. */
export function unknownVariables(env: Environment): string[] {
  const known = new Set(Object.values(SETTINGS).flatMap(({ env: variables }) => variables as readonly string[]));
  return Object.keys(env).filter((name) => name.startsWith('HEADRACE_') && !known.has(name));
}
