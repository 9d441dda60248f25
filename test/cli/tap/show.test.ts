import { expect, test } from 'vitest';
import { plain, textOrBase64, Values } from '../../../src/cli/tap/show.js';
import { Codec } from '../../../src/codec/avro.js';
import { memoryRegistry } from '../../../src/codec/registry.js';
import { admittedSchema, factSchema, servedSchema } from '../../../src/contract/frames.js';
import { loadTopology } from '../../../src/runtime/load-topology.js';

const flights = await loadTopology('topology/flights.ts');
const setUp = () => {
  const registry = memoryRegistry();
  const codec = new Codec(registry);
  return { registry, codec, values: new Values(codec, registry) };
};
const form = async (schema: unknown, value: unknown) => {
  const { codec, values } = setUp();
  const shown = await values.show((await codec.writer('t', schema)).encode(value));
  return shown.kind === 'avro' ? shown.form : shown.kind;
};

test('a user’s record is decoded by its schema, longs of any size and bytes too', async () => {
  const { codec, values } = setUp();
  const fields = ['long', 'bytes', 'double', ['null', 'string']].map((type, i) => ({ name: `f${i}`, type }));
  const writer = await codec.writer('rides', { type: 'record', name: 'Ride', fields }, { wide: true });
  const bytes = writer.encode({ f0: 2 ** 60, f1: Buffer.from([255]), f2: Number.NaN, f3: null });
  expect(await values.show(bytes)).toEqual({
    kind: 'avro',
    form: 'record',
    value: { f0: 2 ** 60, f1: { base64: '/w==' }, f2: 'NaN', f3: null },
  });
});

test('frames and facts are Headrace’s; a user’s own list of rows is none, and neither is `served`', async () => {
  const event = flights.events[0]!;
  expect(await form(admittedSchema(event), { before: 0, after: 0, known: -1, mark: -1, rows: [] })).toBe('frame');
  expect(await form(factSchema, { kind: 'k', at: 1, body: '{}' })).toBe('fact');
  const own = { type: 'record', name: 'Sheet', fields: [{ name: 'rows', type: { type: 'array', items: 'int' } }] };
  expect(await form(own, { rows: [1] })).toBe('record');
  const served = {
    offset: 1,
    admittedOffset: 1,
    low: [],
    view: 'v',
    viewHash: 'h',
    model: null,
    version: null,
    rows: 1,
  };
  expect(await form(servedSchema, served)).toBe('record');
});

test('what no schema explains is shown as bytes, with the reason where it looked like Avro', async () => {
  const { codec, values } = setUp();
  expect(await values.show(null)).toEqual({ kind: 'null' });
  expect(await values.show(Buffer.from('{"a":1}'))).toEqual({
    kind: 'bytes',
    value: { text: '{"a":1}' },
    unreadable: null,
  });
  const unknown = await values.show(Buffer.from([0, 0, 0, 0, 9, 1]));
  expect(unknown).toMatchObject({ kind: 'bytes', value: { base64: 'AAAAAAkB' } });
  expect((unknown as { unreadable: string }).unreadable).toContain('schema 9 is unknown');
  const { id } = await codec.writer('t', factSchema);
  const cut = Buffer.from([0, 0, 0, 0, id, 200]);
  expect((await values.show(cut)) as object).toMatchObject({
    kind: 'bytes',
    unreadable: expect.stringContaining('cannot be read'),
  });
});

test('a registry that does not answer is an error: bytes would be misleading', async () => {
  const { codec } = setUp();
  const values = new Values(codec, { register: async () => 1, schema: () => Promise.reject(new Error('down')) });
  await expect(values.show(Buffer.from([0, 0, 0, 0, 1, 0]))).rejects.toThrow('down');
});

test('text is text only where all of it is', () => {
  expect(textOrBase64(Buffer.from('Zürich\n\t'))).toEqual({ text: 'Zürich\n\t' });
  expect(textOrBase64(Buffer.alloc(0))).toEqual({ text: '' });
  expect(textOrBase64(Buffer.from([0x61, 0]))).toEqual({ base64: 'YQA=' });
  expect(textOrBase64(Buffer.from([0xff]))).toEqual({ base64: '/w==' });
  expect(plain([Number.POSITIVE_INFINITY, undefined, 'x'])).toEqual(['Infinity', undefined, 'x']);
});
