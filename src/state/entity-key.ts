/**
 * Where an entity's records are: task prefix, the length of the key's UTF-8 (4 bytes, big-endian), the key, the record's suffix.
 * Invariant: no two keys share a record, whatever bytes they hold, since a key begins with its length.
 */

const LENGTH_BYTES = 4;

/** The key's part of a state key, without task prefix and suffix. */
export function entityKey(key: string): Buffer {
  const bytes = Buffer.byteLength(key);
  const head = Buffer.alloc(LENGTH_BYTES + bytes);
  head.writeUInt32BE(bytes, 0);
  head.write(key, LENGTH_BYTES, 'utf8');
  return head;
}

/** The entity's part of a state key, a view of it. @param from length of the task's prefix */
export const entityPart = (stateKey: Buffer, from: number): Buffer =>
  stateKey.subarray(from, from + LENGTH_BYTES + stateKey.readUInt32BE(from));

/** What `entityKey` was made of. */
export const keyOf = (part: Buffer): string => part.toString('utf8', LENGTH_BYTES);

export const stateKey = (prefix: Buffer, key: string, suffix: Buffer) =>
  Buffer.concat([prefix, entityKey(key), suffix]);
