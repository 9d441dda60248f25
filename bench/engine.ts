/**
 * Rows a second (of processor time) of the feature engine alone, on one core: no files, frames or Kafka in the measured part.
 * Run: `npx jiti bench/engine.ts [topology/flights.ts] [data/flights]`. Rows come in the order of their known times.
 */
import { compileGroup, Entity } from '../src/aggregate/index.js';
import { checkEvent } from '../src/feature/check-event.js';
import { groupInputs, inboxRow } from '../src/feature/inbox-rows.js';
import { readEvents } from '../src/log/files.js';
import { loadTopology } from '../src/runtime/load-topology.js';
import type { GroupDefinition, Scalar, TopologyDefinition } from '../src/topology/definition.js';

interface BenchRow {
  readonly event: number;
  readonly known: number;
  readonly time: number;
  readonly id: string;
  readonly key: string;
  readonly scored: boolean;
  readonly values: readonly Scalar[];
}

async function rowsOf(definition: TopologyDefinition, group: GroupDefinition, folder: string): Promise<BenchRow[]> {
  const plan = compileGroup(definition, group);
  const rows: BenchRow[] = [];
  for (const input of groupInputs(definition, group)) {
    const event = plan.events.findIndex(({ topic }) => topic === input.event.topic);
    for await (const batch of readEvents(input.event, folder)) {
      for (const fields of batch) {
        const checked = checkEvent(input.event, fields, Number(fields[input.event.time]), Number.MAX_SAFE_INTEGER);
        const routed = inboxRow(input, { ...checked, offset: 0, event: fields }, 0, 1);
        if (routed === null || routed.row.key === null) continue;
        const { known, time, id, key, scored, values } = routed.row;
        rows.push({ event, known, time, id, key, scored, values: input.columns.map((column) => values[column]!) });
      }
    }
  }
  return rows.sort((a, b) => a.known - b.known || Number(b.scored) - Number(a.scored));
}

const [path = 'topology/flights.ts', folder = 'data/flights'] = process.argv.slice(2);
const definition = await loadTopology(path);
for (const group of definition.groups) {
  const plan = compileGroup(definition, group);
  const rows = await rowsOf(definition, group, folder);
  const entities = new Map<string, Entity>();
  const out: Scalar[] = new Array(group.features.length).fill(null);
  const start = process.cpuUsage();
  let asked = 0;
  for (const row of rows) {
    let entity = entities.get(row.key);
    if (entity === undefined) {
      entity = new Entity(plan);
      entities.set(row.key, entity);
    }
    entity.evict(row.known);
    if (row.scored) {
      entity.query(row.time, row.event < 0 ? null : row, out);
      asked++;
    }
    if (row.event >= 0) entity.insert(row.event, row.time, row.id, row.values);
  }
  const seconds = process.cpuUsage(start).user / 1e6;
  let bytes = 0;
  let dirtyBytes = 0;
  for (const entity of entities.values()) {
    bytes += entity.bytes();
    for (const { value } of entity.dirty()) dirtyBytes += value?.length ?? 0;
  }
  console.log(
    `${group.name}: ${rows.length} rows, ${asked} answers, ${entities.size} entities, ${seconds.toFixed(2)} s, ` +
      `${Math.round(rows.length / seconds)} rows/s; at the end ${Math.round(bytes / 1e6)} MB in memory, ` +
      `${Math.round(dirtyBytes / 1e6)} MB as records`,
  );
}
