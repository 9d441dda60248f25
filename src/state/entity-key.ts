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

export const stateKey = (prefix: Buffer, key: string, suffix: Buffer) =>
  Buffer.concat([prefix, entityKey(key), suffix]);
