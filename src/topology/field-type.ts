/**
 * What an Avro field holds, as far as Headrace reads it: one of the primitive kinds, nullable or not.
 * Everything else (arrays, maps, records, bytes, unions of two kinds) is `unsupported`: it travels, but no feature reads it.
 */
import type { RecordSchema, ValueType } from './definition.js';

export type FieldKind = 'long' | 'int' | 'double' | 'float' | 'string' | 'boolean' | 'enum' | 'unsupported';

export interface FieldType {
  readonly kind: FieldKind;
  readonly nullable: boolean;
}

const PRIMITIVES: ReadonlySet<unknown> = new Set(['long', 'int', 'double', 'float', 'string', 'boolean']);

/** @returns null where the schema has no such field */
export function fieldType(schema: RecordSchema, field: string): FieldType | null {
  const found = schema.fields.find((candidate) => candidate.name === field);
  if (found === undefined) return null;
  const branches = Array.isArray(found.type) ? (found.type as unknown[]) : [found.type];
  const others = branches.filter((branch) => !isNull(branch));
  const nullable = others.length < branches.length;
  return { kind: others.length === 1 ? kindOf(schema, others[0]) : 'unsupported', nullable };
}

/** The field's logical type (`timestamp-micros`, …), or null. */
export function logicalType(schema: RecordSchema, field: string): string | null {
  const type = schema.fields.find((candidate) => candidate.name === field)?.type;
  for (const branch of Array.isArray(type) ? (type as unknown[]) : [type]) {
    if (isObject(branch) && typeof branch.logicalType === 'string') return branch.logicalType;
  }
  return null;
}

/** Of a text these are a category, and not a number. */
const KEEPS_VALUE: ReadonlySet<string> = new Set(['first', 'last', 'top']);

/** What an aggregate of such values is as a feature; null stands for the event itself, or for a field that is not there. */
export const featureType = (aggregate: string, kind: FieldKind | null): ValueType =>
  kind !== null && isText(kind) && KEEPS_VALUE.has(aggregate) ? 'category' : 'number';

export const isNumeric = (kind: FieldKind) =>
  kind === 'long' || kind === 'int' || kind === 'double' || kind === 'float';
export const isInteger = (kind: FieldKind) => kind === 'long' || kind === 'int';
export const isText = (kind: FieldKind) => kind === 'string' || kind === 'enum';

function kindOf(schema: RecordSchema, type: unknown): FieldKind {
  if (PRIMITIVES.has(type)) return type as FieldKind;
  if (typeof type === 'string') return isEnumOf(schema, type) ? 'enum' : 'unsupported';
  if (!isObject(type)) return 'unsupported';
  if (type.type === 'enum') return 'enum';
  return PRIMITIVES.has(type.type) ? (type.type as FieldKind) : 'unsupported';
}

/** An enum may be written out once and named afterwards. */
function isEnumOf(schema: RecordSchema, name: string): boolean {
  return schema.fields.some(({ type }) =>
    (Array.isArray(type) ? (type as unknown[]) : [type]).some((branch) => {
      if (!isObject(branch) || branch.type !== 'enum') return false;
      const namespace = branch.namespace ?? schema.namespace;
      return branch.name === name || `${String(namespace)}.${String(branch.name)}` === name;
    }),
  );
}

interface TypeObject {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly logicalType?: unknown;
}
const isObject = (value: unknown): value is TypeObject => typeof value === 'object' && value !== null;
const isNull = (type: unknown) => type === 'null' || (isObject(type) && type.type === 'null');
