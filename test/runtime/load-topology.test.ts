import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadTopology } from '../../src/runtime/load-topology.js';
import flights from '../../topology/flights.js';

const folder = mkdtempSync(join(tmpdir(), 'headrace-load-'));
const fileOf = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const ORDERS = `
import { event, schema } from 'headrace';
export const order = event(schema({ type: 'record', name: 'Order', fields: [
  { name: 'order', type: 'string' }, { name: 'at', type: 'long' }, { name: 'customer', type: 'string' },
] }), { topic: 'orders', id: 'order', time: 'at', knownAt: 'at' });
`;

describe('loadTopology', () => {
  test('loads the flights, with `headrace` and `.js` imports resolved, as the test runner does', async () => {
    const path = fileURLToPath(new URL('../../topology/flights.ts', import.meta.url));
    expect(await loadTopology(path)).toEqual(flights.definition);
  });

  test('loads a file outside of any installation, which imports another', async () => {
    fileOf('orders.ts', ORDERS);
    const path = fileOf(
      'shop.ts',
      `import { count, group, topology } from 'headrace';
       import { order } from './orders.js';
       const customer = group('customer', { version: 1, key: [order.customer], features: { n: count(order, '1h') } });
       export default topology('shop', { groups: [customer] });`,
    );
    const definition = await loadTopology(path);
    expect(definition.groups.map((group) => group.features[0])).toMatchObject([{ windowMs: 3_600_000 }]);
    expect(definition.events.map((event) => event.topic)).toEqual(['orders']);
  });

  test('sees a file that was changed', async () => {
    const text = (name: string) => `import { topology } from 'headrace'; export default topology('${name}', {});`;
    const path = fileOf('changing.ts', text('one'));
    expect((await loadTopology(path)).name).toBe('one');
    fileOf('changing.ts', text('two'));
    expect((await loadTopology(path)).name).toBe('two');
  });

  test('tells all problems at once, each with its place', async () => {
    fileOf('orders.ts', ORDERS);
    const path = fileOf(
      'wrong.ts',
      `import { count, group, mean, topology } from 'headrace';
       import { order } from './orders.js';
       const customer = group('customer', { version: 1, key: [order.custmer], features: {
         n: count(order, '1x'), m: mean(order.customer, '1h') } });
       export default topology('shop', { groups: [customer] });`,
    );
    const error = await loadTopology(path).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'TOPOLOGY_INVALID', remedy: 'fix-definition' });
    expect(error.details.problems.map((problem: { place: string }) => problem.place)).toEqual([
      'group customer > key',
      'group customer > feature n',
      'group customer > feature m',
    ]);
    expect(error.message).toContain('did you mean customer?');
  });

  test.each([
    ['does not exist', 'absent.ts', null, 'TOPOLOGY_NOT_FOUND', 'no topology file'],
    ['exports nothing', 'nothing.ts', 'export const a = 1;', 'TOPOLOGY_INVALID', 'no default export'],
    ['exports something else', 'else.ts', 'export default { a: 1 };', 'TOPOLOGY_INVALID', 'is no topology'],
    ['is no TypeScript', 'syntax.ts', 'export default (', 'TOPOLOGY_INVALID', 'cannot be run'],
    ['throws', 'throws.ts', "throw new Error('no luck');", 'TOPOLOGY_INVALID', 'no luck'],
  ])('a file that %s', async (_, name, text, code, message) => {
    const path = text === null ? join(folder, name) : fileOf(name, text);
    const error = await loadTopology(path).catch((thrown) => thrown);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.message).toContain(name);
  });
});
