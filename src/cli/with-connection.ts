/** Opens Kafka and the registry for one command, and closes them whatever happens. */
import type { Logger } from '../runtime/ports.js';
import type { Connection } from './connect.js';
import type { Context } from './context.js';

export async function withConnection<T>(
  context: Context,
  work: (connection: Connection) => Promise<T>,
  logger?: Logger,
): Promise<T> {
  const { connect } = await import('./connect.js');
  const connection = await (context.io.connect ?? connect)(context.settings(), logger);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
