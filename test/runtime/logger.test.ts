import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { HeadraceError } from '../../src/error.js';
import { createLogger } from '../../src/runtime/logger.js';
import { maskText } from '../../src/runtime/mask.js';

function logger(logFormat: 'json' | 'pretty', logLevel: 'debug' | 'info' | 'warn' = 'info') {
  const lines: string[] = [];
  const log = createLogger({
    logLevel,
    logFormat,
    logFile: null,
    base: { worker: 'w1' },
    write: (line) => void lines.push(stripVTControlCharacters(line)),
  });
  return { log, lines };
}
const failure = () =>
  new HeadraceError('TASK_FENCED', 'fenced by https://me:hunter2@there', {
    remedy: 'restart-task',
    topic: 'departures',
    cause: new Error('the cause'),
  });

test('one JSON object a line, fields first, levels by name', () => {
  const { log, lines } = logger('json');
  log.debug({}, 'not written');
  log.warn({ topic: 'departures', partition: 2, offset: 9n, bytes: Buffer.alloc(3) }, 'waiting');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'warn',
    worker: 'w1',
    topic: 'departures',
    partition: 2,
    offset: '9',
    bytes: '<3 bytes>',
    msg: 'waiting',
  });
});

test('secrets are masked, wherever they are', () => {
  for (const format of ['json', 'pretty'] as const) {
    const { log, lines } = logger(format);
    const deep = { sasl: { username: 'me', password: 'hunter2' }, all: [{ apiKey: 'hunter2' }] };
    log.error({ ...deep, error: failure(), url: 'postgres://me:hunter2@host/db' }, 'to http://hunter2@host');
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('me');
    expect(lines.join('')).toContain('postgres://***@host/db');
  }
});

test('errors keep code, remedy, details, cause and stack', () => {
  const { log, lines } = logger('json', 'debug');
  log.error({ error: failure() }, 'failed');
  expect(JSON.parse(lines[0]!).error).toMatchObject({
    name: 'HeadraceError',
    code: 'TASK_FENCED',
    remedy: 'restart-task',
    details: { topic: 'departures' },
    cause: { message: 'the cause' },
    stack: expect.stringContaining('logger.test'),
  });
});

test('an error that says what to do has its stack at level debug only, a bug has it always', () => {
  const { log, lines } = logger('json');
  log.error({ err: failure() }, 'failed');
  const { err } = JSON.parse(lines[0]!) as { err: { cause: object } };
  expect(err).toMatchObject({ code: 'TASK_FENCED', cause: { message: 'the cause' } });
  expect(err).not.toHaveProperty('stack');
  expect(err.cause).not.toHaveProperty('stack');
  log.error({ err: new TypeError('x is undefined') }, 'failed');
  log.error({ err: new HeadraceError('UNEXPECTED', 'x is undefined', { remedy: 'report' }) }, 'failed');
  for (const line of lines.slice(1)) expect(JSON.parse(line).err.stack).toContain('logger.test');
});

test('lines for people begin with the time and hold the fields', () => {
  const { log, lines } = logger('pretty');
  log.info({ topic: 'departures', text: 'two words' }, 'hello');
  log.error({ error: failure() }, 'failed');
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}hello {2}worker=w1 topic=departures text="two words"\n$/);
  expect(lines[1]).toMatch(/failed {2}worker=w1 error=TASK_FENCED\n {4}fenced by .*\n$/);
  const deep = logger('pretty', 'debug');
  deep.log.error({ error: failure() }, 'failed');
  expect(deep.lines[0]).toMatch(/error=TASK_FENCED\n {4}HeadraceError: fenced by.*\n {8}at /);
  log.warn({ error: failure() }, `it failed: ${maskText(failure().message)}`);
  expect(lines[2]!.match(/fenced by/g)).toHaveLength(1);
});

test('a file is written at once, and its folder made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-log-'));
  try {
    const file = join(folder, 'deep', 'a.log');
    createLogger({ logLevel: 'info', logFormat: 'json', logFile: file }).info({ a: 1 }, 'written');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ a: 1, msg: 'written' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
