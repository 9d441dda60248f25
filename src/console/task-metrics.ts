/** Tasks' numbers as Prometheus metrics: what only grows as `_total`, the rest as gauges with their unit. */
import type { Metrics } from '../runtime/metrics.js';
import type { TaskStatus } from '../runtime/task.js';

/** Names in `StageTask.describe` that only grow, and their metric. */
const COUNTERS: Readonly<Record<string, string>> = {
  admitted_rows: 'headrace_admitted_total',
  dead_letters: 'headrace_dead_letters_total',
  known_jumps: 'headrace_known_jumps_total',
  rounded_longs: 'headrace_rounded_longs_total',
  late_rows: 'headrace_late_admitted_total',
  routed_rows: 'headrace_routed_total',
  away_total: 'headrace_away_total',
  computed_rows: 'headrace_computed_total',
  checkpoints: 'headrace_checkpoints_total',
  repeated: 'headrace_repeated_events_total',
  conflicts: 'headrace_conflicting_events_total',
  late_beyond_horizon: 'headrace_late_beyond_horizon_total',
  late_scored: 'headrace_late_scored_total',
  not_finite: 'headrace_not_finite_total',
  vectors: 'headrace_vectors_total',
  predictions: 'headrace_predictions_total',
  deadline_missed: 'headrace_deadline_missed_total',
  snapshots: 'headrace_snapshots_total',
  trained: 'headrace_trainings_total',
};
const GAUGES: Readonly<Record<string, string>> = {
  lag_records: 'headrace_lag_records',
  lag_rows: 'headrace_lag_rows',
  lead_rows: 'headrace_lead_rows',
  held_rows: 'headrace_held_rows',
  dirty_bytes: 'headrace_dirty_bytes',
  cached_bytes: 'headrace_cached_bytes',
  model_version: 'headrace_model_version',
};
/** What `limited_by` can be: the bounded lead, the order of known times, features that are not there, an open transaction. */
const LIMITS = ['lead', 'order', 'features', 'transaction'] as const;
const STATES = ['opening', 'running', 'waiting', 'backingOff', 'stuck'] as const;

export function taskMetrics(metrics: Metrics, status: () => readonly TaskStatus[]): { text(): Promise<string> } {
  const counted = new Map<string, number>();
  const update = () => {
    for (const { task, state, numbers } of status()) {
      for (const one of STATES) {
        metrics
          .gauge('headrace_task_state', 'Whether the task is in this state.', { task, state: one })
          .set(one === state ? 1 : 0);
      }
      if ('limited_by' in numbers) {
        for (const by of LIMITS) {
          metrics
            .gauge('headrace_task_limit_state', 'Whether this holds the task up.', { task, by })
            .set(numbers.limited_by === by ? 1 : 0);
        }
      }
      for (const [name, value] of Object.entries(numbers)) {
        if (typeof value !== 'number') continue;
        const total = COUNTERS[name];
        if (total !== undefined) {
          const key = `${task} ${name}`;
          const before = counted.get(key) ?? 0;
          // A task that was opened again counts from 0: what it counted before stays.
          metrics
            .counter(total, `Sum of ${name} over the tasks.`, { task })
            .add(value >= before ? value - before : value);
          counted.set(key, value);
        } else if (GAUGES[name] !== undefined) {
          metrics.gauge(GAUGES[name], `${name} of the task.`, { task }).set(value);
        } else if (name === 'known_ms' && value > 0) {
          metrics
            .gauge('headrace_known_time_seconds', 'Known time of the task, since the epoch.', { task })
            .set(value / 1000);
        }
      }
    }
  };
  return {
    async text() {
      update();
      return (await metrics.text()).body;
    },
  };
}
