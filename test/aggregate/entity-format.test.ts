import { describe, expect, test } from 'vitest';
import { compileGroup, Entity, type Want } from '../../src/aggregate/index.js';
import type { Scalar } from '../../src/topology/definition.js';
import { definition, feature, field, group, insert } from './support.js';

const plan = compileGroup(
  definition,
  group([
    feature({ aggregate: 'mean', value: field('x'), windowMs: null }),
    feature({ aggregate: 'last', value: field('text'), type: 'category', windowMs: null }),
    feature({ aggregate: 'last', value: field('yes') }),
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

const record = (suffix: string) => Buffer.from(RECORDS[suffix]!, 'hex');
/** What it is after one more event, which comes late: bytes, and features. */
function later(made: Entity) {
  insert(plan, made, { topic: 'a', time: 1035, id: 'new', values: { x: 8 } });
  const out: Scalar[] = [];
  made.query(1100, null, out);
  return [recordsOf(made), out];
}

function wantsOf(made: Entity, time: number): Want[] {
  const wants = new Map<object, Want>();
  made.want({ event: 0, time, id: 'new', scored: false }, 0, wants);
  return [...wants.values()];
}

/** Brings what a late event at `time` needs. @returns the names of what was brought, round by round */
function bring(made: Entity, time: number): string[][] {
  const rounds: string[][] = [];
  for (;;) {
    const wants = wantsOf(made, time);
    if (wants.length === 0) return rounds;
    rounds.push(wants.map(({ suffix }) => suffix.toString('hex')));
    for (const { suffix, give } of wants) give(record(suffix.toString('hex')));
  }
}
const none = () => undefined;

describe('the records', () => {
  test('are these bytes, for ever: another layout has another number in front', () => {
    expect(recordsOf(entity())).toEqual(RECORDS);
  });

  test('are read again, and only those that a row needs', () => {
    const read = Entity.load(plan, record('00'), none);
    expect(bring(read, 1035)).toEqual([[SUPER, CLOSED]]);
    expect(bring(read, 1015)).toEqual([[OLD_CHUNK]]);
    expect(bring(read, 1005)).toEqual([]);
    expect(bring(read, 1099)).toEqual([]);
    const made = entity();
    made.clean();
    expect(later(read)).toEqual(later(made));
  });

  test('of another group, of another format, or of other borders are refused', () => {
    const other = compileGroup(
      definition,
      group([feature({ aggregate: 'count' }), feature({ aggregate: 'count', event: 'b' })]),
    );
    expect(() => Entity.load(other, record('00'), none)).toThrow(/is not of group group v1/);
    const header = record('00');
    header[0] = 7;
    expect(() => Entity.load(plan, header, none)).toThrow(/00 has format 7, and this version reads 3/);
    const [, chunk] = wantsOf(Entity.load(plan, record('00'), none), 1035);
    expect(() => chunk!.give(record(OLD_CHUNK))).toThrow(/does not end with its border/);
    expect(() => chunk!.give(record(CLOSED).subarray(0, 9))).toThrow(/ends early/);
  });
});

describe('records of format 2', () => {
  test('are read, and the header is written again in this format with the next change', () => {
    const read = Entity.load(plan, Buffer.from(HEADER_2, 'hex'), none);
    bring(read, 1035);
    const made = entity();
    made.clean();
    expect(later(read)).toEqual(later(made));
  });

  test('that passed a super-border hold the same folds', () => {
    const read = Entity.load(plan, Buffer.from(BORDERED_2, 'hex'), none);
    const out: Scalar[] = [];
    read.query(1100, null, out);
    expect(out.slice(0, 2)).toEqual([Math.fround((0.25 + 1.5) / 3), 't1']);
  });
});

describe('records of format 1', () => {
  const old = (suffix: string) => Buffer.from(FORMAT_1[suffix]!, 'hex');

  test('are read, and written again in this format', () => {
    expect(Entity.loadSuffixes(plan, old('00')).map((suffix) => suffix.toString('hex'))).toEqual(
      Object.keys(FORMAT_1).filter((suffix) => suffix !== '00'),
    );
    const read = Entity.load(plan, old('00'), (suffix) => old(suffix.toString('hex')));
    expect(recordsOf(read)).toEqual(RECORDS);
    expect(later(read)).toEqual(later(entity()));
  });

  test('of which a chunk is gone are refused', () => {
    expect(() => Entity.load(plan, old('00'), none)).toThrow(/is named by its header, but not there/);
  });
});

const OLD_CHUNK = '01000080000000000003fc696432';
const FORMAT_1: Record<string, string> = {
  '00': '010102fa0f03696432b6100369643503e60f036964310102000000000000d03f01000000000000000001000000000000d03f01e60f03696431010274310001e60f036964310102743100040200',
  '01000080000000000003fc696432': '0101fa0f03696432050103010000',
  '010000800000000000041a696435':
    '01038e10036964330a036964340a03696435050202743302743500000000000000e83f000000000000f03f000000000000f43f00000101',
};

/** A folded chunk, a super-chunk of one chunk, a chunk of the open run; the tail is empty. */
const CLOSED = '010000800000000000041a696435';
const SUPER = '02000080000000000003fc696432';
const RECORDS: Record<string, string> = {
  ...FORMAT_1,
  '00':
    '030107e60f0369643101000000000000000001000000000000d03f0001e60f036964310102743101' +
    'fa0f03696432fa0f01b610036964358e100303000000000000084001b610036964350102743501b6100369643500000000000000f03f00040200',
  [SUPER]: '0101fa0f03696432fa0f010000000000000000000001fa0f03696432000000000000000000',
};

const HEADER_2 =
  '020107e60f036964310102000000000000d03f01000000000000000001000000000000d03f01e60f03696431010274310001e60f036964310102743101' +
  'fa0f03696432fa0f01b610036964358e100303000000000000084001b610036964350102743501b6100369643500000000000000f03f00040200';
/** All: 3 values, which sum up to 9; up to the super-border 1 of 0.25, behind it 2 of 1.5. Then texts, and no rows. */
const BORDERED_2 =
  '020107e60f0369643101' +
  '030000000000002240' +
  '01000000000000d03f' +
  '02000000000000f83f' +
  '01e60f03696431010274310001e60f0369643101027431' +
  '0000' +
  '00040200';
