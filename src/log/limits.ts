/** What a read may cost where the caller does not say. */
export const FETCH_WAIT_MS = 100;
export const FETCH_BYTES_MAX = 1024 * 1024;
/** What a subscription fetches of its partition at once; a larger record still comes, alone. */
export const SUBSCRIPTION_BYTES_MAX = 1024 * 1024;
/** What Kafka adds to a record at most, roughly; counted by both logs, so that their reads end at similar places. */
export const RECORD_OVERHEAD_BYTES = 16;
