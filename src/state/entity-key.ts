/**
 * Where an entity's records are: task prefix, the length of the key's UTF-8 (4 bytes, big-endian), the key, the record's suffix.
 * Invariant: no two keys share a record, whatever bytes they hold, since a key begins with its length.
 */

const LENGTH_BYTES = 4;

/** Hot: once a record that is read or written. */
export function stateKey(prefix: Buffer, key: string, suffix: Buffer): Buffer {
  const bytes = Buffer.byteLength(key);
  const state = Buffer.allocUnsafe(prefix.length + LENGTH_BYTES + bytes + suffix.length);
  prefix.copy(state, 0);
  state.writeUInt32BE(bytes, prefix.length);
  state.write(key, prefix.length + LENGTH_BYTES, 'utf8');
  suffix.copy(state, prefix.length + LENGTH_BYTES + bytes);
  return state;
}

/** The entity's part of a state key, a view of it. @param from length of the task's prefix */
export const entityPart = (state: Buffer, from: number): Buffer =>
  state.subarray(from, from + LENGTH_BYTES + state.readUInt32BE(from));

/** Whether a state key is that of an entity's record with this suffix. @param from length of the task's prefix */
export function hasSuffix(state: Buffer, from: number, suffix: Buffer): boolean {
  const at = from + LENGTH_BYTES + state.readUInt32BE(from);
  return state.length - at === suffix.length && state.compare(suffix, 0, suffix.length, at) === 0;
}

/** The key of an entity's part. */
export const keyOf = (part: Buffer): string => part.toString('utf8', LENGTH_BYTES);
