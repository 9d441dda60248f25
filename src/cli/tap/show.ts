/**
 * Bytes of any topic as JSON: what a record's key, headers and value say, as far as one can tell. Pure, but for the schemas that
 * `Values` fetches.
 * Method: Avro by the schema id in front of it, whoever wrote it; else text where it is text; else base64.
 */
import type { Codec, Reader } from '../../codec/avro.js';
import type { SchemaRegistry } from '../../codec/registry.js';
import { HeadraceError } from '../../error.js';

const MAGIC = 0;
const PREFIX_BYTES = 5;
const NAMESPACE = 'headrace';

export type Shown =
  /** No value: a mark, or a tombstone. */
  | { readonly kind: 'null' }
  | { readonly kind: 'avro'; readonly value: unknown; readonly form: 'frame' | 'fact' | 'record' }
  /** `unreadable`: why what looks like Avro is shown as bytes. */
  | {
      readonly kind: 'bytes';
      readonly value: { text: string } | { base64: string };
      readonly unreadable: string | null;
    };

interface Schema {
  readonly reader: Reader<unknown>;
  readonly form: 'frame' | 'fact' | 'record';
}

export class Values {
  readonly #codec: Codec;
  readonly #registry: SchemaRegistry;
  readonly #schemas = new Map<number, Schema>();

  constructor(codec: Codec, registry: SchemaRegistry) {
    this.#codec = codec;
    this.#registry = registry;
  }

  /** Errors: those of the registry, but not that it does not know a schema: then the bytes are shown. */
  async show(value: Buffer | null): Promise<Shown> {
    if (value === null) return { kind: 'null' };
    if (value.length < PREFIX_BYTES || value[0] !== MAGIC) return bytesOf(value, null);
    try {
      const { reader, form } = await this.#schema(value.readInt32BE(1));
      await reader.prepare([value]);
      return { kind: 'avro', value: plain(reader.decode(value)), form };
    } catch (cause) {
      const shown = ['SCHEMA_UNKNOWN', 'SCHEMA_NOT_AVRO', 'RECORD_UNREADABLE'];
      if (cause instanceof HeadraceError && shown.includes(cause.code)) return bytesOf(value, cause.message);
      throw cause;
    }
  }

  async #schema(id: number): Promise<Schema> {
    const found = this.#schemas.get(id);
    if (found !== undefined) return found;
    const schema = await this.#registry.schema(id);
    const made: Schema = { reader: this.#codec.reader(schema, { wide: true }), form: formOf(schema) };
    this.#schemas.set(id, made);
    return made;
  }
}

/** Headrace's own records are known by their namespace; frames by their list of rows. */
function formOf(schema: unknown): Schema['form'] {
  const { namespace, name, fields } = schema as { namespace?: string; name?: string; fields?: { name: string }[] };
  const full = namespace === undefined ? (name ?? '') : `${namespace}.${name}`;
  if (!full.startsWith(`${NAMESPACE}.`)) return 'record';
  if (full === `${NAMESPACE}.fact`) return 'fact';
  return full !== `${NAMESPACE}.served` && fields?.some((field) => field.name === 'rows') === true ? 'frame' : 'record';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
// Control characters other than tab and line ends do not stand in text.
const CONTROL = /[^\P{Cc}\t\n\r]/u;

/** Text where all of it is text. */
export function textOrBase64(bytes: Buffer): { text: string } | { base64: string } {
  try {
    const text = utf8.decode(bytes);
    if (!CONTROL.test(text)) return { text };
  } catch {
    // not UTF-8
  }
  return { base64: bytes.toString('base64') };
}

const bytesOf = (value: Buffer, unreadable: string | null): Shown => ({
  kind: 'bytes',
  value: textOrBase64(value),
  unreadable,
});

/** A copy that JSON can hold: bytes as base64, what is not finite as a word. */
export function plain(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}
