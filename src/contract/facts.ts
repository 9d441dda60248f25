/**
 * Logs of facts (`models`, `snapshots`, `definitions`, `retrain`): one Avro record a fact, its body JSON.
 * They are few and read whole, so that state is a fold of them.
 */
import type { Codec, Reader, Writer } from '../codec/avro.js';
import { type Fact, factSchema } from './frames.js';

export interface FactWriter {
  encode(kind: string, at: number, body: unknown): Buffer;
}

export async function factWriter(codec: Codec, topic: string): Promise<FactWriter> {
  const writer: Writer<Fact> = await codec.writer<Fact>(topic, factSchema);
  return { encode: (kind, at, body) => writer.encode({ kind, at, body: JSON.stringify(body) }) };
}

export interface DecodedFact<T = unknown> {
  readonly kind: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly body: T;
}

export interface FactReader {
  decode<T>(value: Buffer): Promise<DecodedFact<T>>;
}

export function factReader(codec: Codec): FactReader {
  const reader: Reader<Fact> = codec.reader<Fact>(factSchema);
  return {
    async decode<T>(value: Buffer) {
      await reader.prepare([value]);
      const { kind, at, body } = reader.decode(value);
      return { kind, at, body: JSON.parse(body) as T };
    },
  };
}
