/** Writes ONNX graphs node by node: the `Emit` that ops lower themselves with, and the model around it. */
import {
  type ElementType,
  type Emit,
  elementType,
  type ForeignAttribute,
  type OnnxAttrs,
  type Value,
} from "../../op/index.js";
import { product } from "../../shape/index.js";
import {
  type Attribute,
  attributeType,
  type Dimension,
  encodeModel,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type ValueInfo,
} from "./schema.js";
import { bytesOfNumbers, wide } from "./tensors.js";
import { checkMeaning, foreignVersions, forVersion, irVersionOf, written } from "./versions.js";

export interface Port {
  readonly name: Value;
  readonly type: ElementType;
  /** Numbers, or names of sizes that are known only when the model runs. */
  readonly dims: readonly (number | string)[];
}

export interface GraphBuilder extends Emit {
  /** A constant tensor with a name of its own. */
  tensor(name: string, dims: readonly number[], data: Float32Array): Value;
  /** Run `body` `trip` times; see ONNX's Loop. Returns the final carried values, then the collected ones. */
  loop(trip: Value, carried: readonly Value[], body: OnnxGraph): Value[];
  /** Give a value another name. */
  rename(from: Value, to: Value): void;
  /** The graph of everything emitted so far. */
  graph(name: string, inputs: readonly Port[], outputs: readonly Port[]): OnnxGraph;
}

/** `prefix` keeps names of nested graphs apart. */
export function onnxBuilder(prefix = ""): GraphBuilder {
  const node: OnnxNode[] = [];
  const initializer: OnnxTensor[] = [];
  const constants = new Map<string, Value>();
  let count = 0;

  function add(opType: string, input: readonly Value[], outputs: number, attribute: Attribute[]): Value[] {
    const output = Array.from({ length: outputs }, () => `${prefix}${opType}_${++count}`);
    node.push({ name: output[0]!, opType, input, output, attribute });
    return output;
  }
  function constant(key: string, dims: readonly number[], type: ElementType, data: () => ArrayBufferView): Value {
    const before = constants.get(key);
    if (before !== undefined) return before;
    const name = `${prefix}constant_${++count}`;
    constants.set(key, name);
    initializer.push({ name, dims, dataType: elementType[type], rawData: bytesOf(data()) });
    return name;
  }
  const ops: Emit["ops"] = (type, inputs, outputs, attrs = {}) => add(type, inputs, outputs, attributes(attrs));
  return {
    ops,
    op: (type, inputs, attrs) => ops(type, inputs, 1, attrs)[0]!,
    ints: values => {
      const list = typeof values === "number" ? [values] : values;
      const dims = typeof values === "number" ? [] : [list.length];
      return constant(`i${JSON.stringify(values)}`, dims, "int64", () => wide(list));
    },
    float: (value, dims = []) =>
      constant(`f${value}:${dims}`, dims, "float32", () => new Float32Array(product(dims)).fill(value)),
    floats: (values, dims) => constant(`f[${values}]:${dims}`, dims, "float32", () => Float32Array.from(values)),
    tensor: (name, dims, data) => {
      initializer.push({ name, dims, dataType: elementType.float32, rawData: bytesOf(data) });
      return name;
    },
    loop: (trip, carried, body) => {
      const outputs = body.output.length - 1;
      return add("Loop", [trip, "", ...carried], outputs, [{ name: "body", type: attributeType.graph, g: body }]);
    },
    scan: ({ carried, along, backwards, step }) => {
      const inner = onnxBuilder(`${prefix}scan_${++count}/`);
      const inputs = [...carried, ...along].map((_, i) => `${prefix}scan_${count}/input_${i}`);
      const made = step(inner, inputs.slice(0, carried.length), inputs.slice(carried.length));
      // What is carried on and collected too needs two names: the runtime writes one over the other.
      const collected = made.collected.map(value => inner.op("Identity", [value]));
      const body = {
        ...inner.graph("step", [], []),
        input: inputs.map(floats),
        output: [...made.carried, ...collected].map(floats),
      };
      const reversed = {
        scan_input_directions: along.map(() => 1),
        scan_output_directions: collected.map(() => 1),
      };
      const attribute = attributes({ num_scan_inputs: along.length, ...(backwards && reversed) });
      attribute.push({ name: "body", type: attributeType.graph, g: body });
      return add("Scan", [...carried, ...along], body.output.length, attribute).slice(carried.length);
    },
    constant: ([type, dims, numbers]) =>
      constant(`${type}[${numbers}]:${dims}`, dims, type, () => bytesOfNumbers(type, numbers)),
    foreign: ({ operator, domain, version, inputs, outputs, attributes: given }) => {
      const output = Array.from({ length: outputs }, () => `${prefix}${operator}_${++count}`);
      const attribute = given.map(foreignAttribute);
      node.push({ name: output[0]!, domain, version, opType: operator, input: inputs, output, attribute });
      return output;
    },
    rename: (from, to) => {
      node.push({ name: to, opType: "Identity", input: [from], output: [to], attribute: [] });
    },
    graph: (name, inputs, outputs) => ({
      name,
      node,
      initializer,
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    }),
  };
}

/**
 * The bytes of a model that is this graph, for a version of the operators from 17 to 21; 18 unless told, or a newer one
 * that nodes of other programs need.
 */
export function modelBytes(graph: OnnxGraph, wanted?: number): Uint8Array<ArrayBuffer> {
  const { standard, others } = foreignVersions(graph);
  const version = wanted ?? Math.max(written, ...standard.map(node => node.version!));
  for (const node of standard) checkMeaning(node, version);
  return encodeModel({
    irVersion: irVersionOf(version),
    producerName: "netpick",
    opsetImport: [{ domain: "", version }, ...others],
    graph: forVersion(graph, version),
  });
}

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

const text = new TextEncoder();

const attributes = (attrs: OnnxAttrs): Attribute[] =>
  Object.entries(attrs).map(([name, value]): Attribute => {
    if (typeof value === "number") return { name, type: attributeType.int, i: value };
    if (typeof value === "string") return { name, type: attributeType.string, s: text.encode(value) };
    if ("float" in value) return { name, type: attributeType.float, f: value.float };
    return isStrings(value)
      ? { name, type: attributeType.strings, strings: value.map(one => text.encode(one)) }
      : { name, type: attributeType.ints, ints: value };
  });

function foreignAttribute(attribute: ForeignAttribute): Attribute {
  const [name, kind] = attribute;
  const type = attributeType[kind];
  if (attribute[1] === "tensor") {
    const [element, dims, numbers] = attribute[2];
    const rawData = bytesOf(bytesOfNumbers(element, numbers));
    return { name, type, t: { name: "", dims, dataType: elementType[element], rawData } };
  }
  if (attribute[1] === "string") return { name, type, s: text.encode(attribute[2]) };
  if (attribute[1] === "strings") return { name, type, strings: attribute[2].map(one => text.encode(one)) };
  const value = attribute[2];
  if (typeof value === "number") return kind === "int" ? { name, type, i: value } : { name, type, f: value };
  return kind === "ints" ? { name, type, ints: value } : { name, type, floats: value };
}

const isStrings = (values: readonly number[] | readonly string[]): values is readonly string[] =>
  typeof values[0] === "string";

export const valueInfo = ({ name, type, dims }: Port): ValueInfo => ({
  name,
  type: { tensorType: { elemType: elementType[type], shape: { dim: dims.map(dimension) } } },
});

/** A value of a step, whose shape the runtime infers. */
const floats = (name: Value): ValueInfo => ({ name, type: { tensorType: { elemType: elementType.float32 } } });

const dimension = (dim: number | string): Dimension =>
  typeof dim === "number" ? { dimValue: dim } : { dimParam: dim };
