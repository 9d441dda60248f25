/**
 * The table of all settings: variables, default, unit, meaning and check of each.
 * Goal: one place to add a setting. Invariant: `docs/settings.md` and `headrace config` are made from this table.
 */
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { RecordPlace } from '../log/without-records.js';

/** What defaults depend on. */
export interface Place {
  readonly cwd: string;
  readonly cacheFolder: string;
  /** Whether standard error is a terminal. */
  readonly terminal: boolean;
}

export interface Setting<T> {
  /** Environment variables, the first that is set counts; two that are set must agree. */
  readonly env: readonly [string, ...string[]];
  readonly unit:
    | 'ms'
    | 'bytes'
    | 'rows'
    | 'workers'
    | 'records'
    | 'share'
    | 'folder'
    | 'file'
    | 'URL'
    | 'host:port, …'
    | 'topic/partition/offset, …'
    | 'port'
    | 'host'
    | 'host or host:port'
    | 'version'
    | 'name'
    | '';
  readonly meaning: string;
  readonly check: z.ZodType<T, string>;
  readonly fallback: (at: Place & { readonly folder: string }) => T;
  /** The default as people read it, where the value alone would not say it. */
  readonly fallbackText?: string;
  readonly secret?: true;
}

const setting = <T>(definition: Setting<T>): Setting<T> => definition;

const MS_MAX = 2 ** 31 - 1; // the longest that a Node timer can wait
const digits = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number);
const between = (least: number, most: number) =>
  digits.pipe(z.number().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`));
const share = z
  .string()
  .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a number from 0 to 1')
  .transform(Number);
const text = z.string().min(1);
const url = z.string().regex(/^https?:\/\/[^\s/]+/, 'must be a URL that begins with http:// or https://');
const bare = url.transform((value) => value.replace(/\/+$/, ''));
const unlimited = z.literal('unlimited', 'must be unlimited').transform(() => Number.POSITIVE_INFINITY);
const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/,]+):\d{1,5}$/, 'must be host:port, separated by commas');
const host = z
  .string()
  .refine((value) => isIPv6(value) || /^[^\s:/,[\]]+$/.test(value), 'must be a host name or an address');
const hostMaybePort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/,[\]]+)(:\d{1,5})?$/, 'must be host or host:port (IPv6 addresses in brackets)');
const hostPorts = z
  .string()
  .transform((value) => value.split(',').map((one) => one.trim()))
  .pipe(z.array(hostPort).min(1));
const yesNo = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');
const version = z.string().regex(/^[0-9][0-9A-Za-z.-]*$/, 'must be a version such as 4.1.0');
/** Lets a setting without default be null. */
const orNull = <T>(check: z.ZodType<T, string>): z.ZodType<T | null, string> => check;

/** `topic/partition/offset`; a topic's name has no slash. */
const recordPlaces = z.string().transform((value, context) =>
  value.split(',').map((one) => {
    const [, topic, partition, offset] = /^([\w.-]+)\/(\d+)\/(\d+)$/.exec(one.trim()) ?? [];
    if (topic === undefined) {
      context.addIssue({ code: 'custom', message: 'must be topic/partition/offset, separated by commas' });
      return z.NEVER;
    }
    return { topic, partition: Number(partition), offset: Number(offset) };
  }),
);

export const SETTINGS = {
  brokers: setting<readonly string[] | null>({
    env: ['KAFKA_BROKERS', 'KAFKA_BOOTSTRAP_SERVERS'],
    unit: 'host:port, …',
    meaning: 'Kafka brokers to use; without it, the local Kafka of `headrace up`.',
    check: hostPorts,
    fallback: () => null,
  }),
  registryUrl: setting<string | null>({
    env: ['SCHEMA_REGISTRY_URL'],
    unit: 'URL',
    meaning: 'Confluent-compatible schema registry; set together with the brokers.',
    check: orNull(bare),
    fallback: () => null,
  }),
  registryUsername: setting<string | null>({
    env: ['HEADRACE_REGISTRY_USERNAME'],
    unit: 'name',
    meaning: 'User of the schema registry (basic authentication).',
    check: orNull(text),
    fallback: () => null,
  }),
  registryPassword: setting<string | null>({
    env: ['HEADRACE_REGISTRY_PASSWORD'],
    unit: '',
    meaning: 'Password of the schema registry.',
    check: orNull(text),
    fallback: () => null,
    secret: true,
  }),
  ssl: setting<boolean>({
    env: ['HEADRACE_SSL'],
    unit: '',
    meaning: 'Whether to speak TLS with the brokers.',
    check: yesNo,
    fallback: () => false,
  }),
  sslCaFile: setting<string | null>({
    env: ['HEADRACE_SSL_CA_FILE'],
    unit: 'file',
    meaning: 'PEM file of the authority that signed the brokers’ certificates; without it, those that Node knows.',
    check: orNull(text),
    fallback: () => null,
  }),
  saslMechanism: setting<'plain' | 'scram-sha-256' | 'scram-sha-512' | null>({
    env: ['HEADRACE_SASL_MECHANISM'],
    unit: 'name',
    meaning: 'How to log in to the brokers: `plain`, `scram-sha-256` or `scram-sha-512`; without it, not at all.',
    check: z.enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'must be plain, scram-sha-256 or scram-sha-512'),
    fallback: () => null,
  }),
  saslUsername: setting<string | null>({
    env: ['HEADRACE_SASL_USERNAME'],
    unit: 'name',
    meaning: 'User of the brokers.',
    check: orNull(text),
    fallback: () => null,
  }),
  saslPassword: setting<string | null>({
    env: ['HEADRACE_SASL_PASSWORD'],
    unit: '',
    meaning: 'Password of the brokers.',
    check: orNull(text),
    fallback: () => null,
    secret: true,
  }),
  folder: setting<string>({
    env: ['HEADRACE_FOLDER'],
    unit: 'folder',
    meaning: 'What Headrace keeps for this project: the local Kafka’s data, state, artifacts.',
    check: text,
    fallback: () => '.headrace',
    fallbackText: '.headrace',
  }),
  stateFolder: setting<string>({
    env: ['HEADRACE_STATE_FOLDER'],
    unit: 'folder',
    meaning: 'RocksDB’s files: a copy of the changelogs, which may be lost.',
    check: text,
    fallback: ({ folder }) => join(folder, 'state'),
    fallbackText: 'state in the project’s folder',
  }),
  artifactFolder: setting<string>({
    env: ['HEADRACE_ARTIFACT_FOLDER'],
    unit: 'folder',
    meaning: 'Snapshots and models; all workers must see the same.',
    check: text,
    fallback: ({ folder }) => join(folder, 'artifacts'),
    fallbackText: 'artifacts in the project’s folder',
  }),
  cacheFolder: setting<string>({
    env: ['HEADRACE_CACHE_FOLDER'],
    unit: 'folder',
    meaning: 'Downloads that projects share: the jars of the local Kafka and registry.',
    check: text,
    fallback: ({ cacheFolder }) => cacheFolder,
    fallbackText: 'headrace in the user’s cache folder',
  }),
  holdMs: setting<number>({
    env: ['HEADRACE_HOLD_MS'],
    unit: 'ms',
    meaning:
      'How long `route` waits for a raw partition that is ahead of what was considered, before it is away; or `unlimited`.',
    check: z.union([unlimited, between(0, MS_MAX)]),
    fallback: () => 30_000,
  }),
  leadRowsMax: setting<number>({
    env: ['HEADRACE_LEAD_ROWS_MAX'],
    unit: 'rows',
    meaning: 'How many rows of a group may be on their way at once, and how many any task holds.',
    check: between(100, 10_000_000),
    fallback: () => 20_000,
  }),
  batchRowsMax: setting<number>({
    env: ['HEADRACE_BATCH_ROWS_MAX'],
    unit: 'rows',
    meaning: 'How many rows a task takes at once.',
    check: between(1, 1_000_000),
    fallback: () => 2_000,
  }),
  frameBytesMax: setting<number>({
    env: ['HEADRACE_FRAME_BYTES_MAX'],
    unit: 'bytes',
    meaning: 'Size of a frame; a little must remain below the broker’s `max.message.bytes`.',
    check: between(4_096, 900_000),
    fallback: () => 512 * 1024,
  }),
  checkpointMs: setting<number>({
    env: ['HEADRACE_CHECKPOINT_MS'],
    unit: 'ms',
    meaning: 'Longest time between two checkpoints of a task that has changes.',
    check: between(10, 3_600_000),
    fallback: () => 5_000,
  }),
  checkpointBytesMax: setting<number>({
    env: ['HEADRACE_CHECKPOINT_BYTES_MAX'],
    unit: 'bytes',
    meaning: 'Changed state at which a checkpoint is made before its time.',
    check: between(4_096, 256 * 1024 * 1024),
    fallback: () => 32 * 1024 * 1024,
  }),
  memoryBytesMax: setting<number>({
    env: ['HEADRACE_MEMORY_BYTES_MAX'],
    unit: 'bytes',
    meaning: 'Memory for the state of one worker: decoded entities, what changed and is not saved, RocksDB.',
    check: between(16 * 1024 * 1024, 64 * 1024 ** 3),
    fallback: () => 512 * 1024 * 1024,
  }),
  standbyCopies: setting<number>({
    env: ['HEADRACE_STANDBY_COPIES'],
    unit: 'workers',
    meaning:
      'How many workers, besides its owner, keep a copy of the state of each `compute` task, so that it moves without being restored.',
    check: between(0, 16),
    fallback: () => 1,
  }),
  markMs: setting<number>({
    env: ['HEADRACE_MARK_MS'],
    unit: 'ms',
    meaning: 'How often a stage marks what it considered, while it considers something.',
    check: between(10, 60_000),
    fallback: () => 1_000,
  }),
  skewMs: setting<number>({
    env: ['HEADRACE_SKEW_MS'],
    unit: 'ms',
    meaning: 'How far an event’s times may lie ahead of the clock before it is dead-lettered.',
    check: between(0, MS_MAX),
    fallback: () => 3_600_000,
  }),
  badShareMax: setting<number>({
    env: ['HEADRACE_BAD_SHARE_MAX'],
    unit: 'share',
    meaning:
      'Share of bad records above which `admit` stops a raw partition instead of dead-lettering on: more than this of the last `HEADRACE_SHARE_RECORDS`. 1: never.',
    check: share,
    fallback: () => 0.5,
  }),
  lateShareMax: setting<number>({
    env: ['HEADRACE_LATE_SHARE_MAX'],
    unit: 'share',
    meaning:
      'The same of scored events that come later than the lateness of every group that answers them: their features would be missing.',
    check: share,
    fallback: () => 0.5,
  }),
  jumpShareMax: setting<number>({
    env: ['HEADRACE_JUMP_SHARE_MAX'],
    unit: 'share',
    meaning:
      'The same of events whose known time lies more than `HEADRACE_SKEW_MS` before what their partition had brought already.',
    check: share,
    fallback: () => 0.5,
  }),
  shareRecords: setting<number>({
    env: ['HEADRACE_SHARE_RECORDS'],
    unit: 'records',
    meaning: 'Over how many records of a raw partition the shares are taken; fewer stop nothing.',
    check: between(10, 1_000_000),
    fallback: () => 1_000,
  }),
  snapshotMs: setting<number>({
    env: ['HEADRACE_SNAPSHOT_MS'],
    unit: 'ms',
    meaning: 'How often vectors and labels are cut into snapshot parts.',
    check: between(100, 86_400_000),
    fallback: () => 900_000,
  }),
  sessionTimeoutMs: setting<number>({
    env: ['HEADRACE_SESSION_TIMEOUT_MS'],
    unit: 'ms',
    meaning: 'How long a worker may be silent before its tasks go to others; also the time-out of transactions.',
    check: between(6_000, 300_000),
    fallback: () => 10_000,
  }),
  httpPort: setting<number>({
    env: ['HEADRACE_HTTP_PORT'],
    unit: 'port',
    meaning: 'Port of a worker’s HTTP: status, metrics, state; 0 chooses a free one.',
    check: between(0, 65_535),
    fallback: () => 0,
  }),
  httpHost: setting<string>({
    env: ['HEADRACE_HTTP_HOST'],
    unit: 'host',
    meaning:
      'Address on which a worker’s HTTP listens. It asks for no password: leave it on loopback, or in a network where everybody may read the features.',
    check: host,
    fallback: () => '127.0.0.1',
  }),
  httpAdvertised: setting<string | null>({
    env: ['HEADRACE_HTTP_ADVERTISED'],
    unit: 'host or host:port',
    meaning:
      'Where other workers of the topology reach this one’s HTTP, to pass on questions about its state; without it, the address on which it listens.',
    check: orNull(hostMaybePort),
    fallback: () => null,
    fallbackText: 'host and port on which it listens',
  }),
  logLevel: setting<'debug' | 'info' | 'warn' | 'error'>({
    env: ['HEADRACE_LOG_LEVEL'],
    unit: 'name',
    meaning: 'Least level that is logged: `debug`, `info`, `warn` or `error`.',
    check: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error'),
    fallback: () => 'info',
  }),
  logFormat: setting<'json' | 'pretty'>({
    env: ['HEADRACE_LOG_FORMAT'],
    unit: 'name',
    meaning: 'One JSON object a line, or lines for people: `json` or `pretty`.',
    check: z.enum(['json', 'pretty'], 'must be json or pretty'),
    fallback: ({ terminal }) => (terminal ? 'pretty' : 'json'),
    fallbackText: 'pretty on a terminal, else json',
  }),
  logFile: setting<string | null>({
    env: ['HEADRACE_LOG_FILE'],
    unit: 'file',
    meaning: 'Where to log; without it, standard error.',
    check: orNull(text),
    fallback: () => null,
  }),
  foreignRecords: setting<readonly RecordPlace[]>({
    env: ['HEADRACE_FOREIGN_RECORDS'],
    unit: 'topic/partition/offset, …',
    meaning:
      'Records of Headrace’s own topics that somebody else wrote there (`FRAME_UNREADABLE`) and that are left out; a frame that is named by mistake is missed as a gap.',
    check: recordPlaces,
    fallback: () => [],
    fallbackText: 'none',
  }),
  actor: setting<string | null>({
    env: ['HEADRACE_ACTOR'],
    unit: 'name',
    meaning: 'Who promotes and rolls back, as `headrace models` shows it; without it, the system’s user.',
    check: orNull(text),
    fallback: () => null,
    fallbackText: 'the system’s user',
  }),
  debug: setting<boolean>({
    env: ['HEADRACE_DEBUG'],
    unit: '',
    meaning: 'Whether errors of the command line show their stack.',
    check: z.string().transform((value) => !['', '0', 'false'].includes(value)),
    fallback: () => false,
  }),
  kafkaVersion: setting<string>({
    env: ['HEADRACE_KAFKA_VERSION'],
    unit: 'version',
    meaning: 'Apache Kafka that `headrace up` runs.',
    check: version,
    fallback: () => '4.1.0',
  }),
  registryVersion: setting<string>({
    env: ['HEADRACE_REGISTRY_VERSION'],
    unit: 'version',
    meaning: 'Apicurio Registry that `headrace up` runs.',
    check: version,
    fallback: () => '2.6.13.Final',
  }),
  jarsUrl: setting<string | null>({
    env: ['HEADRACE_JARS_URL'],
    unit: 'URL',
    meaning: 'Maven repository from which `headrace up` takes its jars where `mvn` is not installed.',
    check: orNull(bare),
    fallback: () => null,
  }),
};
