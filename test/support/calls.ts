/** A small topology for bad input: calls, scored, with longs as key and as value, doubles, long texts, and what no feature reads. */
import { count, event, group, last, max, schema, sum, topology, view } from '../../src/index.js';
import type { RecordSchema, Scalar, TopologyDefinition } from '../../src/topology/definition.js';

export const T0 = Date.UTC(2024, 0, 1);

const time = { type: 'long', logicalType: 'timestamp-millis' };
export const CALL: RecordSchema = {
  type: 'record',
  name: 'Call',
  fields: [
    { name: 'call_id', type: 'string' },
    { name: 'time', type: time },
    { name: 'line', type: ['null', 'string'], default: null, aliases: ['phone'] },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['IN', 'OUT'] }, default: 'IN' },
    { name: 'account', type: ['null', 'long'], default: null },
    { name: 'seconds', type: ['null', 'double'], default: null },
    { name: 'bytes', type: ['null', 'long'], default: null },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'hops', type: { type: 'array', items: 'long' }, default: [] },
    { name: 'mixed', type: ['null', 'long', 'double'], default: null },
  ],
};

type Fields = Readonly<Record<string, Scalar | readonly number[]>>;

/** @param name of the topology and, with `-calls`, of the raw topic */
export function calls(name: string, marks = false): TopologyDefinition {
  const Call = schema<{
    call_id: 'string';
    time: 'long';
    line: 'string | null';
    kind: 'enum';
    account: 'long | null';
    seconds: 'double | null';
    bytes: 'long | null';
    note: 'string | null';
  }>(CALL);
  const call = event(Call, { topic: `${name}-calls`, id: 'call_id', time: 'time', knownAt: 'time', marks });
  const line = group('line', {
    version: 1,
    key: [call.line],
    features: {
      calls_1d: count(call, '1d'),
      seconds_1d: sum(call.seconds, '1d'),
      bytes_max: max(call.bytes, '1d'),
      note_last: last(call.note, '1d'),
      kind_last: last(call.kind, '1d'),
    },
  });
  const account = group('account', { version: 1, key: [call.account], features: { account_calls: count(call, '1d') } });
  const scored = view('calls', { version: 1, score: call, groups: [line, account], fields: { seconds: call.seconds } });
  return topology(name, { views: [scored] }).definition;
}

/** The `i`th call, a second after the one before. */
export const callOf = (i: number, more: Fields = {}): Fields => ({
  call_id: `c${i}`,
  time: T0 + i * 1000,
  line: `l${i % 3}`,
  kind: 'IN',
  account: i % 5,
  seconds: 1.5,
  bytes: i,
  note: null,
  hops: [],
  mixed: null,
  ...more,
});
