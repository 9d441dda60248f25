import { expect, test } from 'vitest';
import { judgeBrokers, versionOf } from '../../../src/cli/doctor/brokers.js';
import { aheadMs, judgeClock } from '../../../src/cli/doctor/clock.js';
import { named } from '../../../src/cli/doctor/finding.js';
import { judgeFolders, judgeNode } from '../../../src/cli/doctor/machine.js';
import { judgeProgress, type PointerFacts } from '../../../src/cli/doctor/progress.js';
import { judgeRegistry, type RegistryFacts } from '../../../src/cli/doctor/registry.js';
import type { ClusterFacts } from '../../../src/log/kafka/inspect.js';

const levels = (findings: readonly { level: string }[]) => findings.map(({ level }) => level);
const messages = (findings: readonly { message: string }[]) => findings.map(({ message }) => message).join('\n');
const range = { minVersion: 0, maxVersion: 9 };

test('what a broker can do tells how old it may be', () => {
  expect(versionOf({ 1: range })).toBe(null);
  expect(versionOf({ 60: range })).toBe('2.8');
  expect(versionOf({ 60: range, 65: range })).toBe('3.0');
  expect(versionOf({ 19: { minVersion: 2, maxVersion: 7 }, 60: range, 65: range })).toBe('4.0');
});

test('brokers out of reach, too old, or with time-outs that do not fit', () => {
  const cluster: ClusterFacts = {
    brokers: [1, 2, 3].map((node) => ({ node, address: `b${node}:9092`, error: null })),
    apis: { 60: range, 65: range },
    config: { 'transaction.max.timeout.ms': '900000' },
    acls: { kind: 'notEnforced' },
    topics: [],
  };
  expect(levels(judgeBrokers(cluster, 10_000))).toEqual(['ok', 'ok']);
  const [first, ...others] = cluster.brokers;
  const away = judgeBrokers({ ...cluster, brokers: [{ ...first!, error: 'refused' }, ...others] }, 10_000);
  expect(away[0]).toMatchObject({ level: 'error', message: expect.stringContaining('broker 1 is listed as b1:9092') });
  expect(levels(judgeBrokers({ ...cluster, apis: { 3: range } }, 10_000))).toEqual(['ok', 'error']);
  expect(levels(judgeBrokers({ ...cluster, brokers: [first!] }, 10_000))).toEqual(['ok', 'ok', 'warning']);
  expect(levels(judgeBrokers({ ...cluster, config: null }, 10_000))).toEqual(['ok', 'ok', 'warning']);
  const config = { 'transaction.max.timeout.ms': '5000', 'group.min.session.timeout.ms': '6000' };
  expect(levels(judgeBrokers({ ...cluster, config }, 10_000))).toEqual(['ok', 'ok', 'error']);
  expect(levels(judgeBrokers({ ...cluster, config }, 1_000))).toEqual(['ok', 'ok', 'error']);
});

test('a clock is as far off as what was seen proves, and no further', () => {
  const sent = { sentAt: 1000, acknowledgedAt: 1010 };
  expect(aheadMs({ ...sent, appendedAt: 1005 })).toBe(0);
  expect(aheadMs({ ...sent, appendedAt: 1510 })).toBe(500);
  expect(aheadMs({ ...sent, appendedAt: 400 })).toBe(-600);
  const off = (ms: number) => judgeClock([{ ...sent, appendedAt: 1010 + ms }], 3_600_000)[0]!;
  expect(off(1500).level).toBe('ok');
  expect(off(60_000)).toMatchObject({ level: 'warning', message: expect.stringContaining('60000 ms ahead of') });
  expect(off(-4_000_000)).toMatchObject({ level: 'error', message: expect.stringContaining('behind') });
});

test('where a task goes on: taken by retention, beyond the end, soon to be taken', () => {
  const at: PointerFacts = {
    task: 'admit weather/0',
    topic: 'weather',
    partition: 0,
    offset: 50,
    start: 10,
    end: 100,
    ageMs: 3_600_000,
    retentionMs: 86_400_000,
  };
  expect(judgeProgress([at])).toEqual([
    expect.objectContaining({ level: 'ok', message: expect.stringContaining('the oldest unread record is 1h old') }),
  ]);
  const taken = judgeProgress([{ ...at, start: 70, ageMs: null }]);
  expect(taken[0]).toMatchObject({ level: 'error', message: expect.stringContaining('took 20 offsets') });
  expect(judgeProgress([{ ...at, end: 40, ageMs: null }])[0]).toMatchObject({
    level: 'error',
    message: expect.stringContaining('ends at 40: the topic was made anew'),
  });
  expect(levels(judgeProgress([{ ...at, ageMs: 13 * 3_600_000 }, at]))).toEqual(['warning', 'ok']);
  expect(levels(judgeProgress([{ ...at, ageMs: 13 * 3_600_000, retentionMs: null }]))).toEqual(['ok']);
  expect(judgeProgress([])).toEqual([]);
});

test('a registry that is away, read-only, or without what topics were written by', () => {
  const well: RegistryFacts = { url: 'http://r', error: null, mode: 'READWRITE', subjects: [], without: [], lost: [] };
  expect(levels(judgeRegistry(well))).toEqual(['ok']);
  expect(levels(judgeRegistry({ ...well, error: 'refused' }))).toEqual(['error']);
  expect(levels(judgeRegistry({ ...well, mode: 'READONLY' }))).toEqual(['ok', 'error']);
  const lost = judgeRegistry({ ...well, lost: [{ topic: 'weather', id: 7 }] });
  expect(lost[1]).toMatchObject({ level: 'error', message: expect.stringContaining('weather (schema 7)') });
  const without = [
    { topic: 'weather', raw: true },
    { topic: 'flights.vectors.delays.v1', raw: false },
  ];
  expect(levels(judgeRegistry({ ...well, without }))).toEqual(['ok', 'warning']);
  const subject = { subject: 'weather-value', raw: true, compatibility: 'NONE', incompatible: null };
  expect(levels(judgeRegistry({ ...well, subjects: [subject] }))).toEqual(['ok', 'warning']);
  const wrong = { ...subject, compatibility: 'BACKWARD', incompatible: 'no field time' };
  expect(messages(judgeRegistry({ ...well, subjects: [wrong] }))).toContain('no field time');
});

test('Node, native modules and folders', () => {
  const loads = { name: 'rocksdb', for: 'no features', error: null };
  expect(levels(judgeNode('20.1.0', [loads]))).toEqual(['ok', 'ok']);
  expect(levels(judgeNode('18.1.0', [{ ...loads, error: 'wrong system\nstack' }]))).toEqual(['error', 'error']);
  const folder = { what: 'the state', path: '/x', setting: 'S', error: null, freeBytes: 2 ** 40 };
  expect(levels(judgeFolders([folder, { ...folder, freeBytes: 5e6 }, { ...folder, error: 'EACCES' }]))).toEqual([
    'ok',
    'warning',
    'error',
  ]);
});

test('long lists of names are cut', () => {
  expect(named(['a', 'b'])).toBe('a, b');
  expect(named(['a', 'b', 'c', 'd', 'e', 'f'])).toBe('a, b, c, d and 2 more');
});
