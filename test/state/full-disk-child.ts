/** Writes to a store until it is told to end, whatever fails; says how often it failed, and what it wrote last. */
import { openRocksStore } from '../../src/state/rocks-store.js';

const store = await openRocksStore(process.argv[2]!);
const keyOf = (n: number) => Buffer.from(`key ${n % 64}`);
let [n, failures] = [0, 0];
const written = new Map<string, string>();
/** By key, what failed to be written since: it may be there or not. */
const failed = new Map<string, string[]>();
let ends = false;
process.once('SIGTERM', () => {
  ends = true;
});
process.stdout.write('writes\n');
while (!ends) {
  n++;
  // Two at once, as two tasks do.
  const batches = [2 * n, 2 * n + 1].map((k) => ({ key: keyOf(k), value: Buffer.alloc(256, String(k)) }));
  const outcomes = await Promise.allSettled(batches.map((one) => store.write([one])));
  for (const [i, { status }] of outcomes.entries()) {
    const [key, value] = [batches[i]!.key.toString(), batches[i]!.value.toString()];
    if (status === 'fulfilled') {
      written.set(key, value);
      failed.delete(key);
    } else {
      failures++;
      failed.set(key, [...(failed.get(key) ?? []), value]);
    }
  }
  if (failures > 0) await new Promise((rest) => setTimeout(rest, 5));
}
await store.close();
const again = await openRocksStore(process.argv[2]!);
let lost = 0;
for (const [key, value] of written) {
  const [held] = await again.getMany([Buffer.from(key)]);
  const found = held?.toString();
  if (found !== value && !failed.get(key)?.includes(found ?? '')) lost++;
}
await again.close();
console.log(JSON.stringify({ n, failures, lost, keys: written.size }));
