/** What tasks say of themselves while a broker is away: their numbers stand still, and the reason is not theirs. */
import type { Away } from '../log/log.js';
import type { TaskStatus } from '../runtime/task.js';

/** Each task that is not stuck waits for the broker, for as long as it is away. */
export function waitsForKafka(tasks: readonly TaskStatus[], away: Away | null, nowMs: number): readonly TaskStatus[] {
  if (away === null || away.untilMs !== null) return tasks;
  const seconds = Math.round((nowMs - away.sinceMs) / 1000);
  const waiting = `Kafka: ${away.broker} has not answered for ${seconds} s`;
  return tasks.map((task) =>
    task.state === 'stuck' ? task : { ...task, numbers: { ...task.numbers, waits_for: waiting } },
  );
}
