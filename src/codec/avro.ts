/**
 * Avro in Confluent's wire format (0, schema id as int32 big-endian, body), on cached avsc types.
 * Goal: nothing of the registry in the hot path. Method: a Writer has its id from the start; a Reader asks for each writer's
 * schema once (`prepare`) and then resolves with a cached resolver.
 * Errors: `RECORD_UNREADABLE` for bytes that no schema explains; those of the registry from `prepare`.
 */
import avro from 'avsc';
import { HeadraceError } from '../error.js';
import type { SchemaRegistry } from './registry.js';
import { carryOver, WRITER_UNIONS } from './resolve.js';

const MAGIC = 0;
const PREFIX_BYTES = 5;

/** Longs above 2^53 lose their last bits instead of failing. */
const lossyLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => Number(bytes.readBigInt64LE()),
  toBuffer(value: number) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(Math.trunc(value)));
    return bytes;
  },
  fromJSON: Number,
  toJSON: (value: number) => value,
  isValid: (value: unknown) => typeof value === 'number' && Number.isFinite(value),
  compare: (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1),
});

/** Compiling a type costs a millisecond; every task of a process that reads or writes the same schema shares it. */
const TYPES_MAX = 1024;
const types = new Map<string, avro.Type>();
type Resolver = ReturnType<avro.Type['createResolver']>;
const resolvers = new WeakMap<avro.Type, WeakMap<avro.Type, Resolver>>();

/** A copy with each long written by its name alone: avsc gives `{ type: 'long', … }` its own long, whatever stands in its registry. */
function plainLongs(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plainLongs);
  if (typeof schema !== 'object' || schema === null) return schema;
  // What has a name is a field of that type.
  if ((schema as { type?: unknown }).type === 'long' && !('name' in schema)) return 'long';
  // A default and a symbol are values.
  const isValue = (name: string) => name === 'default' || name === 'symbols';
  return Object.fromEntries(
    Object.entries(schema).map(([name, of]) => [name, isValue(name) ? structuredClone(of) : plainLongs(of)]),
  );
}

/** `wide`: longs of any size are read (a user's record); else longs are Headrace's own and fit 2^53 (faster). */
function typeOf(schema: unknown, wide: boolean, wrapUnions: 'auto' | 'always' = 'auto'): avro.Type {
  const key = `${wide} ${wrapUnions} ${JSON.stringify(schema)}`;
  let type = types.get(key);
  if (type === undefined) {
    type = avro.Type.forSchema((wide ? plainLongs(schema) : structuredClone(schema)) as avro.Schema, {
      wrapUnions,
      ...(wide ? { registry: { long: lossyLong as unknown as avro.Type } } : {}),
    });
    if (types.size >= TYPES_MAX) types.clear();
    types.set(key, type);
  }
  return type;
}

/** Throws where the reader cannot read what the writer writes. */
function resolverOf(reader: avro.Type, writer: avro.Type): Resolver {
  let own = resolvers.get(reader);
  if (own === undefined) {
    own = new WeakMap();
    resolvers.set(reader, own);
  }
  let resolver = own.get(writer);
  if (resolver === undefined) {
    resolver = reader.createResolver(writer);
    own.set(writer, resolver);
  }
  return resolver;
}

/** How records of one writer's schema are read: by the resolver, or by the writer's type and what carries a value over. */
interface How {
  readonly type: avro.Type;
  readonly resolver: Resolver | null;
  readonly carry: ((value: unknown) => unknown) | null;
}

/** Throws an Error that names the field where no value of `written` can be read. */
function howOf(reader: avro.Type, written: unknown, wide: boolean): How {
  const writer = typeOf(written, wide);
  const wrapped = typeOf(written, wide, WRITER_UNIONS);
  const notes = { longAsDouble: false };
  const carry = carryOver(reader, wrapped, notes);
  if (!notes.longAsDouble) {
    try {
      return { type: writer, resolver: resolverOf(reader, writer), carry: null };
    } catch {
      // It refuses a schema of which some values cannot be read.
    }
  }
  return { type: wrapped, resolver: null, carry };
}

export interface Writer<T> {
  readonly id: number;
  encode(value: T): Buffer;
}

export interface Reader<T> {
  /** Fetches the writer's schemas that these records need and that are not yet here. */
  prepare(values: Iterable<Buffer | null>): Promise<void>;
  /** Whether `decode` has the schema that this value needs (or needs none to refuse it). */
  ready(value: Buffer): boolean;
  decode(value: Buffer): T;
}

export class Codec {
  readonly #registry: SchemaRegistry;
  readonly #registered = new Map<string, Promise<number>>();
  readonly #written = new Map<number, Promise<unknown>>();

  constructor(registry: SchemaRegistry) {
    this.#registry = registry;
  }

  /** Registers `schema` under `<topic>-value`. */
  async writer<T>(topic: string, schema: unknown, options: { readonly wide?: boolean } = {}): Promise<Writer<T>> {
    const id = await this.#register(`${topic}-value`, schema);
    const type = typeOf(schema, options.wide ?? false);
    let size = 1024;
    return {
      id,
      encode(value) {
        for (;;) {
          const buffer = Buffer.allocUnsafe(size);
          buffer[0] = MAGIC;
          buffer.writeInt32BE(id, 1);
          const end = type.encode(value, buffer, PREFIX_BYTES);
          if (end >= 0) return Buffer.from(buffer.subarray(0, end));
          size = Math.max(size * 2, buffer.length - end);
        }
      },
    };
  }

  /** Once a subject and schema: the tasks of a worker share the answer. */
  #register(subject: string, schema: unknown): Promise<number> {
    const key = `${subject} ${JSON.stringify(schema)}`;
    let registered = this.#registered.get(key);
    if (registered === undefined) {
      registered = this.#registry.register(subject, schema);
      this.#registered.set(key, registered);
      registered.catch(() => this.#registered.delete(key));
    }
    return registered;
  }

  /** @param schema of the reader: what the caller sees, whatever version wrote it */
  reader<T>(schema: unknown, options: { readonly wide?: boolean } = {}): Reader<T> {
    const registry = this.#registry;
    const wide = options.wide ?? false;
    const type = typeOf(schema, wide);
    const text = JSON.stringify(schema);
    const known = new Map<number, How | { readonly refused: HeadraceError }>();

    const learn = async (id: number) => {
      let fetched = this.#written.get(id);
      if (fetched === undefined) {
        fetched = this.#registry.schema(id);
        this.#written.set(id, fetched);
        fetched.catch(() => this.#written.delete(id));
      }
      let written: unknown;
      try {
        written = await fetched;
      } catch (cause) {
        if ((cause as HeadraceError).code !== 'SCHEMA_NOT_AVRO') throw cause;
        // What an id stands for never changes: no record of it will ever be read.
        known.set(id, { refused: cause as HeadraceError });
        return;
      }
      if (JSON.stringify(written) === text) {
        known.set(id, { type, resolver: null, carry: null });
        return;
      }
      try {
        known.set(id, howOf(type, written, wide));
      } catch (cause) {
        const subjects = (await registry.subjects?.(id).catch(() => [])) ?? [];
        const named = subjects.length === 0 ? '' : ` (${subjects.join(', ')})`;
        throw new HeadraceError(
          'SCHEMA_INCOMPATIBLE',
          `schema ${id}${named} cannot be read as ${(schema as { name?: string }).name}: ${(cause as Error).message}; give the topology a schema that reads both (a default, an alias, a union), and start the worker again: nothing is skipped`,
          { remedy: 'fix-definition', cause, id },
        );
      }
    };

    const idOf = (value: Buffer) =>
      value.length > PREFIX_BYTES - 1 && value[0] === MAGIC ? value.readInt32BE(1) : null;

    return {
      async prepare(values) {
        for (const value of values) {
          const id = value === null ? null : idOf(value);
          if (id !== null && !known.has(id)) await learn(id);
        }
      },
      ready(value) {
        const id = idOf(value);
        return id === null || known.has(id);
      },
      decode(value) {
        const id = idOf(value);
        if (id === null) {
          throw unreadable(`it does not begin with the wire format's 0 and a schema id (${value.length} bytes)`);
        }
        const how = known.get(id);
        if (how === undefined) throw unreadable(`schema ${id} was not prepared`);
        if ('refused' in how) throw unreadable(how.refused.message, how.refused);
        try {
          const { value: decoded, offset } = how.resolver
            ? type.decode(value, PREFIX_BYTES, how.resolver)
            : how.type.decode(value, PREFIX_BYTES);
          if (offset < 0) throw new Error('it ends too early');
          if (offset !== value.length) throw new Error(`${value.length - offset} bytes are left over`);
          return (how.carry === null ? decoded : how.carry(decoded)) as T;
        } catch (cause) {
          throw unreadable(`by schema ${id}: ${(cause as Error).message}`, cause);
        }
      },
    };
  }
}

const unreadable = (why: string, cause?: unknown) =>
  new HeadraceError('RECORD_UNREADABLE', `record cannot be read: ${why}`, { remedy: 'fix-input', cause });
