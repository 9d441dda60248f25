/**
 * Whether recorded events would be late: what a topic with `knownAt: 'broker'` takes is known when it is appended, so a year of
 * history that is loaded now is known now, long after it happened. Pure.
 */
import type { TopologyDefinition } from '../topology/definition.js';
import { durationText } from '../topology/duration.js';
import { timeText } from './ui/format.js';

/**
 * @param begins event time of the first event to be loaded, ms, by topic
 * @returns a line for each topic whose events come too late, with the remedy
 */
export function lateHistory(
  { events, groups, models }: Pick<TopologyDefinition, 'events' | 'groups' | 'models'>,
  begins: ReadonlyMap<string, number>,
  nowMs: number,
): string[] {
  return events.flatMap(({ topic, knownAt }) => {
    const begin = begins.get(topic);
    if (knownAt.by !== 'broker' || begin === undefined) return [];
    const ageMs = nowMs - begin;
    const reading = groups.filter(({ keys, latenessMs }) => keys[topic] !== undefined && ageMs > latenessMs);
    const asked = models.filter(({ label }) => label.event === topic && ageMs > label.withinMs);
    const effects = [
      ...reading.map(
        ({ name, latenessMs }) => `later than the lateness of group ${name} (${durationText(latenessMs)})`,
      ),
      ...asked.map(({ name, label }) => `no labels of model ${name} (within ${durationText(label.withinMs)})`),
    ];
    if (effects.length === 0) return [];
    return [
      `${topic} begins at ${timeText(begin)}, and by knownAt 'broker' its events count as known now: ${effects.join(', ')}; scored events that are late get no features. For recorded events let knownAt name a field; for a live stream that comes late give the group a larger lateness`,
    ];
  });
}
