/** What a standard operator's outputs are, by ONNX's own rules: for nodes that are kept as they stand. */
import { elementType } from "../../op/index.js";
import { broadcastDims } from "./fold.js";
import {
  convolved,
  type Infer,
  type Inferred,
  type InferSite,
  pooled,
  transposedConvolution,
} from "./infer-windows.js";

export type { Inferred } from "./infer-windows.js";

const { bool, int64, int32, uint8, float32 } = elementType;

/** Every element alone. */
const pointwise: Infer = ({ inputs: [x] }) => [x!];
const told: Infer = ({ inputs: [x] }) => [{ ...x!, type: bool }];
/** Of the same sizes, within every sample. */
const same: Infer = ({ inputs: [x] }) => [x!];

/** Element by element, broadcast; of the type of an input, or of its own. */
const together =
  (typeOf: (inputs: readonly Inferred[]) => number): Infer =>
  ({ inputs }) => {
    const all = inputs as Inferred[];
    const dims = all.every(one => one !== undefined) ? broadcastDims(all.map(one => one.dims)) : undefined;
    return dims && [{ dims, type: typeOf(all) }];
  };
const first = together(([x]) => x!.type);
const compared = together(() => bool);

/** Along one axis of a sample, in place. */
const along =
  (usual: number, place?: number): Infer =>
  site => {
    const [x] = site.inputs as [Inferred];
    const axis = place === undefined ? site.attributes.int("axis", usual) : site.constant(place)?.[0];
    if (axis === undefined) return undefined;
    site.axis(axis, x.dims.length);
    return [x];
  };
/** Before version 13 over all axes from one on, which is counted from the front. */
const fromAxis: Infer = site => (site.opset < 13 ? along(1)(site) : along(-1)(site));

const reduced: Infer = site => {
  const [x] = site.inputs as [Inferred];
  const axes = site.constant(1) ?? site.attributes.ints("axes") ?? [];
  if (site.inputs[1] && !site.constant(1)) return undefined;
  if (axes.length === 0 && site.attributes.int("noop_with_empty_axes", 0) === 1) return [x];
  const all = axes.length > 0 ? axes : x.dims.map((_, axis) => axis);
  return [{ ...x, dims: without(site, x.dims, all) }];
};

/** The sizes after a reduction over these axes. */
function without({ axis, attributes }: InferSite, dims: readonly number[], axes: readonly number[]): number[] {
  const gone = axes.map(one => axis(one, dims.length));
  const kept = attributes.int("keepdims", 1) === 1;
  return dims.flatMap((size, at) => (gone.includes(at) ? (kept ? [1] : []) : [size]));
}

const placeOf: Infer = site => {
  const [x] = site.inputs as [Inferred];
  return [{ dims: without(site, x.dims, [site.attributes.int("axis", 0)]), type: int64 }];
};

const largest: Infer = site => {
  const [x] = site.inputs as [Inferred];
  const count = site.constant(1)?.[0];
  if (count === undefined) return undefined;
  const dims = x.dims.with(site.axis(site.attributes.int("axis", -1), x.dims.length), count);
  return [
    { ...x, dims },
    { dims, type: int64 },
  ];
};

const gathered: Infer = site => {
  const [x, places] = site.inputs as [Inferred, Inferred];
  const named = site.attributes.int("axis", 0);
  // Places in a table: the batch is that of the places.
  const axis = site.constant(0) && named === 0 ? 0 : site.axis(named, x.dims.length);
  return [{ ...x, dims: [...x.dims.slice(0, axis), ...places.dims, ...x.dims.slice(axis + 1)] }];
};
const gatheredElements: Infer = site => {
  const [x, places] = site.inputs as [Inferred, Inferred];
  site.axis(site.attributes.int("axis", 0), x.dims.length);
  return [{ dims: places.dims, type: x.type }];
};
const gatheredParts: Infer = ({ inputs, attributes, axis }) => {
  const [x, places] = inputs as [Inferred, Inferred];
  const before = attributes.int("batch_dims", 0);
  if (before === 0) axis(0, x.dims.length);
  return [{ ...x, dims: [...places.dims.slice(0, -1), ...x.dims.slice(before + places.dims.at(-1)!)] }];
};
const scatteredParts: Infer = ({ inputs: [x], axis }) => {
  axis(0, x!.dims.length);
  return [x!];
};

const tiled: Infer = ({ inputs: [x], constant, axis }) => {
  const times = constant(1);
  if (!times) return undefined;
  for (const [i, one] of times.entries()) if (one !== 1) axis(i, times.length);
  return [{ ...x!, dims: x!.dims.map((size, i) => size * times[i]!) }];
};
const expanded: Infer = ({ inputs: [x], constant }) => {
  const wanted = constant(1);
  const dims = wanted && broadcastDims([x!.dims, wanted]);
  return dims && [{ ...x!, dims }];
};

/** Channels become space by blocks, or space channels. */
const blocks =
  (towards: 1 | -1): Infer =>
  ({ inputs: [x], attributes }) => {
    const [batch, channels, ...space] = x!.dims;
    const size = attributes.int("blocksize", 1) ** towards;
    return [{ ...x!, dims: [batch!, channels! / size ** 2, ...space.map(one => one * size)] }];
  };

const oneHot: Infer = ({ inputs: [x, , values], constant, attributes, axis }) => {
  const depth = constant(1)?.[0];
  if (depth === undefined) return undefined;
  const at = axis(attributes.int("axis", -1), x!.dims.length + 1);
  return [{ dims: x!.dims.toSpliced(at, 0, depth), type: values!.type }];
};

const sampled: Infer = ({ inputs: [x, grid] }) => [
  { ...x!, dims: [...x!.dims.slice(0, 2), ...grid!.dims.slice(1, -1)] },
];

const resized: Infer = ({ inputs: [x], constant, attributes, opset }) => {
  if (attributes.ints("axes") || attributes.text("keep_aspect_ratio_policy", "stretch") !== "stretch") return undefined;
  const [scales, sizes] = opset < 11 ? [constant(1)] : [constant(2), constant(3)];
  if (sizes?.length === x!.dims.length) return sizes[0] === x!.dims[0] ? [{ ...x!, dims: sizes }] : undefined;
  if (scales?.length !== x!.dims.length) return undefined;
  return [{ ...x!, dims: x!.dims.map((size, i) => Math.floor(size * Math.fround(scales[i]!))) }];
};

const equation = /^([a-z,.]*)->([a-z.]*)$/i;
const summed: Infer = ({ inputs, attributes }) => {
  const [, left, right] = equation.exec(attributes.text("equation", "").replaceAll(" ", "")) ?? [];
  if (left === undefined || left.includes(".")) return undefined;
  const sizes = new Map(left.split(",").flatMap((word, i) => [...word].map((at, k) => [at, inputs[i]!.dims[k]!])));
  return [{ dims: [...right!].map(at => sizes.get(at)!), type: inputs[0]!.type }];
};

const matrices =
  (a: number, b: number, typeOf: (inputs: InferSite["inputs"]) => number): Infer =>
  ({ inputs }) => {
    const [left, right] = [inputs[a]!.dims, inputs[b]!.dims];
    if (left.length < 2 || right.length < 2 || left.at(-1) !== right.at(-2)) return undefined;
    const leading = broadcastDims([left.slice(0, -2), right.slice(0, -2)]);
    return leading && [{ dims: [...leading, left.at(-2)!, right.at(-1)!], type: typeOf(inputs) }];
  };
const product2: Infer = ({ inputs: [a, b], attributes }) => {
  const turned = (dims: readonly number[], name: string) =>
    attributes.int(name, 0) === 1 ? [...dims].reverse() : dims;
  return [{ ...a!, dims: [turned(a!.dims, "transA")[0]!, turned(b!.dims, "transB")[1]!] }];
};

const padded: Infer = ({ inputs: [x], constant, attributes, axis }) => {
  const pads = constant(1) ?? attributes.ints("pads");
  if (!pads) return undefined;
  const axes = constant(3) ?? x!.dims.map((_, i) => i);
  const dims = [...x!.dims];
  for (const [i, one] of axes.entries()) {
    const more = pads[i]! + pads[i + axes.length]!;
    if (pads[i] !== 0 || more !== 0) dims[axis(one, dims.length)]! += more;
  }
  return [{ ...x!, dims }];
};

/** Losses of every sample; those that are averaged or added reach over the batch. */
const losses: Infer = ({ inputs: [x, labels], attributes, axis }) => {
  const isEach = attributes.text("reduction", "mean") === "none";
  if (!isEach) axis(0, x!.dims.length);
  return [{ dims: isEach ? labels!.dims : [], type: x!.type }, x!];
};

/** With means and deviations, one for all that is normalised together. */
const normalised: Infer = ({ inputs: [x], attributes, axis }) => {
  const from = axis(attributes.int("axis", -1), x!.dims.length);
  const one = { dims: x!.dims.map((size, i) => (i < from ? size : 1)), type: float32 };
  return [x!, one, one];
};
/** While training the runtime writes over the means that it is given: they cannot be given to another node. */
const batchNormalised: Infer = ({ inputs: [x], attributes }) =>
  attributes.int("training_mode", 0) === 0 ? [x!] : undefined;

/** All states, and the last ones; the steps stand first. */
const recurrent: Infer = ({ inputs: [x, , states], attributes, axis }) => {
  if (attributes.int("layout", 0) !== 0) return undefined;
  const [steps, batch] = [x!.dims[axis(0, 3)]!, x!.dims[1]!];
  const [directions, , size] = states!.dims as [number, number, number];
  const last = { ...x!, dims: [directions, batch, size] };
  return [{ ...x!, dims: [steps, directions, batch, size] }, last, last];
};

const overSpace: Infer = ({ inputs: [x], attributes, axis }) => {
  for (const one of attributes.ints("axes") ?? [0, 2, 3]) axis(one, x!.dims.length);
  return [x!];
};

const quantized: Infer = ({ inputs: [x, , zero] }) => [{ ...x!, type: zero?.type ?? uint8 }];
const dequantized: Infer = ({ inputs: [x, scale] }) => [{ ...x!, type: scale?.type ?? float32 }];

const of = (infer: Infer, text: string): Record<string, Infer> =>
  Object.fromEntries(text.split(" ").map(name => [name, infer]));

const infers: Readonly<Record<string, Infer>> = {
  ...of(
    pointwise,
    "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Exp Floor Log Neg Reciprocal Round Sign Sin Sinh Sqrt Tan",
  ),
  ...of(
    pointwise,
    "BitwiseNot Clip Gelu Celu Elu HardSigmoid HardSwish LeakyRelu Mish Relu Selu Shrink Sigmoid Softplus Softsign Tanh ThresholdedRelu",
  ),
  ...of(told, "IsInf IsNaN Not"),
  ...of(same, "PRelu Trilu GroupNormalization InstanceNormalization LRN"),
  BatchNormalization: batchNormalised,
  LayerNormalization: normalised,
  ...of(recurrent, "GRU LSTM RNN"),
  Cast: ({ inputs: [x], attributes }) => [{ ...x!, type: attributes.int("to", 0) }],
  ...of(first, "Add Sub Mul Div Mod Pow BitShift BitwiseAnd BitwiseOr BitwiseXor And Or Xor Max Min Mean Sum"),
  ...of(compared, "Equal Greater GreaterOrEqual Less LessOrEqual"),
  Where: together(([, x]) => x!.type),
  ...of(
    reduced,
    "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare",
  ),
  ...of(placeOf, "ArgMax ArgMin"),
  ...of(fromAxis, "Softmax LogSoftmax Hardmax"),
  ...of(along(-1), "LpNormalization"),
  ...of(along(0), "ScatterElements Scatter"),
  CumSum: along(0, 1),
  TopK: largest,
  Gather: gathered,
  GatherElements: gatheredElements,
  GatherND: gatheredParts,
  ScatterND: scatteredParts,
  Tile: tiled,
  Expand: expanded,
  DepthToSpace: blocks(1),
  SpaceToDepth: blocks(-1),
  OneHot: oneHot,
  GridSample: sampled,
  ...of(resized, "Resize Upsample"),
  Einsum: summed,
  MatMul: matrices(0, 1, ([a]) => a!.type),
  MatMulInteger: matrices(0, 1, () => int32),
  QLinearMatMul: matrices(0, 3, inputs => inputs[7]!.type),
  Gemm: product2,
  ...of(pooled, "AveragePool MaxPool LpPool"),
  Conv: convolved(1),
  ConvInteger: convolved(1, int32),
  QLinearConv: convolved(3, uint8),
  ConvTranspose: transposedConvolution,
  Pad: padded,
  ...of(losses, "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss"),
  MeanVarianceNormalization: overSpace,
  QuantizeLinear: quantized,
  DequantizeLinear: dequantized,
  Det: ({ inputs: [x] }) => [{ ...x!, dims: x!.dims.slice(0, -2) }],
};

/** Operators on every element alone: wherever the batch stands, it stays there. */
export const isPointwise = (operator: string): boolean => {
  const rule = infers[operator];
  return rule === pointwise || rule === told;
};

/** Standard operators of which it can be told what they give. */
export const ruledOperators: readonly string[] = Object.keys(infers).sort();

/** Whether there is a rule for the operator. */
export const hasRule = (operator: string): boolean => Object.hasOwn(infers, operator);

/** What the outputs that anybody reads are, where a rule tells; there is something in each. */
export function inferred(operator: string, site: InferSite): readonly Inferred[] | undefined {
  const found = infers[operator]!(site);
  if (!found || found.length < site.outputs) return undefined;
  const all = found.slice(0, site.outputs);
  return all.every(({ dims }) => dims.every(size => Number.isInteger(size) && size > 0)) ? all : undefined;
}
