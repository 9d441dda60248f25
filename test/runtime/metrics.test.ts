import { expect, test } from 'vitest';
import { createMetrics } from '../../src/runtime/metrics.js';

test('the same name is the same metric, by labels', async () => {
  const metrics = createMetrics();
  const rows = (group: string) => metrics.counter('headrace_rows_total', 'Rows.', { group });
  rows('origin').add();
  rows('origin').add(2);
  rows('plane').add();
  metrics.gauge('headrace_lag_rows', 'Lag.', { stage: 'route' }).set(7);
  metrics.histogram('headrace_produce_seconds', 'Produce.').observe(0.002);
  const { body, contentType } = await metrics.text();
  expect(contentType).toContain('text/plain');
  expect(body).toContain('headrace_rows_total{group="origin"} 3');
  expect(body).toContain('headrace_rows_total{group="plane"} 1');
  expect(body).toContain('headrace_lag_rows{stage="route"} 7');
  expect(body).toContain('headrace_produce_seconds_bucket{le="0.001"} 0');
  expect(body).toContain('headrace_produce_seconds_bucket{le="0.0025"} 1');
});

test('names say what they are', () => {
  const metrics = createMetrics();
  expect(() => metrics.counter('headrace_rows', '')).toThrow('_total');
  expect(() => metrics.counter('rows_total', '')).toThrow('headrace_');
  expect(() => metrics.gauge('headrace_lag', '')).toThrow('unit');
  expect(() => metrics.histogram('headrace_produce_ms', '')).toThrow('_seconds');
});

test('two registries share nothing', async () => {
  createMetrics().counter('headrace_rows_total', 'Rows.').add();
  expect((await createMetrics({ processMetrics: true }).text()).body).not.toContain('headrace_rows_total');
});
