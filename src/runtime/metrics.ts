/**
 * Prometheus metrics of one process.
 * Invariants: every name begins with `headrace_` and ends with its unit, counters with `_total`; asking for a name again
 * gives the same metric, so that each task asks where it counts.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { assert } from '../error.js';

type Labels = Readonly<Record<string, string | number>>;

export interface MetricsCounter {
  add(amount?: number): void;
}
export interface MetricsGauge {
  set(value: number): void;
}
export interface MetricsHistogram {
  observe(value: number): void;
}

export interface Metrics {
  /** `headrace_*_total` */
  counter(name: string, help: string, labels?: Labels): MetricsCounter;
  /** `headrace_*_<unit>` */
  gauge(name: string, help: string, labels?: Labels): MetricsGauge;
  /** `headrace_*_seconds` */
  histogram(name: string, help: string, labels?: Labels): MetricsHistogram;
  /** The exposition format, with its content type. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** From half a millisecond (a produce) to ten seconds (a recovery). */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const NAME = /^headrace_[a-z0-9_]*[a-z0-9]$/;
const UNITS = /_(seconds|bytes|rows|records|events|ratio|info|state|version|offset|score)$/;

/** @param processMetrics whether to add Node's own (memory, event loop, garbage collection) */
export function createMetrics({ processMetrics = false } = {}): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry, prefix: 'headrace_' });
  const known = new Map<string, Counter | Gauge | Histogram>();

  const metric = <M extends Counter | Gauge | Histogram>(
    name: string,
    labels: Labels,
    make: (names: string[]) => M,
  ): M => {
    assert(NAME.test(name), `metric ${name} begins with headrace_`);
    const found = known.get(name);
    if (found) return found as M;
    const made = make(Object.keys(labels));
    known.set(name, made);
    return made;
  };

  return {
    counter(name, help, labels = {}) {
      assert(name.endsWith('_total'), `counter ${name} ends with _total`);
      const all = metric(name, labels, (labelNames) => new Counter({ name, help, labelNames, registers: [registry] }));
      const one = all.labels(labels);
      return { add: (amount = 1) => one.inc(amount) };
    },
    gauge(name, help, labels = {}) {
      assert(UNITS.test(name), `gauge ${name} ends with its unit`);
      const all = metric(name, labels, (labelNames) => new Gauge({ name, help, labelNames, registers: [registry] }));
      const one = all.labels(labels);
      return { set: (value) => one.set(value) };
    },
    histogram(name, help, labels = {}) {
      assert(name.endsWith('_seconds'), `histogram ${name} ends with _seconds`);
      const make = (labelNames: string[]) =>
        new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [registry] });
      const one = metric(name, labels, make).labels(labels);
      return { observe: (value) => one.observe(value) };
    },
    async text() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
