/** Views: their groups, their own fields, and that all names of a vector are different. */
import type { TopologyDefinition, ViewDefinition, ViewField } from '../definition.js';
import { isText } from '../field-type.js';
import { isTimeZone } from '../time-zone.js';
import { DURATION, isDuration } from './durations.js';
import { checkField, INTEGERS, VALUES } from './fields.js';
import { checkFeatureName, checkVersion } from './names.js';
import { findEvent, type Report, repeated } from './problem.js';

export function checkViews(definition: TopologyDefinition, report: Report): void {
  for (const topic of repeated(definition.views.map((view) => view.score))) {
    const names = definition.views.filter((view) => view.score === topic).map((view) => view.name);
    report
      .at(`view ${names[1]}`)
      .add(
        `event ${topic} is scored by views ${names.join(', ')}: one view per scored event is allowed`,
        'put the features of both into one view',
      );
  }
  for (const view of definition.views) checkView(definition, view, report.at(`view ${view.name}`));
}

function checkView(definition: TopologyDefinition, view: ViewDefinition, report: Report): void {
  checkVersion(view.version, report);
  const event = findEvent(definition, view.score);
  if (event === undefined) {
    report.add(`the scored event ${view.score} is unknown`, 'add it to the topology');
    return;
  }
  if (view.deadlineMs !== undefined) {
    report.check(isDuration(view.deadlineMs, 1), 'deadline is no duration', DURATION);
    report.check(view.groups.length > 0, 'it has a deadline, and no group to wait for', 'take the deadline out');
  }
  for (const name of repeated(view.groups)) report.at(`group ${name}`).add('it is named twice', 'name it once');
  for (const name of new Set(view.groups)) {
    const group = definition.groups.find((candidate) => candidate.name === name);
    const place = report.at(`group ${name}`);
    if (group === undefined) place.add('the topology has no such group', 'add it, or take it out of the view');
    else {
      place.check(
        Object.hasOwn(group.keys, view.score),
        `it has no key for the scored event ${view.score}, so it cannot answer it`,
        `add the field of ${view.score} that names the entity to the group's key`,
      );
    }
  }
  for (const field of view.fields) checkViewField(event, field, report.at(`field ${field.name}`));
  checkColumns(definition, view, [...event.id, 'time'], report);
}

function checkViewField(event: Parameters<typeof checkField>[0], field: ViewField, report: Report): void {
  checkFeatureName(field.name, report);
  const { of, type } = field;
  if (of.kind !== 'field') {
    checkField(event, of.field, report, { kinds: INTEGERS, as: of.kind });
    report.check(
      isTimeZone(of.timeZone),
      `${JSON.stringify(of.timeZone)} is no time zone`,
      "use an IANA name: 'Europe/Berlin'",
    );
    report.check(type === 'number', `${of.kind} is a number, not a category`, "make its type 'number'");
    return;
  }
  const found = checkField(event, of.field, report, { kinds: VALUES, as: 'a feature' });
  if (found === null) return;
  const right = isText(found.kind) ? 'category' : 'number';
  report.check(
    type === right,
    `it is declared as a ${type}, but ${of.field} is ${found.kind}`,
    `make its type '${right}'`,
  );
}

/** A vector's columns stand beside the id and the time in one Parquet file, which does not tell `A` from `a`. */
function checkColumns(
  definition: TopologyDefinition,
  view: ViewDefinition,
  kept: readonly string[],
  report: Report,
): void {
  const places = new Map<string, string>(kept.map((name) => [name.toLowerCase(), `the ${name} of the event`]));
  const groups = definition.groups.filter((group) => view.groups.includes(group.name));
  const columns = [
    ...groups.flatMap((group) => group.features.map(({ name }) => ({ name, place: `group ${group.name}` }))),
    ...view.fields.map(({ name }) => ({ name, place: `view ${view.name}` })),
  ];
  report.check(columns.length > 0, 'it has no features', 'add a group or a field');
  for (const { name, place } of columns) {
    const other = places.get(name.toLowerCase());
    // Two features of one group are the group's own problem.
    report
      .at(place.startsWith('view') ? `field ${name}` : `${place} > feature ${name}`)
      .check(
        other === undefined || (other === place && place.startsWith('group')),
        `its name is taken by ${other} (without regard to case)`,
        'give every feature and field of a view a name of its own',
      );
    places.set(name.toLowerCase(), place);
  }
}
