/** Judges the brokers: version, whether each is reached from here, and the settings that hold for all topics. Pure. */
import type { ClusterFacts } from '../../log/kafka/inspect.js';
import { error, type Finding, ok, warning } from './finding.js';

/** Api keys, and what tells that a broker is as new as that. */
const DESCRIBE_CLUSTER = 60; // since 2.8
const DESCRIBE_TRANSACTIONS = 65; // since 3.0
const CREATE_TOPICS = 19; // its versions below 2 went with 4.0

/** As old as it may be, by what it can do: brokers do not tell their version. */
export function versionOf(apis: NonNullable<ClusterFacts['apis']>): string | null {
  if ((apis[CREATE_TOPICS]?.minVersion ?? 0) >= 2) return '4.0';
  if (apis[DESCRIBE_TRANSACTIONS] !== undefined) return '3.0';
  return apis[DESCRIBE_CLUSTER] !== undefined ? '2.8' : null;
}

export function judgeBrokers({ brokers, apis, config }: ClusterFacts, sessionTimeoutMs: number): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { node, address, error: why } of brokers) {
    if (why === null) continue;
    const message = `broker ${node} is listed as ${address}, and is not reached there from here: ${why}`;
    const remedy = 'start it, or let its advertised.listeners name an address that workers reach';
    findings.push(error('brokers', message, remedy));
  }
  const reached = brokers.filter((broker) => broker.error === null).length;
  if (reached > 0) findings.push(ok('brokers', `${reached} of ${brokers.length} answer`));
  if (apis !== null) {
    const version = versionOf(apis);
    findings.push(
      version === null
        ? error('brokers', 'Kafka is older than 2.8', 'use Kafka 2.8 or later')
        : ok('brokers', `Kafka ${version} or later`),
    );
  }
  if (brokers.length === 1) {
    const message = 'there is one broker: while it is away nothing goes on, and its disk is the only copy';
    findings.push(warning('brokers', message, 'three brokers or more where events must not be lost'));
  }
  return [...findings, ...settings(config, sessionTimeoutMs)];
}

function settings(config: ClusterFacts['config'], sessionTimeoutMs: number): Finding[] {
  if (config === null) {
    const message = 'the brokers’ settings may not be read';
    return [warning('brokers', message, 'allow DescribeConfigs on the cluster, or look at them yourself')];
  }
  const findings: Finding[] = [];
  const number = (name: string) => (config[name] === undefined ? null : Number(config[name]));
  const transactionMax = number('transaction.max.timeout.ms');
  if (transactionMax !== null && transactionMax < sessionTimeoutMs) {
    const message = `transaction.max.timeout.ms is ${transactionMax}, less than HEADRACE_SESSION_TIMEOUT_MS (${sessionTimeoutMs}): no producer could be opened`;
    findings.push(error('brokers', message, 'raise transaction.max.timeout.ms, or lower the setting'));
  }
  const [least, most] = [number('group.min.session.timeout.ms'), number('group.max.session.timeout.ms')];
  if ((least !== null && sessionTimeoutMs < least) || (most !== null && sessionTimeoutMs > most)) {
    const message = `HEADRACE_SESSION_TIMEOUT_MS is ${sessionTimeoutMs}, and the brokers allow ${least} to ${most} (group.min and group.max.session.timeout.ms)`;
    findings.push(error('brokers', message, 'set it between the two'));
  }
  return findings;
}
