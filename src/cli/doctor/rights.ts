/**
 * Which rights each stage needs at brokers with an authorizer, and which of them are missing. Pure.
 * Method: needs are data, made from the topology; a need is met by an ALLOW that matches and no DENY that does, as Kafka's own
 * authorizer judges it (ALL implies every operation; READ, WRITE, DELETE and ALTER imply DESCRIBE).
 */
import kafkajs, { type AclEntry } from 'kafkajs';
import {
  admittedTopic,
  answeredBy,
  changelogTopic,
  computeHintGroup,
  deadLettersTopic,
  definitionsTopic,
  featuresTopic,
  inboxTopic,
  membershipGroup,
  modelsTopic,
  PIPELINES,
  predictionsTopic,
  retrainTopic,
  servedTopic,
  snapshotsTopic,
  vectorsTopic,
} from '../../contract/topics.js';
import type { AclFacts, ClusterFacts } from '../../log/kafka/inspect.js';
import type { TopologyDefinition } from '../../topology/definition.js';
import { error, type Finding, named, ok, warning } from './finding.js';

export type Operation = 'Read' | 'Write' | 'Create' | 'Describe' | 'DescribeConfigs';
type Kind = 'topic' | 'group' | 'transactionalId';

export interface Need {
  /** Which needs it; `start` is every worker. */
  readonly stage: string;
  readonly kind: Kind;
  readonly name: string;
  /** Whether `name` is a prefix of all that is needed. */
  readonly prefix: boolean;
  readonly operations: readonly Operation[];
}

const { AclOperationTypes: OP, AclResourceTypes: RESOURCE, AclPermissionTypes: PERMISSION } = kafkajs;
const { ResourcePatternTypes: PATTERN } = kafkajs;
const OPERATIONS: Readonly<Record<Operation, kafkajs.AclOperationTypes>> = {
  Read: OP.READ,
  Write: OP.WRITE,
  Create: OP.CREATE,
  Describe: OP.DESCRIBE,
  DescribeConfigs: OP.DESCRIBE_CONFIGS,
};
const KINDS: Readonly<Record<Kind, kafkajs.AclResourceTypes>> = {
  topic: RESOURCE.TOPIC,
  group: RESOURCE.GROUP,
  transactionalId: RESOURCE.TRANSACTIONAL_ID,
};
const IMPLY_DESCRIBE: ReadonlySet<number> = new Set([OP.READ, OP.WRITE, OP.DELETE, OP.ALTER]);

/** Everything that the workers of a topology do at the brokers. */
export function needsOf(definition: TopologyDefinition): readonly Need[] {
  const t = definition.name;
  const needs: Need[] = [];
  const topics = (stage: string, operations: readonly Operation[], names: readonly string[]) => {
    for (const name of names) needs.push({ stage, kind: 'topic', name, prefix: false, operations });
  };
  const own = (stage: string, kind: Kind, operations: readonly Operation[]) =>
    needs.push({ stage, kind, name: `${t}.`, prefix: true, operations });
  const raw = definition.events.map(({ topic }) => topic);
  const admitted = raw.map((topic) => admittedTopic(t, topic));
  const inboxes = definition.groups.map((group) => inboxTopic(t, group));
  const features = definition.groups.flatMap((group) =>
    answeredBy(definition, group).map((scored) => featuresTopic(t, group, scored)),
  );
  const vectors = definition.views.map((view) => vectorsTopic(t, view));
  const retrain = definition.models.map(({ name }) => retrainTopic(t, name));

  own('start', 'topic', ['Create', 'Describe', 'DescribeConfigs']);
  topics('start', ['Describe', 'DescribeConfigs'], raw);
  topics('start', ['Read', 'Write'], [definitionsTopic(t)]);
  own('start', 'transactionalId', ['Write', 'Describe']);
  for (const pipeline of PIPELINES) {
    const name = membershipGroup(t, pipeline);
    needs.push({ stage: 'start', kind: 'group', name, prefix: false, operations: ['Read', 'Describe'] });
  }
  topics('admit', ['Read'], raw);
  topics('admit', ['Read', 'Write'], admitted);
  topics(
    'admit',
    ['Write'],
    raw.map((topic) => deadLettersTopic(t, topic)),
  );
  topics('route', ['Read'], admitted);
  topics('route', ['Read', 'Write'], inboxes);
  topics('compute', ['Read'], inboxes);
  topics(
    'compute',
    ['Read', 'Write'],
    definition.groups.map((group) => changelogTopic(t, group)),
  );
  topics('compute', ['Write'], features);
  for (const group of definition.groups) {
    const name = computeHintGroup(t, group);
    needs.push({ stage: 'route', kind: 'group', name, prefix: false, operations: ['Describe'] });
    needs.push({ stage: 'compute', kind: 'group', name, prefix: false, operations: ['Read'] });
  }
  topics('serve', ['Read'], [...admitted, ...features, modelsTopic(t)]);
  topics(
    'serve',
    ['Read', 'Write'],
    definition.views.map((view) => servedTopic(t, view)),
  );
  topics('serve', ['Write'], [...vectors, ...definition.models.map(({ name }) => predictionsTopic(t, name))]);
  topics('snapshot', ['Read'], [...vectors, ...admitted]);
  topics('snapshot', ['Read', 'Write'], [snapshotsTopic(t)]);
  topics('train', ['Read'], [...retrain, snapshotsTopic(t)]);
  topics('train', ['Read', 'Write'], [modelsTopic(t)]);
  return needs;
}

/** Whether a principal may do it everywhere in what is needed. */
export function isAllowed(
  entries: readonly AclEntry[],
  principal: string,
  { kind, name, prefix }: Need,
  operation: Operation,
): boolean {
  const wanted = OPERATIONS[operation];
  const ours = entries.filter(
    (entry) => entry.resourceType === KINDS[kind] && (entry.principal === principal || entry.principal === 'User:*'),
  );
  const does = (entry: AclEntry, isDeny: boolean) =>
    entry.operation === wanted ||
    entry.operation === OP.ALL ||
    (!isDeny && wanted === OP.DESCRIBE && IMPLY_DESCRIBE.has(entry.operation));
  const covers = ({ resourceName, resourcePatternType }: AclEntry) =>
    resourcePatternType === PATTERN.PREFIXED
      ? name.startsWith(resourceName)
      : resourceName === '*' || (!prefix && resourceName === name);
  // A DENY on a part of what is needed is enough.
  const touches = (entry: AclEntry) => covers(entry) || (prefix && entry.resourceName.startsWith(name));
  const denied = ours.some((e) => e.permissionType === PERMISSION.DENY && does(e, true) && touches(e));
  const allowed = ours.some((e) => e.permissionType === PERMISSION.ALLOW && does(e, false) && covers(e));
  return allowed && !denied;
}

/** @param principal e.g. `User:headrace`; null where it cannot be known (no SASL login) */
export function judgeRights(
  acls: AclFacts,
  config: ClusterFacts['config'],
  principal: string | null,
  needs: readonly Need[],
): readonly Finding[] {
  if (acls.kind === 'notEnforced') return [ok('rights', 'the brokers have no authorizer: ACLs are not enforced')];
  const listed = 'compare the needs (`headrace doctor --needs`) with `kafka-acls --list`';
  if (acls.kind === 'unknown') {
    return [
      warning(
        'rights',
        `the brokers do not show their ACLs: ${acls.why}`,
        `allow Describe on the cluster, or ${listed}`,
      ),
    ];
  }
  if (principal === null) {
    const message = 'the brokers enforce ACLs, and as whom workers come is not known here (no SASL login)';
    return [warning('rights', message, listed)];
  }
  if ((config?.['super.users'] ?? '').split(';').includes(principal)) {
    return [
      warning('rights', `${principal} is a super user: it may do everything`, 'give workers a user of their own'),
    ];
  }
  const free = config?.['allow.everyone.if.no.acl.found'] === 'true';
  const bare = ({ kind, name }: Need) =>
    free &&
    !acls.entries.some(
      (e) => e.resourceType === KINDS[kind] && (e.resourceName === '*' || name.startsWith(e.resourceName)),
    );
  const findings: Finding[] = [];
  for (const stage of new Set(needs.map((need) => need.stage))) {
    const missing = needs
      .filter((need) => need.stage === stage && !bare(need))
      .flatMap((need) => {
        const lacking = need.operations.filter((operation) => !isAllowed(acls.entries, principal, need, operation));
        return lacking.length === 0 ? [] : [{ need, lacking }];
      });
    if (missing.length === 0) {
      findings.push(ok('rights', `${principal} may do what ${stage} needs`));
      continue;
    }
    const texts = missing.map(({ need, lacking }) => `${lacking.join(' and ')} on ${needText(need)}`);
    findings.push(
      error(
        'rights',
        `${principal} lacks what ${stage} needs: ${named(texts)}`,
        `kafka-acls --add: ${commandOf(principal, missing[0]!.need, missing[0]!.lacking)}`,
      ),
    );
  }
  return findings;
}

const KIND_TEXT: Readonly<Record<Kind, string>> = {
  topic: 'topic',
  group: 'group',
  transactionalId: 'transactional id',
};
export const needText = ({ kind, name, prefix }: Need): string => `${KIND_TEXT[kind]} ${name}${prefix ? '*' : ''}`;

const FLAGS: Readonly<Record<Kind, string>> = {
  topic: '--topic',
  group: '--group',
  transactionalId: '--transactional-id',
};
function commandOf(principal: string, { kind, name, prefix }: Need, operations: readonly Operation[]): string {
  const pattern = prefix ? ' --resource-pattern-type prefixed' : '';
  const each = operations.map((operation) => `--operation ${operation}`).join(' ');
  return `--allow-principal ${principal} ${each} ${FLAGS[kind]} ${name}${pattern}`;
}
