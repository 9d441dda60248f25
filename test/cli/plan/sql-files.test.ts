import { expect, test } from 'vitest';
import { eventFiles } from '../../../src/cli/plan/sql-files.js';
import { definition } from '../../aggregate/support.js';

const [a] = definition.events;

test.each([
  [undefined, { path: 'a.parquet', format: 'parquet' }],
  ['raw/{topic}/*.ndjson', { path: 'raw/a/*.ndjson', isPattern: true, format: 'ndjson' }],
  ['{topic}-{topic}.parquet', { path: 'a-a.parquet', isPattern: false, format: 'parquet' }],
])('from %s', (from, files) => {
  expect(eventFiles(from)(a!)).toEqual(files);
});

test.each([
  ['/nowhere', '/nowhere does not exist'],
  ['{topic}.csv', 'a.csv is neither .parquet nor .ndjson'],
])('nothing comes from %s', (from, message) => {
  expect(() => eventFiles(from)(a!)).toThrow(
    expect.objectContaining({ code: 'FILE_NOT_FOUND', message: expect.stringContaining(message) }),
  );
});
