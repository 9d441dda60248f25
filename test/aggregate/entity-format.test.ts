import { describe, expect, test } from 'vitest';
import { compileGroup, Entity } from '../../src/aggregate/index.js';
import { definition, feature, group, insert } from './support.js';

const plan = compileGroup(
  definition,
  group([
    feature({ aggregate: 'mean', field: 'x', windowMs: null }),
    feature({ aggregate: 'last', field: 'text', type: 'category', windowMs: null }),
    feature({ aggregate: 'last', field: 'yes' }),
  ]),
  { chunkModulus: 3, superModulus: 6 },
);

/** A chunk that was folded, one that is closed, and a tail. */
function entity(): Entity {
  const made = new Entity(plan);
  for (let i = 0; i < 6; i++) {
    const values = { x: i === 2 ? null : i / 4, text: i % 2 === 0 ? null : `t${i}`, yes: i > 3 };
    insert(plan, made, { topic: 'a', time: 1000 + 10 * i, id: `id${i}`, values });
  }
  made.evict(1020 + plan.horizonMs);
  return made;
}
const recordsOf = (made: Entity) =>
  Object.fromEntries(made.dirty().map(({ suffix, value }) => [suffix.toString('hex'), value!.toString('hex')]));

describe('the records', () => {
  test('are these bytes, for ever: another layout has another number in front', () => {
    expect(recordsOf(entity())).toEqual(RECORDS);
  });

  test('are read again', () => {
    const load = (suffix: Buffer) => Buffer.from(RECORDS[suffix.toString('hex')]!, 'hex');
    const header = load(Entity.headerSuffix);
    expect(Entity.chunkSuffixes(plan, header).map((suffix) => suffix.toString('hex'))).toEqual(
      Object.keys(RECORDS).filter((suffix) => suffix !== '00'),
    );
    const read = Entity.load(plan, header, load);
    insert(plan, read, { topic: 'a', time: 1100, id: 'new', values: {} });
    const made = entity();
    made.clean();
    insert(plan, made, { topic: 'a', time: 1100, id: 'new', values: {} });
    expect(recordsOf(read)).toEqual(recordsOf(made));
  });

  test('of another group, or another format, are refused', () => {
    const empty = compileGroup(
      definition,
      group([feature({ aggregate: 'count' }), feature({ aggregate: 'count', event: 'b' })]),
    );
    const header = Buffer.from(RECORDS['00']!, 'hex');
    const none = () => undefined;
    expect(() => Entity.load(empty, header, none)).toThrow(/is not of group group v1/);
    expect(() => Entity.load(plan, header, none)).toThrow(/is named by its header, but not there/);
    header[0] = 7;
    expect(() => Entity.chunkSuffixes(plan, header)).toThrow(/00 has format 7, and this version reads 1/);
  });
});

const RECORDS: Record<string, string> = {
  '00': '010102fa0f03696432b6100369643503e60f036964310102000000000000d03f01000000000000000001000000000000d03f01e60f03696431010274310001e60f036964310102743100040200',
  '01000080000000000003fc696432': '0101fa0f03696432050103010000',
  '010000800000000000041a696435':
    '01038e10036964330a036964340a03696435050202743302743500000000000000e83f000000000000f03f000000000000f43f00000101',
};
