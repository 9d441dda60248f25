/**
 * The SQL that makes labelled, split rows of a snapshot's parts.
 * A row is eligible if t + label horizon <= asOf. Its label is the last event, by (known time, position), that says something (a
 * label of null does not) and was known by t + horizon. The gate rows are the last `onMs` of the eligible ones by event time; the
 * training rows are older than their start less the embargo; what lies between belongs to neither.
 * A repeated scored event is another position with a vector of its own, was answered again, and is a row of its own here too; its
 * repeats have the same event time, so they never stand on both sides.
 */
import type { SnapshotManifest } from '../contract/manifest.js';
import { HeadraceError } from '../error.js';
import type { ModelDefinition } from '../topology/definition.js';
import { quoted, text } from '../topology/sql/names.js';
import { keyColumn } from './parts.js';

export interface PartFiles {
  readonly vectors: readonly string[];
  readonly labels: readonly string[];
}

const parquet = (files: readonly string[]) => `read_parquet([${files.map(text).join(', ')}])`;
const NO_LABELS =
  "(select '' as topic, 0 as partition, 0 as \"offset\", 0 as known_time, '' as join_value, true as label where false)";

/**
 * Creates table `example`: partition, offset, event_time, label (0 or 1), split ('train', 'gate', 'between'), and the parts' columns;
 * and `eligible`: how many rows there were before those without a label were left out, and where the gate rows begin.
 * Error: `LABEL_JOIN_MISSING`.
 */
export function datasetSql(manifest: SnapshotManifest, model: ModelDefinition, files: PartFiles): string[] {
  const { label, gates } = model;
  if (!manifest.keys.includes(label.join.scored)) {
    const { name } = manifest.view;
    throw new HeadraceError(
      'LABEL_JOIN_MISSING',
      `the snapshot of view ${name} holds the key fields ${manifest.keys.join(', ')}, and model ${model.name} joins its label by ${label.join.scored}; cut a new snapshot`,
      { remedy: 'fix-input', model: model.name, field: label.join.scored },
    );
  }
  const labels = files.labels.length > 0 ? parquet(files.labels) : NO_LABELS;
  const missing = label.ifNone === 'negative' ? 'coalesce(label, false)' : 'label';
  return [
    `create view vector as select * from ${parquet(files.vectors)}`,
    `create view label as select * from ${labels} where label is not null`,
    `create table vector_eligible as select partition, "offset", event_time, ${quoted(keyColumn(label.join.scored))} as join_value
       from vector where event_time + ${label.withinMs} <= ${manifest.asOf ?? 'null'}`,
    `create table eligible as select count(*) as rows, max(event_time) - ${gates.onMs} as gate_start from vector_eligible`,
    `create table labelled as select v.partition, v."offset",
         arg_max(l.label, row(l.known_time, l.topic, l.partition, l."offset")) as label
       from vector_eligible v join label l on l.join_value = v.join_value
         and l.known_time <= v.event_time + ${label.withinMs}
       group by all`,
    `create table example as
       with told as (
         select e.partition, e."offset", ${missing} as label
         from vector_eligible e left join labelled l on l.partition = e.partition and l."offset" = e."offset")
       select vector.*, told.label::integer as label,
         case when event_time >= gate_start then 'gate'
              when event_time < gate_start - ${gates.embargoMs} then 'train' else 'between' end as split
       from vector join told on told.partition = vector.partition and told."offset" = vector."offset", eligible
       where told.label is not null
       order by event_time, vector.partition, vector."offset"`,
  ];
}
