import { expect, test } from 'vitest';
import { and, event, not, or, schema } from '../../src/index.js';
import { conditionOf } from '../../src/topology/field.js';
import { EXPRESSION } from '../../src/topology/kinds.js';
import { conditionText, derivedText, expressionText } from '../../src/topology/text.js';

const Flight = schema<{ id: 'string'; at: 'long'; dep: 'int'; arr: 'int'; carrier: 'string'; late: 'boolean' }>({
  type: 'record',
  name: 'Flight',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'at', type: 'long' },
    { name: 'dep', type: 'int' },
    { name: 'arr', type: 'int' },
    { name: 'carrier', type: 'string' },
    { name: 'late', type: 'boolean' },
  ],
});
const { dep, arr, carrier, late } = event(Flight, { topic: 'flights', id: 'id', time: 'at', knownAt: 'broker' });

test.each([
  [and(arr.minus(dep).gte(15), carrier.oneOf(['UA', 'AA'])), 'arr - dep >= 15 and carrier in (AA, UA)'],
  [or(and(late.eq(true), arr.gt(0)), not(carrier.isNull())), '(late = true and arr > 0) or not (carrier is null)'],
  [and(or(arr.lt(1), arr.lte(dep)), carrier.ne('UA')), '(arr < 1 or arr <= dep) and carrier != "UA"'],
  [and(and(arr.lt(1), late.eq(false)), arr.ne(2)), 'arr < 1 and late = false and arr != 2'],
  [not(and(arr.lt(1), arr.gt(2))), 'not (arr < 1 and arr > 2)'],
  [carrier.oneOf(['UA', '', 'a b', 'null', 'x"']), 'carrier in ("", UA, "a b", "null", "x\\"")'],
  [arr.oneOf([3, -1, 3]), 'arr in (-1, 3)'],
])('a condition reads %#', (condition, text) => {
  expect(conditionText(conditionOf(condition))).toBe(text);
});

test.each([
  [arr.minus(dep).minus(1), 'arr - dep - 1'],
  [arr.minus(dep.minus(1)), 'arr - (dep - 1)'],
  [arr.minus(dep.times(2)), 'arr - dep * 2'],
  [arr.minus(dep).times(2), '(arr - dep) * 2'],
  [arr.times(2).dividedBy(dep), 'arr * 2 / dep'],
  [arr.dividedBy(dep.times(2)), 'arr / (dep * 2)'],
  [arr.times(2).plus(dep), 'arr * 2 + dep'],
])('an expression reads %#', (expression, text) => {
  expect(expressionText(expression[EXPRESSION].expression)).toBe(text);
});

test('a derived feature reads as it is computed', () => {
  expect(derivedText({ derive: 'ratio', of: ['a', 'b'] })).toBe('a / b');
  expect(derivedText({ derive: 'difference', of: ['a', 'b'] })).toBe('a - b');
  expect(derivedText({ derive: 'zScore', of: ['x', 'mean', 'std'] })).toBe('(x - mean) / std');
});
