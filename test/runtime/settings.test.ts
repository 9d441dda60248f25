import { expect, test } from 'vitest';
import { HeadraceError } from '../../src/error.js';
import { readSettings, unknownVariables } from '../../src/runtime/settings.js';
import { SETTINGS } from '../../src/runtime/settings-table.js';
import { describeSettings, settingsDocument } from '../../src/runtime/settings-view.js';

const place = { cwd: '/project', cacheFolder: '/cache/headrace', terminal: false };
const read = (env: Record<string, string>) => readSettings(env, place);

function problemsOf(env: Record<string, string>): string {
  try {
    read(env);
  } catch (error) {
    expect(error).toBeInstanceOf(HeadraceError);
    expect((error as HeadraceError).code).toBe('SETTINGS_INVALID');
    return (error as HeadraceError).message;
  }
  throw new Error('no problem was reported');
}

test('an empty environment gives the defaults, folders absolute', () => {
  const settings = read({});
  expect(settings).toMatchObject({
    brokers: null,
    registryUrl: null,
    folder: '/project/.headrace',
    stateFolder: '/project/.headrace/state',
    artifactFolder: '/project/.headrace/artifacts',
    cacheFolder: '/cache/headrace',
    holdMs: 30_000,
    leadRowsMax: 20_000,
    checkpointMs: 5_000,
    logFormat: 'json',
    jarsUrl: null,
  });
});

test('every setting has a default of its own type, and every variable belongs to one setting', () => {
  const settings = read({});
  expect(Object.keys(settings)).toEqual(Object.keys(SETTINGS));
  const variables = Object.values(SETTINGS).flatMap(({ env }) => env as readonly string[]);
  expect(new Set(variables).size).toBe(variables.length);
});

test('values are parsed, trimmed of their slash, and folders follow the project’s folder', () => {
  const settings = read({
    KAFKA_BOOTSTRAP_SERVERS: 'a:9092, b:9093',
    SCHEMA_REGISTRY_URL: 'http://registry:8081/',
    HEADRACE_FOLDER: 'here',
    HEADRACE_HOLD_MS: 'unlimited',
    HEADRACE_SSL: 'true',
    HEADRACE_LOG_LEVEL: '',
  });
  expect(settings.brokers).toEqual(['a:9092', 'b:9093']);
  expect(settings.registryUrl).toBe('http://registry:8081');
  expect(settings.stateFolder).toBe('/project/here/state');
  expect(settings.holdMs).toBe(Number.POSITIVE_INFINITY);
  expect(settings.ssl).toBe(true);
  expect(settings.logLevel).toBe('info');
});

test('all bad settings are reported at once, each by its variable', () => {
  const message = problemsOf({
    HEADRACE_HOLD_MS: 'soon',
    HEADRACE_FRAME_BYTES_MAX: '2000000',
    HEADRACE_LOG_LEVEL: 'loud',
    HEADRACE_JARS_URL: 'ftp://x',
    KAFKA_BROKERS: 'localhost',
  });
  expect(message).toContain('HEADRACE_HOLD_MS is “soon” but must be unlimited, or must be a whole number');
  expect(message).toContain('HEADRACE_FRAME_BYTES_MAX is “2000000” but must be at most 900000');
  expect(message).toContain('HEADRACE_LOG_LEVEL is “loud” but must be debug, info, warn or error');
  expect(message).toContain('HEADRACE_JARS_URL');
  expect(message).toContain('KAFKA_BROKERS is “localhost” but must be host:port');
});

test('settings that need each other are checked together', () => {
  expect(problemsOf({ KAFKA_BROKERS: 'a:9092' })).toContain('SCHEMA_REGISTRY_URL is not set');
  expect(problemsOf({ SCHEMA_REGISTRY_URL: 'http://a' })).toContain('KAFKA_BROKERS is not set');
  expect(problemsOf({ HEADRACE_SASL_MECHANISM: 'plain' })).toContain('HEADRACE_SASL_USERNAME');
  expect(problemsOf({ HEADRACE_HTTP_HOST: '0.0.0.0' })).toContain('set HEADRACE_HTTP_ADVERTISED');
  expect(problemsOf({ HEADRACE_HTTP_HOST: '::' })).toContain('set HEADRACE_HTTP_ADVERTISED');
  expect(
    problemsOf({ KAFKA_BROKERS: 'a:1', KAFKA_BOOTSTRAP_SERVERS: 'b:1', SCHEMA_REGISTRY_URL: 'http://a' }),
  ).toContain('KAFKA_BROKERS and KAFKA_BOOTSTRAP_SERVERS differ');
});

test.each([
  { HEADRACE_HTTP_HOST: 'worker-1.example', HEADRACE_HTTP_ADVERTISED: '[fe80::1]' },
  { HEADRACE_HTTP_HOST: 'fe80::1', HEADRACE_HTTP_ADVERTISED: '[fe80::1]:8080' },
  { HEADRACE_HTTP_HOST: '0.0.0.0', HEADRACE_HTTP_ADVERTISED: 'worker-1.example:8080' },
  { HEADRACE_HTTP_HOST: '10.0.0.7' },
])('a worker can be reached elsewhere than on loopback: %j', (env) => {
  expect(read(env)).toMatchObject({
    httpHost: env.HEADRACE_HTTP_HOST,
    httpAdvertised: env.HEADRACE_HTTP_ADVERTISED ?? null,
  });
});

test.each([
  { HEADRACE_HTTP_HOST: 'http://a' },
  { HEADRACE_HTTP_HOST: 'a:80' },
  { HEADRACE_HTTP_ADVERTISED: 'fe80::1' },
  { HEADRACE_HTTP_ADVERTISED: 'a:port' },
])('and not at %j', (env) => {
  expect(problemsOf(env)).toContain(`${Object.keys(env)[0]} is`);
});

test('secrets are shown nowhere', () => {
  const env = {
    KAFKA_BROKERS: 'a:9092',
    SCHEMA_REGISTRY_URL: 'https://me:hunter2@registry',
    HEADRACE_SASL_MECHANISM: 'plain',
    HEADRACE_SASL_USERNAME: 'me',
    HEADRACE_SASL_PASSWORD: 'hunter2',
  };
  const rows = describeSettings(read(env), env, place);
  expect(rows.find(({ name }) => name === 'saslPassword')).toMatchObject({ value: '***', from: 'environment' });
  expect(JSON.stringify(rows)).not.toContain('hunter2');
});

test('a misspelt variable is noticed', () => {
  expect(unknownVariables({ HEADRACE_HOLDMS: '1', HEADRACE_HOLD_MS: '1', PATH: '' })).toEqual(['HEADRACE_HOLDMS']);
});

test('docs/settings.md is what the table says', async () => {
  await expect(settingsDocument()).toMatchFileSnapshot('../../docs/settings.md');
});
