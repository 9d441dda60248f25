import { memoryLog } from '../../src/log/memory-log.js';
import { logSuite } from './log-suite.js';

logSuite('memory', async () => {
  const log = memoryLog();
  return {
    log,
    newClient: async () => log.newClient(),
    openTransaction: async (transactionalId) => log.beginTransaction(transactionalId),
    deleteRecords: async (topic, partition, before) => log.deleteRecords(topic, partition, before),
    close: () => log.close(),
  };
});
