/**
 * What happens in a simulated world, and when its producers append it.
 * Goal: all that is hard about events in a few hundred of them: ties, late and repeated events (with equal and with other values),
 * missing keys, bad records, bursts, a partition that lags, aborted transactions in raw topics. Marks tell how far each partition
 * is known, so that the order of a group does not depend on when a record arrives, and runs can be compared byte for byte.
 */
import { Codec, type Writer } from '../../src/codec/avro.js';
import type { SchemaRegistry } from '../../src/codec/registry.js';
import { LAST_MARK } from '../../src/contract/frames.js';
import { KNOWN_UNTIL } from '../../src/feature/check-event.js';
import type { Outgoing } from '../../src/log/log.js';
import type { Scalar } from '../../src/topology/definition.js';
import { Random } from './random.js';
import { CUSTOMERS, definition, RAW_PARTITIONS, SHOPS } from './topology.js';

/** When a run begins, ms since the epoch: its events happened a month before. */
export const START_MS = Date.UTC(2026, 0, 1);
const FIRST_MS = START_MS - 30 * 86_400_000;
const SLOTS = 220;
const SLOT_MS = 20 * 60_000;
const HOUR_MS = 3_600_000;
/** How long the producers take for all of it. */
export const APPEND_MS = 9_000;
const BURST_MS = 400;
const LAG_MAX_MS = 1_500;
const OPEN_MAX_MS = 1_500;

/** What a producer appends at once, to one partition; aborted: in a transaction that is rolled back. */
export interface Append {
  /** ms after the run's begin. */
  readonly at: number;
  readonly records: readonly Outgoing[];
  readonly aborted: boolean;
  /** How long its transaction stays open, ms. */
  readonly openMs: number;
}

export interface Workload {
  readonly appends: readonly Append[];
  /** How many scored events are to be admitted. */
  readonly scored: number;
}

type Fields = Record<string, Scalar>;

interface Happening {
  readonly topic: string;
  readonly partition: number;
  readonly known: number;
  /** Null: bytes that are no record. */
  readonly fields: Fields | null;
}

export async function makeWorkload(number: number, registry: SchemaRegistry): Promise<Workload> {
  const random = new Random(number, 'workload');
  const codec = new Codec(registry);
  const writers = new Map<string, Writer<Fields>>();
  for (const event of definition.events)
    writers.set(event.topic, await codec.writer<Fields>(event.topic, event.schema, { wide: true }));
  const happenings = [
    ...many(random, random.between(45, 60), order, 'orders'),
    ...many(random, random.between(60, 80), payment, 'payments'),
    ...many(random, random.between(20, 30), returned, 'returns'),
  ];
  const scored = happenings.filter(
    ({ topic, fields }) => topic === 'orders' && fields !== null && !isBad(fields),
  ).length;
  const appends: Append[] = [];
  for (const [topic, partitions] of Object.entries(RAW_PARTITIONS)) {
    for (let partition = 0; partition < partitions; partition++) {
      const own = happenings.filter((one) => one.topic === topic && one.partition === partition);
      appends.push(...appendsOf(random, { topic, partition }, own, writers.get(topic)!));
    }
  }
  return { appends: appends.sort((a, b) => a.at - b.at), scored };
}

const isBad = (fields: Fields) => Object.values(fields)[0] === '' || Number(fields.time) > START_MS;

function many(
  random: Random,
  count: number,
  make: (random: Random, number: number, known: number) => Fields,
  topic: string,
): Happening[] {
  const made: Happening[] = [];
  for (let i = 0; i < count; i++) {
    const known = FIRST_MS + random.below(SLOTS) * SLOT_MS;
    const partition = random.below(RAW_PARTITIONS[topic]!);
    const earlier = random.chance(0.08) && made.length > 0 ? random.pick(made).fields : null;
    let fields: Fields | null = make(random, i, known);
    if (earlier !== null) fields = { ...(random.chance(0.5) ? earlier : { ...fields, ...idAndTime(earlier) }), known };
    else if (random.chance(0.03)) fields = badOf(random, fields);
    made.push({ topic, partition, known, fields });
  }
  return made;
}

function idAndTime(fields: Fields): Fields {
  const [id] = Object.keys(fields);
  return { [id!]: fields[id!]!, time: fields.time! };
}

function badOf(random: Random, fields: Fields): Fields | null {
  switch (random.below(3)) {
    case 0:
      return null;
    case 1:
      return { ...fields, [Object.keys(fields)[0]!]: '' };
    default:
      return { ...fields, time: START_MS + 400 * 24 * HOUR_MS };
  }
}

/** Mostly at once, often hours late, sometimes later than the groups' lateness. */
function happenedBefore(random: Random, known: number): number {
  const kind = random.below(10);
  if (kind < 5) return known;
  return known - random.below(kind < 9 ? 15 : 40) * SLOT_MS;
}

const maybe = (random: Random, value: string) => (random.chance(0.08) ? null : value);

const order = (random: Random, number: number, known: number): Fields => ({
  order_id: `o${number}`,
  time: random.chance(0.8) ? known : happenedBefore(random, known),
  known,
  customer: maybe(random, random.pick(CUSTOMERS)),
  shop: random.pick(SHOPS),
  amount: random.between(1, 400) / 8,
});

const payment = (random: Random, number: number, known: number): Fields => ({
  payment_id: `p${number}`,
  time: happenedBefore(random, known),
  known,
  customer: maybe(random, random.pick(CUSTOMERS)),
  shop: random.pick(SHOPS),
  amount: random.chance(0.1) ? null : random.chance(0.05) ? 1e16 : random.between(-50, 400) / 7,
  method: random.pick(['card', 'cash', 'later']),
});

const returned = (random: Random, _: number, known: number): Fields => ({
  order_id: `o${random.below(50)}`,
  time: happenedBefore(random, known),
  known,
  shop: random.pick(SHOPS),
  broken: random.chance(0.4),
});

/** In order of known time, in bursts; now and then a mark, and at the end the last one. */
function appendsOf(
  random: Random,
  at: { topic: string; partition: number },
  happenings: readonly Happening[],
  writer: Writer<Fields>,
): Append[] {
  const lagMs = random.chance(0.3) ? random.below(LAG_MAX_MS) : 0;
  const whenOf = (known: number) => {
    const share = (known - FIRST_MS) / (SLOTS * SLOT_MS);
    return Math.ceil((share * APPEND_MS) / BURST_MS) * BURST_MS + lagMs;
  };
  const mark = (until: number): Outgoing => ({ ...at, value: null, headers: { [KNOWN_UNTIL]: String(until) } });
  const bursts = new Map<number, Happening[]>();
  for (const one of [...happenings].sort((a, b) => a.known - b.known)) {
    const when = whenOf(one.known);
    bursts.set(when, [...(bursts.get(when) ?? []), one]);
  }
  const appends: Append[] = [];
  for (const [when, burst] of bursts) {
    const records = burst.map(({ fields }): Outgoing => ({ ...at, value: encoded(writer, fields) }));
    if (random.chance(0.12))
      appends.push({ at: when, records: records.slice(0, 2), aborted: true, openMs: random.below(OPEN_MAX_MS) });
    if (random.chance(0.4)) records.push(mark(burst.at(-1)!.known));
    appends.push({ at: when, records, aborted: false, openMs: 0 });
  }
  appends.push({ at: APPEND_MS + BURST_MS + lagMs, records: [mark(LAST_MARK)], aborted: false, openMs: 0 });
  return appends;
}

function encoded(writer: Writer<Fields>, fields: Fields | null): Buffer {
  return fields === null ? Buffer.from('no record') : writer.encode(fields);
}
