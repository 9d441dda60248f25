import { afterEach, expect, test } from 'vitest';
import { addressOf } from '../../src/console/address.js';
import { groupsApi, PASSED_ON } from '../../src/console/groups.js';
import { serveHttp, type WorkerHttp } from '../../src/console/http.js';
import { httpGet } from '../../src/console/http-get.js';
import { entityUrl, topUrl } from '../../src/console/question.js';
import { partitionOf } from '../../src/contract/partition.js';
import type { PartitionTop, Question, TopAnswer } from '../../src/contract/state-answers.js';
import { HeadraceError } from '../../src/error.js';
import { notRunning } from '../../src/runtime/task.js';
import { flights } from '../support/memory-world.js';

const definition = flights();
const open: WorkerHttp[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((http) => http.close()));
});

/** Workers that share the tasks of `plane` as told: an address for each of its four inbox partitions. */
class Workers {
  readonly asked: { readonly worker: number; readonly task: string; readonly question: Question }[] = [];
  readonly addresses: string[] = [];
  /** By partition: the number of the worker that runs it, or null. */
  owners: (number | null)[] = [0, 0, 0, 0];
  /** What the group says, where that is not the truth. */
  told: (number | null)[] | null = null;
  looked = 0;
  forgotten = 0;
  answer = (question: Question, task: string): unknown => ({ task, question });

  async start(): Promise<number> {
    const number = this.addresses.length;
    this.addresses.push('');
    const partition = (task: string) => Number(task.split('/')[2]);
    const groups = groupsApi({
      definition: await definition,
      worker: () => ({
        has: (task) => this.owners[partition(task)] === number,
        ask: async (task, question) => {
          if (this.owners[partition(task)] !== number) throw notRunning(task, 'does not run in this worker');
          this.asked.push({ worker: number, task, question });
          return this.answer(question, task) as never;
        },
      }),
      whereabouts: {
        of: async (_, task) => {
          this.looked++;
          const owner = (this.told ?? this.owners)[partition(task)] ?? null;
          return owner === null ? null : this.addresses[owner]!;
        },
        forget: () => this.forgotten++,
      },
      address: () => this.addresses[number]!,
    });
    const http = await serveHttp(
      0,
      () => [],
      async () => '',
      { groups },
    );
    open.push(http);
    this.addresses[number] = addressOf('127.0.0.1', http.port);
    return number;
  }

  async get(worker: number, url: string, headers: Record<string, string> = {}) {
    const { status, body } = await httpGet(this.addresses[worker]!, url, 5_000, headers);
    return { status, body: JSON.parse(body) };
  }
}

async function started(count: number): Promise<Workers> {
  const workers = new Workers();
  for (let i = 0; i < count; i++) await workers.start();
  return workers;
}

test.each(['N711MQ', '', 'a/b', '..', '.', 'größe 1', '%2F', 'a?at=1', '#', '+', '日本'])(
  'key %j reaches its task as it is, from the worker that runs it and from another',
  async (key) => {
    const workers = await started(2);
    workers.owners = [1, 1, 1, 1];
    for (const worker of [1, 0]) {
      const { status, body } = await workers.get(worker, entityUrl('plane', key, 5_000_000));
      expect([status, body]).toEqual([
        200,
        { task: `compute/plane.v1/${partitionOf(key, 4)}`, question: { kind: 'entity', key, at: 5_000_000 } },
      ]);
    }
    expect(workers.asked.map(({ worker }) => worker)).toEqual([1, 1]);
    expect(workers.looked).toBe(1);
  },
);

test.each([
  ['', null],
  ['?at=', null],
  ['?at=1357041600000', Date.UTC(2013, 0, 1, 12)],
  ['?at=2013-01-01T12:00', Date.UTC(2013, 0, 1, 12)],
  ['?at=2013-01-01T12:00:00.5Z', Date.UTC(2013, 0, 1, 12) + 500],
  ['?at=2013-01-01T12:00:00%2B02:00', Date.UTC(2013, 0, 1, 10)],
  ['?at=2013-01-01T12:00:00+02:00', Date.UTC(2013, 0, 1, 10)],
  ['?x=1&at=2013-01-02', Date.UTC(2013, 0, 2)],
])('time %j is %s', async (query, at) => {
  const workers = await started(1);
  const { body } = await workers.get(0, `/v1/groups/plane/N1${query}`);
  expect(body.question).toEqual({ kind: 'entity', key: 'N1', at });
});

test.each([
  ['/v1/groups/ship/a', 404, 'GROUP_UNKNOWN', 'it has origin, plane, carrier'],
  ['/v1/groups/', 404, 'GROUP_UNKNOWN', 'no group'],
  ['/v1/groups/plane/a?at=noon', 400, 'QUESTION_INVALID', 'noon'],
  ['/v1/groups/plane/a?at=9999999999999999', 400, 'QUESTION_INVALID', '9999999999999999'],
  ['/v1/groups/plane/%ff', 400, 'QUESTION_INVALID', '%ff'],
  ['/v1/groups/plane?top=0', 400, 'QUESTION_INVALID', 'from 1 to 1000'],
  ['/v1/groups/plane?top=1001', 400, 'QUESTION_INVALID', 'from 1 to 1000'],
  ['/v1/groups/plane?top=many', 400, 'QUESTION_INVALID', 'many'],
])('%s is %i %s', async (url, status, code, part) => {
  const workers = await started(1);
  const got = await workers.get(0, url);
  expect([got.status, got.body.error.code]).toEqual([status, code]);
  expect(got.body.error.message).toContain(part);
  expect(workers.asked).toEqual([]);
});

test.each([
  ['retry', 503],
  ['restart-task', 503],
  ['fix-input', 400],
  ['report', 500],
] as const)('an answer that fails with remedy %s is %i, the same from another worker', async (remedy, status) => {
  const workers = await started(2);
  workers.answer = () => {
    throw new HeadraceError('TIME_TOO_EARLY', 'too early', { remedy, earliest_ms: 5 });
  };
  const all = [await workers.get(0, '/v1/groups/plane/a'), await workers.get(1, '/v1/groups/plane/a')];
  const error = { code: 'TIME_TOO_EARLY', message: 'too early', remedy, details: { earliest_ms: 5 } };
  expect(all).toEqual([
    { status, body: { error } },
    { status, body: { error } },
  ]);
});

test('a question is passed on once: two workers that take each other for the owner do not go round', async () => {
  const workers = await started(2);
  workers.owners = [null, null, null, null];
  for (const [asked, told] of [
    [0, 1],
    [1, 0],
  ] as const) {
    workers.told = [told, told, told, told];
    const { status, body } = await workers.get(asked, '/v1/groups/plane/a');
    expect([status, body.error.code]).toEqual([503, 'TASK_NOT_RUNNING']);
  }
  expect(workers.looked).toBe(2);
  expect(workers.forgotten).toBe(2);
  expect((await workers.get(0, '/v1/groups/plane/a', { [PASSED_ON]: '1' })).status).toBe(503);
  expect(workers.looked).toBe(2);
});

test('a worker is not its own neighbour, and nobody is nobody', async () => {
  const workers = await started(1);
  workers.owners = [null, null, null, null];
  workers.told = [0, 0, 0, 0];
  expect((await workers.get(0, '/v1/groups/plane/a')).body.error.message).toContain('is about to start');
  workers.told = null;
  expect((await workers.get(0, '/v1/groups/plane/a')).body.error.message).toContain('runs in no worker');
  const { status, body } = await workers.get(0, '/v1/groups/plane?top=1');
  expect([status, body.error.code]).toEqual([503, 'TASK_NOT_RUNNING']);
});

test('a worker that is gone is named, and asked for anew the next time', async () => {
  const workers = await started(2);
  workers.owners = [1, 1, 1, 1];
  await open[1]!.close();
  const { status, body } = await workers.get(0, '/v1/groups/plane/a');
  expect([status, body.error.code]).toEqual([503, 'WORKER_NOT_REACHED']);
  expect(body.error.message).toContain(workers.addresses[1]);
  expect(workers.forgotten).toBe(1);
});

test('top is merged over the tasks of all workers; those that do not answer are named', async () => {
  const workers = await started(3);
  workers.owners = [0, 1, 2, null];
  workers.answer = (question, task): PartitionTop => {
    const partition = Number(task.split('/')[2]);
    if (partition === 2) throw notRunning(task, 'is opening');
    expect(question).toEqual({ kind: 'top', n: 2 });
    return {
      partition,
      checkpoint_next_offset: 10 * partition,
      keys: 2,
      records: 3,
      bytes: 100 + partition,
      rows: 5,
      largest: [
        { key: `x${partition}`, bytes: 60 + partition, records: 2 },
        { key: `y${partition}`, bytes: 40, records: 1 },
      ],
      hottest: [{ key: `x${partition}`, rows: 4, rows_at_most: 4 + partition }],
    };
  };
  for (const worker of [0, 1]) {
    const { status, body } = (await workers.get(worker, topUrl('plane', 2))) as { status: number; body: TopAnswer };
    expect(status).toBe(200);
    expect(body).toEqual({
      group: 'plane',
      version: 1,
      keys: 4,
      records: 6,
      bytes: 201,
      rows: 10,
      largest: [
        { key: 'x1', bytes: 61, records: 2, partition: 1 },
        { key: 'x0', bytes: 60, records: 2, partition: 0 },
      ],
      hottest: [
        { key: 'x0', rows: 4, rows_at_most: 4, partition: 0 },
        { key: 'x1', rows: 4, rows_at_most: 5, partition: 1 },
      ],
      partitions: [0, 1].map((partition) => ({
        partition,
        checkpoint_next_offset: 10 * partition,
        keys: 2,
        records: 3,
        bytes: 100 + partition,
        rows: 5,
      })),
      missing: [
        { partition: 2, code: 'TASK_NOT_RUNNING', message: expect.stringContaining('is opening') },
        { partition: 3, code: 'TASK_NOT_RUNNING', message: expect.stringContaining('runs in no worker') },
      ],
    });
  }
});
