/** Asks the schema registry what it has of a topology's topics, and whether it is what they were written by. */

import { Codec } from '../../codec/avro.js';
import { loginHeaders, type RegistryLogin, type SchemaRegistry } from '../../codec/registry.js';
import { HeadraceError } from '../../error.js';
import { type Log, lastRecord } from '../../log/log.js';
import type { EventDefinition } from '../../topology/definition.js';
import type { RegistryFacts, SubjectFacts } from './registry.js';

const ASK_MAX_MS = 5_000;

export interface RegistryIo {
  readonly url: string;
  readonly login: RegistryLogin | undefined;
  readonly registry: SchemaRegistry;
  readonly log: Log;
}

/** @param topics that exist, by name their partitions; @param avro those of them that hold Avro records of Headrace or of the user */
export async function gatherRegistry(
  events: readonly EventDefinition[],
  avro: ReadonlyMap<string, number>,
  io: RegistryIo,
): Promise<RegistryFacts> {
  const { url, login } = io;
  /** Null where there is no such thing. */
  const ask = async (path: string): Promise<unknown> => {
    const answer = await fetch(`${url}${path}`, {
      headers: loginHeaders(login),
      signal: AbortSignal.timeout(ASK_MAX_MS),
    });
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`${path} is answered with status ${answer.status}`);
    return answer.json();
  };
  const none = { url, mode: null, subjects: [], without: [], lost: [] };
  let listed: ReadonlySet<string>;
  try {
    listed = new Set(((await ask('/subjects')) ?? []) as string[]);
  } catch (cause) {
    const { message, cause: deeper } = cause as Error & { cause?: Error };
    return { ...none, error: deeper?.message || message };
  }
  const mode = ((await ask('/mode').catch(() => null)) as { mode?: string } | null)?.mode ?? null;
  const raw = new Map(events.map((event) => [event.topic, event]));
  const subjects: SubjectFacts[] = [];
  const without: RegistryFacts['without'][number][] = [];
  const lost: RegistryFacts['lost'][number][] = [];
  for (const [topic, partitions] of avro) {
    const subject = `${topic}-value`;
    const event = raw.get(topic);
    if (listed.has(subject)) {
      const path = encodeURIComponent(subject);
      const config = (await ask(`/config/${path}`).catch(() => null)) as { compatibilityLevel?: string } | null;
      const newest = event && ((await ask(`/subjects/${path}/versions/latest`)) as { id: number } | null);
      const incompatible = newest ? await whyUnreadable(event, newest.id, io.registry) : null;
      subjects.push({
        subject,
        raw: event !== undefined,
        compatibility: config?.compatibilityLevel ?? null,
        incompatible,
      });
    } else without.push({ topic, raw: event !== undefined });
    const id = await idOfLastRecord(io.log, topic, partitions);
    if (id !== null && (await isLost(io.registry, id))) lost.push({ topic, id });
  }
  return { url, error: null, mode, subjects, without, lost };
}

/** By the same reader as `admit`'s. */
async function whyUnreadable(event: EventDefinition, id: number, registry: SchemaRegistry): Promise<string | null> {
  const header = Buffer.alloc(5);
  header.writeInt32BE(id, 1);
  try {
    await new Codec(registry).reader(event.schema, { wide: true }).prepare([header]);
    return null;
  } catch (cause) {
    return (cause as Error).message;
  }
}

/** Of the wire format; null where no partition holds such a record. */
async function idOfLastRecord(log: Log, topic: string, partitions: number): Promise<number | null> {
  for (let partition = 0; partition < partitions; partition++) {
    const value = (await lastRecord(log, { topic, partition }))?.value;
    if (value && value.length > 4 && value[0] === 0) return value.readInt32BE(1);
  }
  return null;
}

async function isLost(registry: SchemaRegistry, id: number): Promise<boolean> {
  try {
    await registry.schema(id);
    return false;
  } catch (cause) {
    if (cause instanceof HeadraceError && cause.code === 'SCHEMA_UNKNOWN') return true;
    throw cause;
  }
}
