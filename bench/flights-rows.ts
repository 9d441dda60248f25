/** The flights' rows as each group's compute stage applies them, in the order in which they are known. */
import { compileGroup, type GroupPlan } from '../src/aggregate/index.js';
import { checkEvent } from '../src/feature/check-event.js';
import { groupInputs, inboxRow } from '../src/feature/inbox-rows.js';
import { readEvents } from '../src/log/files.js';
import type { GroupDefinition, Scalar, TopologyDefinition } from '../src/topology/definition.js';

export const FLIGHTS_TOPOLOGY = 'topology/flights.ts';
export const FLIGHTS_FOLDER = 'data/flights';

export interface EngineRow {
  /** Index into the plan's events; -1 where the group reads none of them. */
  readonly event: number;
  readonly known: number;
  readonly time: number;
  readonly id: string;
  readonly key: string;
  readonly scored: boolean;
  readonly values: readonly Scalar[];
}

/** @param rowsMax of each event */
export async function flightsRows(
  definition: TopologyDefinition,
  group: GroupDefinition,
  rowsMax: number,
): Promise<{ plan: GroupPlan; rows: EngineRow[] }> {
  const plan = compileGroup(definition, group);
  const rows: EngineRow[] = [];
  for (const input of groupInputs(definition, group)) {
    const event = plan.events.findIndex(({ topic }) => topic === input.event.topic);
    let read = 0;
    for await (const batch of readEvents(input.event, FLIGHTS_FOLDER)) {
      for (const fields of batch) {
        const checked = checkEvent(input.event, fields, Number(fields[input.event.time]), Number.MAX_SAFE_INTEGER);
        const routed = inboxRow(input, { ...checked, offset: 0, event: fields }, 0, 1);
        if (routed === null || routed.row.key === null) continue;
        const { known, time, id, key, scored, values } = routed.row;
        rows.push({ event, known, time, id, key, scored, values: input.columns.map((column) => values[column]!) });
      }
      read += batch.length;
      if (read >= rowsMax) break;
    }
  }
  rows.sort((a, b) => a.known - b.known || Number(b.scored) - Number(a.scored));
  return { plan, rows };
}
