/** The settings as people and programs read them: `headrace config` and `docs/settings.md`. Invariant: secrets are masked. */
import { type Environment, hereAndNow, readSettings, type SettingName, type Settings } from './settings.js';
import { type Place, SETTINGS, type Setting } from './settings-table.js';

/** A setting as people and programs read it. */
export interface SettingRow {
  readonly name: SettingName;
  readonly variables: readonly string[];
  readonly unit: string;
  readonly default: string;
  readonly meaning: string;
  /** As it is set now, a secret masked; null where it has no value. */
  readonly value: string | null;
  readonly from: 'environment' | 'default';
}

const show = (value: unknown): string | null => {
  if (value === null) return null;
  if (value === Number.POSITIVE_INFINITY) return 'unlimited';
  return Array.isArray(value) ? value.join(', ') : String(value);
};

/** Every setting with its present value, in the order of the table. */
export function describeSettings(settings: Settings, env: Environment, place: Place = hereAndNow()): SettingRow[] {
  return (Object.entries(SETTINGS) as [SettingName, Setting<unknown>][]).map(([name, definition]) => ({
    name,
    variables: definition.env,
    unit: definition.unit,
    default: definition.fallbackText ?? show(definition.fallback({ ...place, folder: '' })) ?? 'none',
    meaning: definition.meaning,
    value:
      definition.secret && settings[name] !== null
        ? '***'
        : (show(settings[name])?.replace(/\/\/[^/@]*@/, '//***@') ?? null),
    from: definition.env.some((variable) => (env[variable] ?? '') !== '') ? 'environment' : 'default',
  }));
}

/** The text of `docs/settings.md`. */
export function settingsDocument(): string {
  const place = { cwd: '/', cacheFolder: '', terminal: false };
  const rows = describeSettings(readSettings({}, place), {}, place);
  const cells = rows.map(
    ({ variables, default: value, unit, meaning }) =>
      `| ${variables.map((one) => `\`${one}\``).join(' or ')} | ${value} | ${unit} | ${meaning} |`,
  );
  return [
    '# Settings',
    '',
    'Settings are environment variables. All are read and checked when a command starts, and everything that is wrong is',
    'reported at once. `headrace config` prints them with their present values; secrets are masked wherever they are shown.',
    '(This page is made from `src/runtime/settings-table.ts` by its test: `npx vitest run --project quick test/runtime/settings.test.ts -u`.)',
    '',
    '| variable | default | unit | meaning |',
    '|---|---|---|---|',
    ...cells,
    '',
  ].join('\n');
}
