/** Judges the schema registry: reach, mode, and whether its schemas are those that topics were written by. Pure. */
import { error, type Finding, named, ok, warning } from './finding.js';

export interface SubjectFacts {
  readonly subject: string;
  /** Whether it is a raw topic's, whose schemas belong to the user. */
  readonly raw: boolean;
  /** Its own rule; null where it has none of its own. */
  readonly compatibility: string | null;
  /** Why records of its newest schema could not be read as the topology has them; null: they could. */
  readonly incompatible: string | null;
}

export interface RegistryFacts {
  readonly url: string;
  /** Why it does not answer; null: it does. */
  readonly error: string | null;
  /** Of the whole registry, e.g. READWRITE; null where it does not say. */
  readonly mode: string | null;
  /** Of the topics that exist. */
  readonly subjects: readonly SubjectFacts[];
  /** Topics that exist and have no subject. */
  readonly without: readonly { readonly topic: string; readonly raw: boolean }[];
  /** Topics whose last record names a schema that the registry does not have. */
  readonly lost: readonly { readonly topic: string; readonly id: number }[];
}

export function judgeRegistry({ url, error: why, mode, subjects, without, lost }: RegistryFacts): readonly Finding[] {
  if (why !== null) {
    return [
      error('registry', `${url} does not answer: ${why}`, 'start it, or correct SCHEMA_REGISTRY_URL and its login'),
    ];
  }
  const findings: Finding[] = [ok('registry', `${url} answers${mode === null ? '' : `, mode ${mode}`}`)];
  if (mode !== null && mode !== 'READWRITE') {
    const message = `its mode is ${mode}: a worker that has a schema to register cannot start`;
    findings.push(error('registry', message, 'PUT /mode with READWRITE'));
  }
  if (lost.length > 0) {
    const which = named(lost.map(({ topic, id }) => `${topic} (schema ${id})`));
    const message = `it does not have the schemas by which these topics’ last records were written: ${which}`;
    findings.push(
      error('registry', message, 'SCHEMA_UNKNOWN in docs/operations.md: bring its schemas back with the same ids'),
    );
  }
  const rawWithout = without.filter(({ raw }) => raw).map(({ topic }) => topic);
  if (rawWithout.length > 0) {
    const message = `no schema is registered for the raw topics ${named(rawWithout)} (subject <topic>-value)`;
    findings.push(
      warning('registry', message, 'let their producers register one; records of another format are dead letters'),
    );
  }
  for (const { subject, incompatible } of subjects) {
    if (incompatible === null) continue;
    const message = `the newest schema of ${subject} cannot be read as the topology’s: ${incompatible}`;
    findings.push(error('registry', message, 'correct the schema in the topology, or the producer’s'));
  }
  const loose = subjects
    .filter(({ raw, compatibility }) => raw && compatibility === 'NONE')
    .map(({ subject }) => subject);
  if (loose.length > 0) {
    const message = `compatibility NONE lets producers change ${named(loose)} so that it cannot be read`;
    findings.push(warning('registry', message, 'PUT /config/<subject> with BACKWARD'));
  }
  return findings;
}
