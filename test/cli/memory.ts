/**
 * Stands for `src/cli/connect.ts` in tests of commands: one log and registry in memory, a client for each command.
 * Use: `vi.mock('../../../src/cli/connect.js', () => import('../memory.js'));`
 */
import type { Connection } from '../../src/cli/connect.js';
import { Codec } from '../../src/codec/avro.js';
import { memoryRegistry } from '../../src/codec/registry.js';
import { memoryLog } from '../../src/log/memory-log.js';

const start = () => ({ log: memoryLog(), registry: memoryRegistry() });
let brokers = start();

export async function connect(): Promise<Connection> {
  const { registry } = brokers;
  const log = brokers.log.newClient();
  return { log, codec: new Codec(registry), registry, brokers: ['memory'], close: () => log.close() };
}

/** Empty brokers and registry. */
export function freshBrokers(): void {
  brokers = start();
}
