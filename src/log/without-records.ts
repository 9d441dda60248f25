/**
 * A log as if some records were not there: what others wrote to Headrace's own topics, by a person's decision.
 * Method: they are left out of what fetches and subscriptions bring; offsets stay as they are. Each is told once.
 * What becomes of a frame that is left out by mistake: in `admitted` and in inboxes it is a gap, which readers name, since a frame says
 * what comes before it; in `features` its rows are waited for, by name; in `vectors` snapshots lack it, but for the warning.
 */
import type { Fetched, Log, Partition } from './log.js';

export interface RecordPlace extends Partition {
  readonly offset: number;
}

/** @param told called when a record is left out for the first time */
export function withoutRecords(log: Log, places: readonly RecordPlace[], told: (place: RecordPlace) => void): Log {
  if (places.length === 0) return log;
  const nameOf = ({ topic, partition, offset }: RecordPlace) => `${topic}/${partition}/${offset}`;
  const left = new Set(places.map(nameOf));
  const said = new Set<string>();
  const filtered = (fetched: Fetched): Fetched => {
    const { topic, partition, records } = fetched;
    const kept = records.filter(({ offset }) => {
      const place = { topic, partition, offset };
      const name = nameOf(place);
      if (!left.has(name)) return true;
      if (!said.has(name)) told(place);
      said.add(name);
      return false;
    });
    return kept.length === records.length ? fetched : { ...fetched, records: kept };
  };
  return {
    ...log,
    fetch: async (at, options) => filtered(await log.fetch(at, options)),
    subscribe(at, ready) {
      const subscription = log.subscribe(at, ready);
      return {
        topic: at.topic,
        partition: at.partition,
        take() {
          const fetched = subscription.take();
          return fetched === null ? null : filtered(fetched);
        },
        end: () => subscription.end(),
        close: () => subscription.close(),
      };
    },
  };
}
