import kafkajs from 'kafkajs';
import { kafkaLog } from '../../src/log/kafka-log.js';
import { localKafka } from '../support/kafka.js';
import { logSuite } from './log-suite.js';

logSuite('kafka', async () => {
  const { brokers } = await localKafka();
  const open = () => kafkaLog({ brokers, clientId: 'log-suite' });
  const log = await open();
  const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  return {
    log,
    newClient: open,
    openTransaction: (transactionalId) => log.transactional(transactionalId),
    async deleteRecords(topic, partition, before) {
      // Without it kafkajs knows no topic.
      await admin.fetchTopicMetadata({ topics: [topic] });
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] });
    },
    async close() {
      await admin.disconnect();
      await log.close();
    },
  };
});
