/** Writes ONNX graphs node by node: the `Emit` that ops lower themselves with, and the model around it. */
import type { Emit, OnnxAttrs, Value } from "../../op/index.js";
import { product } from "../../shape/index.js";
import {
  type Attribute,
  attributeType,
  type Dimension,
  type ElementType,
  elementType,
  encodeModel,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type ValueInfo,
} from "./schema.js";
import { forVersion, irVersionOf } from "./versions.js";

/** Standard operators of this version; ONNX Runtime 1.14 and newer run it. */
const opset = 18;

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
      return constant(`i${JSON.stringify(values)}`, dims, "int64", () => BigInt64Array.from(list, BigInt));
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

/** The bytes of a model that is this graph, for a version of the operators from 17 to 21; 18 unless told. */
export const modelBytes = (graph: OnnxGraph, version = opset): Uint8Array<ArrayBuffer> =>
  encodeModel({
    irVersion: irVersionOf(version),
    producerName: "netpick",
    opsetImport: [{ domain: "", version }],
    graph: forVersion(graph, version),
  });

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
