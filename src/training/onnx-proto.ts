/** The part of ONNX's protobuf schema that an ensemble of trees needs; field numbers are those of onnx.proto. */
import protobuf from 'protobufjs/light.js';

const field = (type: string, id: number) => ({ type, id });
const list = (type: string, id: number) => ({ rule: 'repeated', type, id });

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field('int64', 1),
        producerName: field('string', 2),
        producerVersion: field('string', 3),
        graph: field('GraphProto', 7),
        opsetImport: list('OperatorSetIdProto', 8),
      },
    },
    OperatorSetIdProto: { fields: { domain: field('string', 1), version: field('int64', 2) } },
    GraphProto: {
      fields: {
        node: list('NodeProto', 1),
        name: field('string', 2),
        input: list('ValueInfoProto', 11),
        output: list('ValueInfoProto', 12),
      },
    },
    NodeProto: {
      fields: {
        input: list('string', 1),
        output: list('string', 2),
        name: field('string', 3),
        opType: field('string', 4),
        attribute: list('AttributeProto', 5),
        domain: field('string', 7),
      },
    },
    AttributeProto: {
      fields: {
        name: field('string', 1),
        s: field('bytes', 4),
        floats: list('float', 7),
        ints: list('int64', 8),
        strings: list('bytes', 9),
        type: field('int32', 20),
      },
    },
    ValueInfoProto: { fields: { name: field('string', 1), type: field('TypeProto', 2) } },
    TypeProto: { fields: { tensorType: field('TensorType', 1) } },
    TensorType: { fields: { elemType: field('int32', 1), shape: field('TensorShapeProto', 2) } },
    TensorShapeProto: { fields: { dim: list('Dimension', 1) } },
    Dimension: { fields: { dimValue: field('int64', 1), dimParam: field('string', 2) } },
  },
});

/** TensorProto.DataType */
export const ELEMENT = { float: 1, int64: 7 } as const;
/** AttributeProto.AttributeType */
const ATTRIBUTE = { string: 3, floats: 6, ints: 7, strings: 8 } as const;

export const stringAttribute = (name: string, value: string) => ({
  name,
  s: Buffer.from(value),
  type: ATTRIBUTE.string,
});
export const floatsAttribute = (name: string, floats: readonly number[]) => ({ name, floats, type: ATTRIBUTE.floats });
export const intsAttribute = (name: string, ints: readonly number[]) => ({ name, ints, type: ATTRIBUTE.ints });
export const stringsAttribute = (name: string, strings: readonly string[]) => ({
  name,
  strings: strings.map((text) => Buffer.from(text)),
  type: ATTRIBUTE.strings,
});

/** @param dimensions numbers, or names of those that a run decides */
export const tensorInfo = (name: string, elemType: number, dimensions: readonly (number | string)[]) => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: dimensions.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) },
    },
  },
});

/** @param model a ModelProto as a plain object */
export function encodeModel(model: object): Buffer {
  const type = root.lookupType('ModelProto');
  return Buffer.from(type.encode(type.create(model as Record<string, unknown>)).finish());
}
