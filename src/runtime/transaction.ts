/** A failed transaction leaves a producer that cannot go on: the task is opened again, whatever the cause was. */
import { HeadraceError } from '../error.js';
import type { Appended, Outgoing, TransactionalProducer } from '../log/log.js';

export async function inTransaction(
  producer: TransactionalProducer,
  records: readonly Outgoing[],
): Promise<readonly Appended[]> {
  try {
    return await producer.transaction(records);
  } catch (cause) {
    if (cause instanceof HeadraceError && cause.remedy === 'restart-task') throw cause;
    const { code, message } = cause as HeadraceError;
    throw new HeadraceError(code ?? 'TRANSACTION_FAILED', `transaction failed: ${message}`, {
      remedy: 'restart-task',
      cause,
    });
  }
}
