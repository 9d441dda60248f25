import kafkajs, { type AclEntry } from 'kafkajs';
import { expect, test } from 'vitest';
import { isAllowed, judgeRights, type Need, needsOf } from '../../../src/cli/doctor/rights.js';
import { flights } from '../../support/memory-world.js';

const { AclOperationTypes: OP, AclResourceTypes: RESOURCE, AclPermissionTypes: PERMISSION } = kafkajs;
const { ResourcePatternTypes: PATTERN } = kafkajs;
const ME = 'User:headrace';

const acl = (more: Partial<AclEntry> = {}): AclEntry => ({
  resourceType: RESOURCE.TOPIC,
  resourceName: 'weather',
  resourcePatternType: PATTERN.LITERAL,
  principal: ME,
  host: '*',
  operation: OP.READ,
  permissionType: PERMISSION.ALLOW,
  ...more,
});
const weather: Need = { stage: 'admit', kind: 'topic', name: 'weather', prefix: false, operations: ['Read'] };
const own: Need = { stage: 'start', kind: 'topic', name: 'flights.', prefix: true, operations: ['Create'] };

test.each([
  ['the very right', acl(), weather, true],
  ['nothing', acl({ resourceName: 'arrivals' }), weather, false],
  ['a right of somebody else', acl({ principal: 'User:other' }), weather, false],
  ['a right of everybody', acl({ principal: 'User:*' }), weather, true],
  ['a right on another kind', acl({ resourceType: RESOURCE.GROUP }), weather, false],
  ['every operation', acl({ operation: OP.ALL }), weather, true],
  ['another operation', acl({ operation: OP.WRITE }), weather, false],
  ['every topic', acl({ resourceName: '*' }), weather, true],
  ['a prefix', acl({ resourceName: 'wea', resourcePatternType: PATTERN.PREFIXED }), weather, true],
  ['a name where a prefix is needed', acl({ operation: OP.CREATE, resourceName: 'flights.' }), own, false],
  [
    'the prefix that is needed',
    acl({ operation: OP.CREATE, resourceName: 'flights.', resourcePatternType: PATTERN.PREFIXED }),
    own,
    true,
  ],
])('%s', (_, entry, need, allowed) => {
  expect(isAllowed([entry], ME, need, need.operations[0]!)).toBe(allowed);
});

test('who reads may describe; a DENY wins, and does not imply others', () => {
  expect(isAllowed([acl()], ME, weather, 'Describe')).toBe(true);
  expect(isAllowed([acl()], ME, weather, 'DescribeConfigs')).toBe(false);
  const deny = acl({ permissionType: PERMISSION.DENY });
  expect(isAllowed([acl(), deny], ME, weather, 'Read')).toBe(false);
  expect(isAllowed([acl(), deny], ME, weather, 'Describe')).toBe(true);
  const part = acl({ permissionType: PERMISSION.DENY, operation: OP.ALL, resourceName: 'flights.models.all.v1' });
  const all = acl({ operation: OP.ALL, resourceName: '*' });
  expect(isAllowed([all, part], ME, own, 'Create')).toBe(false);
});

test('each stage that lacks something is named, with what, and the command', async () => {
  const needs = needsOf(await flights());
  const all = acl({ operation: OP.ALL, resourceName: 'flights.', resourcePatternType: PATTERN.PREFIXED });
  const entries = [RESOURCE.TOPIC, RESOURCE.GROUP, RESOURCE.TRANSACTIONAL_ID].map((resourceType) => ({
    ...all,
    resourceType,
  }));
  const raw = ['departures', 'arrivals'].map((resourceName) => acl({ operation: OP.ALL, resourceName }));
  const found = judgeRights({ kind: 'enforced', entries: [...entries, ...raw] }, {}, ME, needs);
  const bad = found.filter(({ level }) => level !== 'ok');
  expect(bad).toEqual([
    {
      area: 'rights',
      level: 'error',
      message: `${ME} lacks what start needs: Describe and DescribeConfigs on topic weather`,
      remedy: `kafka-acls --add: --allow-principal ${ME} --operation Describe --operation DescribeConfigs --topic weather`,
    },
    expect.objectContaining({ message: `${ME} lacks what admit needs: Read on topic weather` }),
  ]);
  const levels = (config: Record<string, string>) =>
    judgeRights({ kind: 'enforced', entries: [...entries, ...raw] }, config, ME, needs).map(({ level }) => level);
  expect(levels({ 'allow.everyone.if.no.acl.found': 'true' })).not.toContain('error');
  expect(levels({ 'super.users': `User:admin;${ME}` })).toEqual(['warning']);
});

test('where ACLs are not enforced, not shown, or for nobody that is known', () => {
  expect(judgeRights({ kind: 'notEnforced' }, {}, ME, [weather])[0]).toMatchObject({ level: 'ok' });
  expect(judgeRights({ kind: 'unknown', why: 'no' }, {}, ME, [weather])[0]).toMatchObject({ level: 'warning' });
  expect(judgeRights({ kind: 'enforced', entries: [] }, {}, null, [weather])[0]).toMatchObject({ level: 'warning' });
});
