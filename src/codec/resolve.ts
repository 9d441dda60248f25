/**
 * Reading by value what avsc refuses as a whole: Avro resolves a writer's union or enum at each datum, so a schema that has become
 * wider than the reader's is read as long as its values fit.
 * Method: the record is decoded by its writer's type and carried over to the reader's by a plan that is made once a schema. A slow
 * path, for such schemas only. Source: Avro 1.11, "Schema Resolution".
 * Invariants: a plan that no value could pass is refused when it is made; a value that does not fit throws, naming its field.
 */
import avro from 'avsc';

/** Of the writer's type, as the plan needs it: every union wrapped, so that each value says its branch. */
export const WRITER_UNIONS = 'always' as const;

type Carry = (value: unknown) => unknown;
/** What a plan found on its way. */
export interface Notes {
  /** A long is read as float or double. avsc reads such a one wrongly from 2^52 on (its sign may change). */
  longAsDouble: boolean;
}
type Record_ = Record<string, unknown>;

const PROMOTED: Readonly<Record<string, readonly string[]>> = {
  int: ['int', 'long', 'float', 'double'],
  long: ['long', 'float', 'double'],
  float: ['float', 'double'],
  string: ['string', 'bytes'],
  bytes: ['bytes', 'string'],
};
/** A schema that contains itself deeper than this is refused. */
const DEPTH_MAX = 32;

/** Throws an Error that names the field where no value of the writer's could be read. */
export function carryOver(reader: avro.Type, writer: avro.Type, notes: Notes, path = '', depth = 0): Carry {
  const at = path === '' ? '' : `field ${path}: `;
  const refuse = (): never => {
    throw new Error(`${at}${textOf(writer)} cannot be read as ${textOf(reader)}`);
  };
  if (depth > DEPTH_MAX) throw new Error(`${at}it contains itself`);
  if (avro.Type.isType(writer, 'union'))
    return ofUnion(reader, writer as avro.types.WrappedUnionType, notes, path, depth);
  if (avro.Type.isType(reader, 'union'))
    return intoUnion(reader as avro.types.UnwrappedUnionType, writer, notes, path, depth);
  const [r, w] = [plain(reader), plain(writer)];
  if (avro.Type.isType(reader, 'record') && avro.Type.isType(writer, 'record')) {
    if (!sameName(reader, writer)) refuse();
    return ofRecord(reader as avro.types.RecordType, writer as avro.types.RecordType, notes, path, depth);
  }
  if (avro.Type.isType(reader, 'enum') && avro.Type.isType(writer, 'enum')) {
    return sameName(reader, writer)
      ? ofEnum(reader as avro.types.EnumType, writer as avro.types.EnumType, at)
      : refuse();
  }
  if (r === 'array' && w === 'array') {
    const item = carryOver(
      (reader as avro.types.ArrayType).itemsType,
      (writer as avro.types.ArrayType).itemsType,
      notes,
      `${path}[]`,
      depth + 1,
    );
    return (value) => (value as unknown[]).map(item);
  }
  if (r === 'map' && w === 'map') {
    const one = carryOver(
      (reader as avro.types.MapType).valuesType,
      (writer as avro.types.MapType).valuesType,
      notes,
      `${path}{}`,
      depth + 1,
    );
    return (value) => Object.fromEntries(Object.entries(value as Record_).map(([key, of]) => [key, one(of)]));
  }
  if (r === 'fixed' && w === 'fixed') {
    const sizes = [reader, writer].map((type) => (type as avro.types.FixedType).size);
    return sameName(reader, writer) && sizes[0] === sizes[1] ? (value) => value : refuse();
  }
  if (!(PROMOTED[w] ?? [w]).includes(r)) refuse();
  if (w === 'string' && r === 'bytes') return (value) => Buffer.from(value as string);
  if (w === 'bytes' && r === 'string') return (value) => (value as Buffer).toString('utf8');
  if (w === 'long' && r !== 'long') notes.longAsDouble = true;
  if (r === 'float') return (value) => Math.fround(value as number);
  return (value) => value;
}

function ofUnion(
  reader: avro.Type,
  writer: avro.types.WrappedUnionType,
  notes: Notes,
  path: string,
  depth: number,
): Carry {
  const branches = new Map<string, Carry | Error>();
  for (const branch of writer.types) {
    const name = branch.branchName!;
    try {
      branches.set(name, carryOver(reader, branch, notes, path, depth + 1));
    } catch (error) {
      branches.set(name, error as Error);
    }
  }
  const tried = [...branches.values()];
  const first = tried.find((carry) => carry instanceof Error);
  // Where only null could be read, it is another field.
  const others = [...branches].filter(([name]) => name !== 'null').map(([, carry]) => carry);
  if (first !== undefined && others.every((carry) => carry instanceof Error)) throw others[0] ?? first;
  return (value) => {
    const name = value === null ? 'null' : Object.keys(value as Record_)[0]!;
    const carry = branches.get(name)!;
    if (carry instanceof Error) throw carry;
    return carry(value === null ? null : (value as Record_)[name]);
  };
}

function intoUnion(
  reader: avro.types.UnwrappedUnionType,
  writer: avro.Type,
  notes: Notes,
  path: string,
  depth: number,
): Carry {
  const wrapped = reader.typeName === 'union:wrapped';
  let refused: Error | null = null;
  // The same type comes before one that it can be promoted to.
  const order = [...reader.types].sort(
    (a, b) => Number(plain(b) === plain(writer)) - Number(plain(a) === plain(writer)),
  );
  for (const branch of order) {
    try {
      const carry = carryOver(branch, writer, notes, path, depth + 1);
      const name = branch.branchName!;
      return wrapped && name !== 'null' ? (value) => ({ [name]: carry(value) }) : carry;
    } catch (error) {
      if (branch.typeName !== 'null') refused ??= error as Error;
    }
  }
  throw refused ?? new Error(`field ${path}: ${textOf(writer)} cannot be read as ${textOf(reader)}`);
}

function ofRecord(
  reader: avro.types.RecordType,
  writer: avro.types.RecordType,
  notes: Notes,
  path: string,
  depth: number,
): Carry {
  const own = new Map(writer.fields.map((field) => [field.name, field]));
  const plan = reader.fields.map((field): readonly [string, string | null, Carry] => {
    const name = path === '' ? field.name : `${path}.${field.name}`;
    const from = [field.name, ...field.aliases].map((alias) => own.get(alias)).find((found) => found !== undefined);
    if (from !== undefined) return [field.name, from.name, carryOver(field.type, from.type, notes, name, depth + 1)];
    if (field.defaultValue() === undefined) {
      throw new Error(`field ${name}: the writer has none of that name, and it has no default`);
    }
    return [field.name, null, () => field.defaultValue()];
  });
  return (value) => {
    const made: Record_ = {};
    for (const [to, from, carry] of plan) made[to] = carry(from === null ? undefined : (value as Record_)[from]);
    return made;
  };
}

function ofEnum(reader: avro.types.EnumType, writer: avro.types.EnumType, at: string): Carry {
  const known = new Set(reader.symbols);
  const fallback = (reader as { default?: string }).default;
  if (fallback === undefined && !writer.symbols.some((symbol) => known.has(symbol))) {
    throw new Error(`${at}${textOf(writer)} has no symbol of ${textOf(reader)}`);
  }
  return (value) => {
    if (known.has(value as string)) return value;
    if (fallback !== undefined) return fallback;
    throw new Error(`${at}${value} is no symbol of ${textOf(reader)}, which has no default`);
  };
}

const unqualified = (name: string) => name.slice(name.lastIndexOf('.') + 1);

/** A long of our own reading (`avro.ts`) is a long. */
const plain = ({ typeName }: avro.Type) => typeName.replace(/^abstract:/, '');
/** Names count without their namespace; an alias of the reader's is one of its names. */
function sameName(reader: avro.Type, writer: avro.Type): boolean {
  const names = [reader.name, ...(reader.aliases ?? [])].filter((name) => name !== undefined).map(unqualified);
  return writer.name === undefined || names.includes(unqualified(writer.name));
}

const textOf = (type: avro.Type) => {
  const schema = type.schema() as string | { type?: string; name?: string };
  if (typeof schema === 'string') return schema;
  return type.name === undefined ? JSON.stringify(schema) : `${schema.type} ${type.name}`;
};
