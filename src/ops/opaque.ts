/**
 * opaque: a node of an ONNX file that no op is, kept as it stands there: operator, attributes, and what it is given. It
 * runs as in the file; it has no gradient, and what is around it keeps its size.
 */
import * as z from "zod";
import {
  attributes,
  type Call,
  type ElementType,
  type Emit,
  elementType,
  type ForeignAttribute,
  flag,
  none,
  op,
  sizes,
  type TypedNumbers,
  type Value,
  whole,
} from "../op/index.js";
import { type Shape, ShapeMismatch, sameShape, show } from "../shape/index.js";

/** What the operator is given in a place. */
export type OpaqueInput =
  /** The next of the node's inputs, of which a sample has this shape. */
  | readonly [kind: "tensor", type: ElementType, shape: Shape]
  /** Numbers of float32 that stand with the network's weights. */
  | readonly [kind: "weight", dims: Shape]
  | readonly [kind: "constant", ...TypedNumbers]
  | readonly [kind: "nothing"];

export interface OpaqueAttrs {
  readonly operator: string;
  /** Empty for ONNX's standard operators. */
  readonly domain: string;
  /** Version of the domain's operators that the file is written for. */
  readonly version: number;
  readonly attributes: readonly ForeignAttribute[];
  readonly inputs: readonly OpaqueInput[];
  /** How many outputs the operator has, and which of them this node is. */
  readonly outputs: number;
  readonly output: number;
  /** Of the operator's output. */
  readonly type: ElementType;
  /** Of a sample of it. */
  readonly shape: Shape;
  /** The operator is given one sample after another, without an axis for the batch. */
  readonly each: boolean;
}

const text = (name: string) => z.string({ error: `${name} must be a text; give one` });
const types = Object.keys(elementType) as [ElementType, ...ElementType[]];
const type = z.enum(types, { error: `type must be one of ${types.join(", ")}; give one of these` });
const numbers = z.array(z.number());
const attribute = z.union(
  [
    z.tuple([z.string(), z.enum(["int", "float"]), z.number()]),
    z.tuple([z.string(), z.enum(["ints", "floats"]), numbers]),
    z.tuple([z.string(), z.literal("string"), z.string()]),
    z.tuple([z.string(), z.literal("strings"), z.array(z.string())]),
    z.tuple([z.string(), z.literal("tensor"), z.tuple([type, numbers, numbers])]),
  ],
  { error: 'attributes must be lists of name, kind and value; give e.g. ["axis", "int", 1]' },
);
const input = z.union(
  [
    z.tuple([z.literal("tensor"), type, numbers]),
    z.tuple([z.literal("weight"), numbers]),
    z.tuple([z.literal("constant"), type, numbers, numbers]),
    z.tuple([z.literal("nothing")]),
  ],
  { error: 'inputs must say what each is; give e.g. ["tensor", "float32", [8]]' },
);

const tensors = ({ inputs }: OpaqueAttrs) => inputs.filter(one => one[0] === "tensor");
const role = (place: number): string => `input${place}`;

export const opaque = op<OpaqueAttrs>({
  name: "opaque",
  fromFilesAlone: true,
  title: ({ operator, domain }) => `opaque ${domain === "" ? "" : `${domain}.`}${operator}`,
  attrs: attributes({
    operator: text("operator"),
    domain: text("domain"),
    version: whole("version", 1),
    attributes: z.array(attribute),
    inputs: z.array(input),
    outputs: whole("outputs", 1),
    output: whole("output", 0),
    type,
    shape: sizes("shape"),
    each: flag("each"),
  }) as unknown as z.ZodType<OpaqueAttrs>,
  args: (attrs: OpaqueAttrs) => ({ ...attrs }),
  arity: { atLeast: 1 },
  shape: (inputs, attrs) => {
    const wanted = tensors(attrs).map(([, , shape]) => shape);
    if (wanted.length === inputs.length && wanted.every((shape, i) => sameShape(shape, inputs[i]!))) return attrs.shape;
    throw new ShapeMismatch(
      `opaque: ${attrs.operator} must be given ${wanted.map(show).join(" and ")} as in its file, got ${inputs.map(show).join(" and ")}; leave what is before it as it is`,
    );
  },
  weights: (_, { inputs }) =>
    inputs.flatMap((one, place) =>
      one[0] === "weight"
        ? [{ role: role(place), shape: one[1], init: { kind: "constant", value: 0 }, trainable: false } as const]
        : [],
    ),
  // Nothing is known of what it computes.
  cost: () => ({ macs: 0, autogradOps: 0, saved: 0, storage: "own" }),
  forward: (emit, call) => ({ y: call.attrs.each ? eachSample(emit, call) : asInFile(emit, call, call.x) }),
  backward: none("it stands as in its ONNX file, where no op is it; freeze the layers before it"),
  sample: () => undefined,
  pytorch: () => none("it is a node of an ONNX file"),
});

const asType = (emit: Emit, value: Value, from: ElementType, to: ElementType): Value =>
  from === to ? value : emit.op("Cast", [value], { to: elementType[to] });

/** The operator on tensors that are float32 here and have a type of their own in the file. */
function asInFile(emit: Emit, { attrs, w }: Call<OpaqueAttrs>, x: readonly Value[]): Value {
  const rest = [...x];
  const inputs = attrs.inputs.map((one, place) => {
    if (one[0] === "tensor") return asType(emit, rest.shift()!, "float32", one[1]);
    if (one[0] === "weight") return w[role(place)]!;
    return one[0] === "constant" ? emit.constant([one[1], one[2], one[3]]) : "";
  });
  const made = emit.foreign({ ...attrs, inputs });
  return asType(emit, made[attrs.output]!, attrs.type, "float32");
}

const eachSample = (emit: Emit, call: Call<OpaqueAttrs>): Value =>
  emit.scan({
    carried: [],
    along: call.x,
    backwards: false,
    // The runtime wants to know the shape of what is collected.
    step: (inner, _, parts) => ({
      carried: [],
      collected: [inner.op("Reshape", [asInFile(inner, call, parts), inner.ints(call.attrs.shape)])],
    }),
  })[0]!;
