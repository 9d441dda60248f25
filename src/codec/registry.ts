/**
 * The SchemaRegistry port: to fetch and register schemas, never in the hot path. Confluent's API, or memory.
 * Errors: `SCHEMA_UNKNOWN` (the registry answers that it has no such id) and `REGISTRY_UNAVAILABLE`; both are retried by
 * whoever asks, since a record must not be judged by a registry's bad day.
 */
import { COMPATIBILITY, SchemaRegistry as Confluent, SchemaType } from '@kafkajs/confluent-schema-registry';
import { HeadraceError } from '../error.js';

export interface SchemaRegistry {
  /** Registers an Avro schema (JSON) under a subject, or finds it there; returns its id. */
  register(subject: string, schema: unknown): Promise<number>;
  /** The Avro schema (JSON) with this id. */
  schema(id: number): Promise<unknown>;
  /** The subjects under which it is registered, for messages; a registry need not tell. */
  subjects?(id: number): Promise<readonly string[]>;
}

/** Basic authentication. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** Headers of a request of our own. */
export const loginHeaders = (login: RegistryLogin | undefined): Record<string, string> =>
  login === undefined
    ? {}
    : { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}` };

const RACES_MAX = 4;
/** So often another compatibility than ours may be one that is being set at this moment. */
const SETTLING_ATTEMPTS = 2;
const ASK_MAX_MS = 5_000;
const RACE_WAIT_MS = 100;

/** @param url of a registry with Confluent's API, e.g. `http://127.0.0.1:8081` */
export function confluentRegistry(url: string, auth?: RegistryLogin): SchemaRegistry {
  const host = url.replace(/\/+$/, '');
  const client = new Confluent({ host, ...(auth ? { auth: { ...auth } } : {}) });

  /** The subject's own compatibility: what a person set there, or what a registration that was cut off left behind. */
  const compatibilityOf = async (subject: string): Promise<COMPATIBILITY> => {
    const answer = await fetch(`${host}/config/${encodeURIComponent(subject)}`, {
      signal: AbortSignal.timeout(ASK_MAX_MS),
      headers: loginHeaders(auth),
    });
    if (!answer.ok) throw new Error(`it answers ${answer.status} to a question for the compatibility of ${subject}`);
    return ((await answer.json()) as { compatibilityLevel: string }).compatibilityLevel.toUpperCase() as COMPATIBILITY;
  };

  /**
   * Two that register a new subject at the same moment: one of them is told of a conflict, and finds it there when it asks again;
   * or sees it before the other has set its compatibility, in a second request. One that stays is the subject's own, and is kept.
   */
  const registerOnce = async (subject: string, schema: unknown): Promise<number> => {
    let compatibility: COMPATIBILITY = COMPATIBILITY.BACKWARD;
    for (let attempt = 1; ; attempt++) {
      try {
        const { id } = await client.register(
          { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
          { subject, compatibility },
        );
        return id;
      } catch (cause) {
        const conflict = (cause as { status?: number }).status === 409;
        if ((!conflict && !differs(cause)) || attempt >= RACES_MAX) throw cause;
        await new Promise((done) => setTimeout(done, RACE_WAIT_MS * attempt));
        if (differs(cause) && attempt >= SETTLING_ATTEMPTS) compatibility = await compatibilityOf(subject);
      }
    }
  };

  return {
    async register(subject, schema) {
      try {
        return await registerOnce(subject, schema);
      } catch (cause) {
        const status = (cause as { status?: number }).status;
        if (status === 409 || status === 422 || differs(cause) || isInvalid(cause)) {
          throw new HeadraceError(
            'SCHEMA_REFUSED',
            `schema registry ${host} refused the schema of subject ${subject}: ${(cause as Error).message}`,
            { remedy: 'fix-definition', cause, subject },
          );
        }
        throw unavailable(host, `register subject ${subject}`, cause);
      }
    },
    async schema(id) {
      try {
        const schema = (await client.getSchema(id)) as { schema?: (options: object) => unknown };
        if (typeof schema.schema !== 'function') {
          throw new HeadraceError('SCHEMA_NOT_AVRO', `schema ${id} of registry ${host} is not Avro`, {
            remedy: 'fix-input',
            id,
          });
        }
        return schema.schema({ exportAttrs: true });
      } catch (cause) {
        if (cause instanceof HeadraceError) throw cause;
        if ((cause as { status?: number }).status === 404) throw unknownSchema(id, host, cause);
        throw unavailable(host, `fetch schema ${id}`, cause);
      }
    },
    async subjects(id) {
      const answer = await fetch(`${host}/schemas/ids/${id}/versions`, {
        signal: AbortSignal.timeout(ASK_MAX_MS),
        headers: loginHeaders(auth),
      });
      if (!answer.ok) return [];
      const versions = (await answer.json()) as readonly { subject: string; version: number }[];
      return versions.map(({ subject, version }) => `${subject} version ${version}`);
    },
  };
}

/** The client finds that it is no schema, and asks nobody. */
const isInvalid = (cause: unknown) => (cause as Error).name === 'ConfluentSchemaRegistryArgumentError';

/** The client found another compatibility than it was told. */
const differs = (cause: unknown) => (cause as Error).name === 'ConfluentSchemaRegistryCompatibilityError';

/** A registry in this process, with ids from 1. */
export function memoryRegistry(): SchemaRegistry {
  const byText = new Map<string, number>();
  const byId = new Map<number, unknown>();
  return {
    async register(_subject, schema) {
      const text = JSON.stringify(schema);
      let id = byText.get(text);
      if (id === undefined) {
        id = byId.size + 1;
        byText.set(text, id);
        byId.set(id, schema);
      }
      return id;
    },
    async schema(id) {
      if (!byId.has(id)) throw unknownSchema(id, 'in memory');
      return byId.get(id);
    },
  };
}

const unknownSchema = (id: number, host: string, cause?: unknown) =>
  new HeadraceError(
    'SCHEMA_UNKNOWN',
    `schema ${id} is unknown to the registry (${host}): register it, or correct the producer that wrote it`,
    { remedy: 'retry', cause, id },
  );

const unavailable = (host: string, what: string, cause: unknown) =>
  new HeadraceError('REGISTRY_UNAVAILABLE', `schema registry ${host} cannot ${what}: ${(cause as Error).message}`, {
    remedy: 'retry',
    cause,
  });
