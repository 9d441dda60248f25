import { describe, expect, test } from 'vitest';
import { compileGroup, Entity, type Want } from '../../src/aggregate/index.js';
import { HeadraceError } from '../../src/error.js';
import type { Scalar } from '../../src/topology/definition.js';
import { definition, feature, field, group, insert } from './support.js';

const plan = compileGroup(
  definition,
  group([
    feature({ aggregate: 'mean', value: field('x'), windowMs: null }),
    feature({ aggregate: 'last', value: field('text'), type: 'category', windowMs: null }),
    feature({ aggregate: 'last', value: field('yes') }),
  ]),
  { chunkModulus: 3, fanout: 2 },
);

/** Here the first three ids end a chunk, the third a super-chunk too, and so does the last. */
const START = 2_002_000;
/** A chunk that was folded, one that is closed, and a tail. */
function entity(): Entity {
  const made = new Entity(plan);
  for (let i = 0; i < 6; i++) {
    const values = { x: i === 2 ? null : i / 4, text: i % 2 === 0 ? null : `t${i}`, yes: i > 3 };
    insert(plan, made, { topic: 'a', time: START + 10 * i, id: `id${i}`, values });
  }
  made.evict(START + 20 + plan.horizonMs);
  return made;
}
const recordsOf = (made: Entity) =>
  Object.fromEntries(made.dirty().map(({ suffix, value }) => [suffix.toString('hex'), value!.toString('hex')]));

const record = (suffix: string) => Buffer.from(RECORDS[suffix]!, 'hex');
/** What it is after one more event, which comes late: bytes, and features. */
function later(made: Entity) {
  insert(plan, made, { topic: 'a', time: START + 35, id: 'new', values: { x: 8 } });
  const out: Scalar[] = [];
  made.query(START + 100, null, out);
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

describe('the records', () => {
  test('are these bytes, for ever: another layout has another number in front', () => {
    expect(recordsOf(entity())).toEqual(RECORDS);
  });

  test('are read again, and only those that a row needs', () => {
    const read = Entity.load(plan, record('00'));
    expect(bring(read, START + 35)).toEqual([[SUPER, CLOSED]]);
    expect(bring(read, START + 15)).toEqual([[OLD_CHUNK]]);
    expect(bring(read, START + 5)).toEqual([]);
    expect(bring(read, START + 99)).toEqual([]);
    const made = entity();
    made.clean();
    expect(later(read)).toEqual(later(made));
  });

  test('of another group, of another format, or of other borders are refused', () => {
    const other = compileGroup(
      definition,
      group([feature({ aggregate: 'count' }), feature({ aggregate: 'count', event: 'b' })]),
    );
    expect(() => Entity.load(other, record('00'))).toThrow(/is not of group group v1/);
    const header = record('00');
    header[0] = 7;
    expect(() => Entity.load(plan, header)).toThrow(
      /00 has format 7, not 4: a newer version of Headrace wrote it: run that one/,
    );
    const [, chunk] = wantsOf(Entity.load(plan, record('00')), START + 35);
    expect(() => chunk!.give(record(OLD_CHUNK))).toThrow(/does not end with its border/);
    expect(() => chunk!.give(record(CLOSED).subarray(0, 9))).toThrow(/ends early/);
  });

  test('that are damaged are read as something else or refused, and never for ever', () => {
    const names = Object.keys(RECORDS);
    for (const damagedName of names) {
      const whole = record(damagedName);
      for (let at = 0; at < whole.length; at++) {
        for (const byte of [0, 1, 0x7f, 0x80, 0xff, whole[at]! ^ 1]) {
          const damaged = Buffer.from(whole);
          damaged[at] = byte;
          const recordOf = (name: string) => (name === damagedName ? damaged : record(name));
          try {
            const read = Entity.load(plan, recordOf('00'));
            for (let round = 0; round < 2; round++) {
              for (const { suffix, give } of wantsOf(read, START + 15)) {
                const name = suffix.toString('hex');
                if (RECORDS[name] !== undefined) give(recordOf(name));
              }
            }
            read.query(START + 100, null, []);
          } catch (cause) {
            expect(cause).toBeInstanceOf(HeadraceError);
          }
        }
      }
    }
  });
});

describe('records of older formats', () => {
  test.each([
    ['1', HEADER_1],
    ['2', HEADER_2],
    ['3', HEADER_3],
  ])('are refused, and it is said what to do: %s', (format, header) => {
    expect(() => Entity.load(plan, Buffer.from(header, 'hex'))).toThrow(
      expect.objectContaining({
        code: 'STATE_FORMAT',
        remedy: 'fix-definition',
        message: `state record 00 has format ${format}, not 4: it is of an older arithmetic: raise the version of the group, which computes its state anew`,
      }),
    );
  });

  test('are refused by a super-chunk, too', () => {
    const [whole] = wantsOf(Entity.load(plan, record('00')), START + 35);
    expect(() => whole!.give(Buffer.from(SUPER_1, 'hex'))).toThrow(/has format 1, not 2/);
  });
});

const OLD_CHUNK = '01000080000000001e8c64696432';
/** A folded chunk, a super-chunk of one chunk, a chunk of the open run; the tail is empty. */
const CLOSED = '01000080000000001e8c82696435';
const SUPER = '02000080000000001e8c64696432';
const RECORDS: Record<string, string> = {
  '00':
    '040107b6b1f40103696431020301000000000000000001000000000000d03f02030001b6b1f401036964310102743101' +
    'cab1f4010369643204cab1f4010186b2f4010369643501deb1f40103030000000000000840' +
    '0186b2f40103696435010274350186b2f4010369643500000000000000f03f00040200',
  [OLD_CHUNK]: '0101cab1f40103696432050103010000',
  [CLOSED]:
    '0103deb1f401036964330a036964340a03696435050202743302743500000000000000e83f000000000000f03f000000000000f43f00000101',
  [SUPER]: '0201cab1f4010369643204cab1f401010000000000000000000001cab1f40103696432000000000000000000',
};

const HEADER_1 =
  '010102fa0f03696432b6100369643503e60f036964310102000000000000d03f01000000000000000001000000000000d03f01e60f03696431010274' +
  '310001e60f036964310102743100040200';
const HEADER_2 =
  '020107e60f036964310102000000000000d03f01000000000000000001000000000000d03f01e60f03696431010274310001e60f0369643101027431' +
  '01fa0f03696432fa0f01b610036964358e100303000000000000084001b610036964350102743501b6100369643500000000000000f03f00040200';
const HEADER_3 =
  '030107e60f0369643101000000000000000001000000000000d03f0001e60f036964310102743101fa0f03696432fa0f01b610036964358e10030300' +
  '0000000000084001b610036964350102743501b6100369643500000000000000f03f00040200';
const SUPER_1 = '0101fa0f03696432fa0f010000000000000000000001fa0f03696432000000000000000000';
