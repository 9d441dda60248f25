/**
 * What a member of a consumer group tells the others when it joins, as the `userData` of Kafka's consumer protocol.
 * Layout: the partitions that it has, 4 bytes each, big-endian; then those whose state it has at hand, each as -2 less its number; then,
 * if it has an address, -1 and the address in UTF-8.
 * Invariant: members that know less (of a version before) read the partitions, and behind them numbers that are no partitions, which
 * `balance` passes over.
 */

export interface UserData {
  readonly owned: readonly number[];
  readonly warm: readonly number[];
  /** Where the member is reached. */
  readonly address: string | null;
}

const NUMBER_BYTES = 4;
const ADDRESS_FOLLOWS = -1;
const WARM_FROM = -2;

export function encodeUserData({ owned, warm, address }: UserData): Buffer {
  const numbers = [...owned, ...warm.map((partition) => WARM_FROM - partition)];
  if (address !== null) numbers.push(ADDRESS_FOLLOWS);
  const bytes = Buffer.alloc(numbers.length * NUMBER_BYTES);
  for (const [i, number] of numbers.entries()) bytes.writeInt32BE(number, i * NUMBER_BYTES);
  return address === null ? bytes : Buffer.concat([bytes, Buffer.from(address, 'utf8')]);
}

export function decodeUserData(bytes: Buffer): UserData {
  const owned: number[] = [];
  const warm: number[] = [];
  for (let at = 0; at + NUMBER_BYTES <= bytes.length; at += NUMBER_BYTES) {
    const number = bytes.readInt32BE(at);
    if (number === ADDRESS_FOLLOWS) return { owned, warm, address: bytes.toString('utf8', at + NUMBER_BYTES) };
    if (number <= WARM_FROM) warm.push(WARM_FROM - number);
    else owned.push(number);
  }
  return { owned, warm, address: null };
}
