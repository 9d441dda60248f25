/**
 * Commands on a log and registry in memory, a client for each command.
 * Method: what a command takes from the outside is handed in by its `Io`. No module is replaced and nothing is kept in one, so
 * that files which share a process do not meet.
 */
import type { Connection } from '../../src/cli/connect.js';
import type { Io } from '../../src/cli/context.js';
import { Codec } from '../../src/codec/avro.js';
import { memoryRegistry } from '../../src/codec/registry.js';
import { memoryLog } from '../../src/log/memory-log.js';
import { headrace } from './support.js';

const start = () => ({ log: memoryLog(), registry: memoryRegistry() });

/** @param ports what else is handed to each command, such as a topology that is loaded already */
export function memoryBrokers(ports: Pick<Io, 'loadTopology'> = {}) {
  let brokers = start();
  const connect = async (): Promise<Connection> => {
    const { registry } = brokers;
    const log = brokers.log.newClient();
    return { log, codec: new Codec(registry), registry, brokers: ['memory'], close: () => log.close() };
  };
  return {
    connect,
    headrace: (args: readonly string[], env: Record<string, string> = {}) => headrace(args, env, { ...ports, connect }),
    /** Empty brokers and registry. */
    fresh() {
      brokers = start();
    },
  };
}
