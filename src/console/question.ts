/**
 * URLs of questions about the entities of groups: `/v1/groups/<group>/<key>?at=` and `/v1/groups/<group>?top=`.
 * Everything behind the group's slash is the key, URL-encoded: any text, the empty one and slashes too.
 * Errors: `GROUP_UNKNOWN`, `QUESTION_INVALID`.
 */
import { type Question, TOP_MAX } from '../contract/state-answers.js';
import { HeadraceError } from '../error.js';
import type { GroupDefinition, TopologyDefinition } from '../topology/definition.js';
import { timeOf } from './time.js';

export const GROUPS_PATH = '/v1/groups/';
const TOP_DEFAULT = 20;

export const entityUrl = (group: string, key: string, at: number | null): string =>
  `${GROUPS_PATH}${encoded(group)}/${encoded(key)}${at === null ? '' : `?at=${at}`}`;
export const topUrl = (group: string, n: number): string => `${GROUPS_PATH}${encoded(group)}?top=${n}`;

/** @param url path and query of the request; the path begins with GROUPS_PATH */
export function questionOf(
  definition: TopologyDefinition,
  url: string,
): { readonly group: GroupDefinition; readonly question: Question } {
  const [path, query = ''] = split(url.slice(GROUPS_PATH.length), '?');
  const [name, key] = split(path, '/');
  const group = groupOf(definition, decoded(name));
  const parameters = parametersOf(query);
  if (key === undefined) return { group, question: { kind: 'top', n: topOf(parameters) } };
  return { group, question: { kind: 'entity', key: decoded(key), at: atOf(parameters) } };
}

function groupOf({ name: topology, groups }: TopologyDefinition, name: string): GroupDefinition {
  const group = groups.find((candidate) => candidate.name === name);
  if (group !== undefined) return group;
  const names = groups.map((one) => one.name);
  throw new HeadraceError('GROUP_UNKNOWN', `${topology} has no group ${name}; it has ${names.join(', ') || 'none'}`, {
    remedy: 'fix-input',
    topology,
    groups: names,
  });
}

/** Text before and after the first `by`; the second is absent where there is none. */
function split(text: string, by: string): [string, string?] {
  const at = text.indexOf(by);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

const parametersOf = (query: string) =>
  new Map(
    query
      .split('&')
      .filter((one) => one !== '')
      .map((one) => split(one, '=').map((part) => decoded(part ?? '')) as [string, string?])
      .map(([name, value = '']) => [name, value] as const),
  );

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalid(`${text} is not URL-encoded UTF-8`, cause);
  }
}

function atOf(parameters: ReadonlyMap<string, string>): number | null {
  const text = parameters.get('at') ?? '';
  if (text === '') return null;
  const ms = timeOf(text);
  if (ms === null) throw invalid(`at is ${text}: give a date, a time (2013-04-01T12:00) or ms since the epoch`);
  return ms;
}

function topOf(parameters: ReadonlyMap<string, string>): number {
  const text = parameters.get('top') ?? '';
  if (text === '') return TOP_DEFAULT;
  const n = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (n < 1 || n > TOP_MAX) throw invalid(`top is ${text}: give a whole number from 1 to ${TOP_MAX}`);
  return n;
}

const invalid = (message: string, cause?: unknown) =>
  new HeadraceError('QUESTION_INVALID', message, { remedy: 'fix-input', cause });

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    throw invalid('half a surrogate pair is no text', cause);
  }
}
