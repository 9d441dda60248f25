/** Kafka's error codes, as far as they are told apart here. */
const NAMES: Readonly<Record<number, string>> = {
  [-1]: 'UNKNOWN_SERVER_ERROR',
  1: 'OFFSET_OUT_OF_RANGE',
  2: 'CORRUPT_MESSAGE',
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  5: 'LEADER_NOT_AVAILABLE',
  6: 'NOT_LEADER_OR_FOLLOWER',
  7: 'REQUEST_TIMED_OUT',
  8: 'BROKER_NOT_AVAILABLE',
  9: 'REPLICA_NOT_AVAILABLE',
  10: 'MESSAGE_TOO_LARGE',
  13: 'NETWORK_EXCEPTION',
  14: 'COORDINATOR_LOAD_IN_PROGRESS',
  15: 'COORDINATOR_NOT_AVAILABLE',
  16: 'NOT_COORDINATOR',
  17: 'INVALID_TOPIC_EXCEPTION',
  18: 'RECORD_LIST_TOO_LARGE',
  19: 'NOT_ENOUGH_REPLICAS',
  20: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  22: 'ILLEGAL_GENERATION',
  23: 'INCONSISTENT_GROUP_PROTOCOL',
  24: 'INVALID_GROUP_ID',
  25: 'UNKNOWN_MEMBER_ID',
  26: 'INVALID_SESSION_TIMEOUT',
  27: 'REBALANCE_IN_PROGRESS',
  29: 'TOPIC_AUTHORIZATION_FAILED',
  30: 'GROUP_AUTHORIZATION_FAILED',
  31: 'CLUSTER_AUTHORIZATION_FAILED',
  32: 'INVALID_TIMESTAMP',
  36: 'TOPIC_ALREADY_EXISTS',
  37: 'INVALID_PARTITIONS',
  38: 'INVALID_REPLICATION_FACTOR',
  40: 'INVALID_CONFIG',
  41: 'NOT_CONTROLLER',
  42: 'INVALID_REQUEST',
  44: 'POLICY_VIOLATION',
  45: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  46: 'DUPLICATE_SEQUENCE_NUMBER',
  47: 'INVALID_PRODUCER_EPOCH',
  48: 'INVALID_TXN_STATE',
  49: 'INVALID_PRODUCER_ID_MAPPING',
  50: 'INVALID_TRANSACTION_TIMEOUT',
  51: 'CONCURRENT_TRANSACTIONS',
  53: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  56: 'KAFKA_STORAGE_ERROR',
  59: 'UNKNOWN_PRODUCER_ID',
  69: 'GROUP_ID_NOT_FOUND',
  74: 'FENCED_LEADER_EPOCH',
  75: 'UNKNOWN_LEADER_EPOCH',
  78: 'OFFSET_NOT_AVAILABLE',
  79: 'MEMBER_ID_REQUIRED',
  87: 'INVALID_RECORD',
  88: 'UNSTABLE_OFFSET_COMMIT',
  90: 'PRODUCER_FENCED',
  100: 'UNKNOWN_TOPIC_ID',
};

export const CODE = {
  none: 0,
  outOfRange: 1,
  unknownTopic: 3,
  leaderNotAvailable: 5,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  alreadyExists: 36,
  invalidPartitions: 37,
  invalidReplication: 38,
  notController: 41,
  invalidRequest: 42,
  duplicateSequence: 46,
  concurrentTransactions: 51,
  groupUnknown: 69,
  memberIdRequired: 79,
} as const;

/** The same request may succeed, maybe at another broker. */
const TRANSIENT: ReadonlySet<number> = new Set([
  -1, 2, 3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 27, 41, 56, 74, 75, 78, 88, 100,
]);
/** The coordinator has moved, or is not ready. */
const COORDINATOR: ReadonlySet<number> = new Set([14, 15, 16]);
const FENCED: ReadonlySet<number> = new Set([47, 90]);
/** The brokers will answer so until somebody changes settings, rights or the record. */
const REFUSED: ReadonlySet<number> = new Set([
  10, 17, 18, 22, 23, 24, 25, 26, 29, 30, 31, 32, 37, 38, 40, 42, 44, 50, 53, 87,
]);

export const codeName = (code: number): string => NAMES[code] ?? `error code ${code}`;
export const isTransient = (code: number): boolean => TRANSIENT.has(code);
export const isCoordinatorMoved = (code: number): boolean => COORDINATOR.has(code);
export const isFenced = (code: number): boolean => FENCED.has(code);
export const isRefused = (code: number): boolean => REFUSED.has(code);
