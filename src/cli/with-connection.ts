/**
 * Opens Kafka and the registry for one command, and closes them whatever happens. What a person has named as nobody's record
 * (`HEADRACE_FOREIGN_RECORDS`) no command and no task sees.
 */
import { withoutRecords } from '../log/without-records.js';
import type { Logger } from '../runtime/ports.js';
import type { Connection } from './connect.js';
import type { Context } from './context.js';

export async function withConnection<T>(
  context: Context,
  work: (connection: Connection) => Promise<T>,
  logger?: Logger,
): Promise<T> {
  const { connect } = await import('./connect.js');
  const settings = context.settings();
  const connection = await (context.io.connect ?? connect)(settings, logger);
  const log = withoutRecords(connection.log, settings.foreignRecords, ({ topic, partition, offset }) =>
    logger?.warn(
      { topic, partition, offset },
      `left out: ${topic}/${partition} offset ${offset}, as HEADRACE_FOREIGN_RECORDS says`,
    ),
  );
  try {
    return await work({ ...connection, log });
  } finally {
    await connection.close();
  }
}
