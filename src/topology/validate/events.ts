/** Events: what identifies them, and their times. */
import type { EventDefinition } from '../definition.js';
import { logicalType } from '../field-type.js';
import { checkField, INTEGERS, KEYS } from './fields.js';
import { list, type Report, repeated } from './problem.js';

export function checkEvent(event: EventDefinition, report: Report): void {
  checkSchema(event, report);
  report.check(event.id.length > 0, 'it has no id', "name the field or fields that identify it: id: 'order_id'");
  for (const field of repeated(event.id)) report.at('id').add(`${field} is named twice`, 'name each field once');
  for (const field of event.id) checkField(event, field, report.at('id'), { kinds: [...KEYS, 'enum'], as: 'an id' });
  checkTime(event, event.time, report.at('time'));
  if (event.knownAt.by === 'broker') return;
  const { field, plusMs } = event.knownAt;
  if (field !== event.time) checkTime(event, field, report.at('knownAt'));
  report
    .at('knownAt')
    .check(
      Number.isSafeInteger(plusMs) && plusMs >= 0,
      'its delay is no duration',
      "write it as '500ms', '15s', '30m', '1h' or '7d'",
    );
}

function checkSchema(event: EventDefinition, report: Report): void {
  const place = report.at('schema');
  const names = event.schema.fields.map(({ name }) => name);
  place.check(names.length > 0, 'it has no fields', 'give it an Avro record with the fields of the event');
  const twice = repeated(names);
  place.check(twice.length === 0, `it has two fields of one name: ${list(twice)}`, 'rename one');
}

function checkTime(event: EventDefinition, field: string, report: Report): void {
  const type = checkField(event, field, report, { kinds: INTEGERS, as: 'a time', notNull: true });
  if (type === null) return;
  const logical = logicalType(event.schema, field);
  report.check(
    logical === null || logical === 'timestamp-millis' || logical === 'local-timestamp-millis',
    `field ${field} is ${logical}, not milliseconds since the epoch`,
    'use a field in milliseconds (a plain long, or timestamp-millis)',
  );
}
