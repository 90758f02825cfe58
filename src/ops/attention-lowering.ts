/** Multi-head attention in ONNX nodes: softmax(q kᵀ / sqrt(size)) v for every head (Vaswani et al. 2017), and back. */
import type { BackwardCall, Call, Emit, Forward, Gradients, Value } from "../op/index.js";
import type { Shape } from "../shape/index.js";

export interface AttentionAttrs {
  readonly heads: number;
  /** Probability with which a weight of a value is dropped while training. */
  readonly dropout: number;
  readonly bias: boolean;
  /** No place sees a later one. */
  readonly causal: boolean;
}
type AttentionCall = Call<AttentionAttrs>;

/** [length, features] */
type Matrix = readonly [number, number];
/** Shapes of query, key and value, each of two axes; one input is all three. */
export const threeOf = (inputs: readonly Shape[]): readonly [Matrix, Matrix, Matrix] => {
  const [query, key = query, value = key] = inputs as readonly Matrix[];
  return [query!, key!, value!];
};
/** One matrix holds the projections of query, key and value where all are equally wide. */
export const packed = (inputs: readonly Shape[]): boolean => inputs.every(([, width]) => width === inputs[0]![1]);

const ownWeights = ["qProjWeight", "kProjWeight", "vProjWeight"] as const;

/** Samples one below the other. */
const rows = (emit: Emit, x: Value, [, width]: Shape): Value => emit.op("Reshape", [x, emit.ints([-1, width!])]);
const samples = (emit: Emit, x: Value, shape: Shape): Value => emit.op("Reshape", [x, emit.ints([-1, ...shape])]);
const thirds = (emit: Emit, x: Value, width: number, axis: number): Value[] =>
  emit.ops("Split", [x, emit.ints([width, width, width])], 3, { axis });
const columnSums = (emit: Emit, x: Value): Value => emit.op("ReduceSum", [x, emit.ints([0])], { keepdims: 0 });
/** The last two axes exchanged, which the runtime does within the product. */
const turned = (emit: Emit, x: Value): Value => emit.op("Transpose", [x], { perm: [0, 1, 3, 2] });

/** Rows of all heads as [batch, heads, length, size]. */
function byHead(emit: Emit, x: Value, length: number, { attrs, output }: AttentionCall): Value {
  const cut = emit.op("Reshape", [x, emit.ints([-1, length, attrs.heads, output[1]! / attrs.heads])]);
  return emit.op("Transpose", [cut], { perm: [0, 2, 1, 3] });
}
const joined = (emit: Emit, x: Value, { output }: AttentionCall): Value =>
  rows(emit, emit.op("Transpose", [x], { perm: [0, 2, 1, 3] }), output);

const sharpness = ({ attrs, output }: AttentionCall): number => 1 / Math.sqrt(output[1]! / attrs.heads);

export function forward(emit: Emit, call: AttentionCall): Forward {
  const { inputs, w, attrs, output } = call;
  const [[queries], [keys]] = threeOf(inputs);
  const parts = projected(emit, call);
  const query = byHead(emit, emit.op("Mul", [parts[0]!, emit.float(sharpness(call))]), queries, call);
  const [key, value] = [byHead(emit, parts[1]!, keys, call), byHead(emit, parts[2]!, keys, call)];
  const all = emit.op("MatMul", [query, turned(emit, key)]);
  const scores = attrs.causal ? emit.op("Add", [all, notLater(emit, queries, keys)]) : all;
  const shares = emit.op("Softmax", [scores], { axis: 3 });
  const mask = dropped(emit, shares, call);
  const used = mask === undefined ? shares : emit.op("Mul", [shares, mask]);
  const seen = emit.op("MatMul", [used, value]);
  const context = joined(emit, seen, call);
  const bias = attrs.bias ? [w["outProj.bias"]!] : [];
  const y = emit.op("Gemm", [context, w["outProj.weight"]!, ...bias], { transB: 1 });
  const saved = { query, key, value, shares, used, seen, context, ...(mask && { mask }) };
  return { y: samples(emit, y, output), saved };
}

/** Query, key and value as rows of all heads. */
function projected(emit: Emit, call: AttentionCall): Value[] {
  const { x, w, inputs, attrs, output } = call;
  if (x.length === 1) {
    const bias = attrs.bias ? [w.inProjBias!] : [];
    const all = emit.op("Gemm", [rows(emit, x[0]!, inputs[0]!), w.inProjWeight!, ...bias], { transB: 1 });
    return thirds(emit, all, output[1]!, 1);
  }
  const weights = projections(emit, call);
  const biases = attrs.bias ? thirds(emit, w.inProjBias!, output[1]!, 0) : [];
  return x.map((value, i) =>
    emit.op("Gemm", [rows(emit, value, inputs[i]!), weights[i]!, ...biases.slice(i, i + 1)], { transB: 1 }),
  );
}

const projections = (emit: Emit, { w, inputs, output }: AttentionCall): Value[] =>
  packed(inputs) ? thirds(emit, w.inProjWeight!, output[1]!, 0) : ownWeights.map(role => w[role]!);

/** 0 where a key is not later than the query, else minus infinity. */
const notLater = (emit: Emit, queries: number, keys: number): Value =>
  emit.floats(
    Array.from({ length: queries * keys }, (_, at) => (at % keys > Math.floor(at / keys) ? -Infinity : 0)),
    [queries, keys],
  );

function dropped(emit: Emit, shares: Value, { attrs: { dropout }, training, seed }: AttentionCall): Value | undefined {
  if (!training || dropout === 0) return undefined;
  const drawn = emit.op("RandomUniformLike", [shares], { seed: { float: seed } });
  const below = emit.op("Less", [drawn, emit.float(dropout)]);
  return emit.op("Where", [below, emit.float(0), emit.float(1 / (1 - dropout))]);
}

export function backward(emit: Emit, call: BackwardCall<AttentionAttrs>): Gradients {
  const { w, dy, attrs, output, saved } = call;
  const dRows = rows(emit, dy, output);
  const outProj = {
    "outProj.weight": emit.op("Gemm", [dRows, saved.context!], { transA: 1 }),
    ...(attrs.bias && { "outProj.bias": columnSums(emit, dRows) }),
  };
  const dContext = emit.op("MatMul", [dRows, w["outProj.weight"]!]);
  const parts = backToParts(emit, byHead(emit, dContext, output[0]!, call), call);
  const { inputs, weights } = call.x.length === 1 ? throughOne(emit, parts, call) : throughThree(emit, parts, call);
  return { inputs, weights: { ...weights, ...outProj } };
}

/**
 * Gradients of query, key and value as rows. What the softmax takes off, the sum of gradient times share over the keys,
 * is the product of the context and its gradient: head by head a vector of `size` instead of one of all keys.
 */
function backToParts(emit: Emit, dSeen: Value, call: BackwardCall<AttentionAttrs>): Value[] {
  const { query, key, value, shares, used, seen, mask } = call.saved as Record<string, Value>;
  const dValue = emit.op("MatMul", [turned(emit, used!), dSeen]);
  const dUsed = emit.op("MatMul", [dSeen, turned(emit, value!)]);
  const dShares = mask === undefined ? dUsed : emit.op("Mul", [dUsed, mask]);
  const taken = emit.op("ReduceSum", [emit.op("Mul", [dSeen, seen!]), emit.ints([3])]);
  const dScores = emit.op("Mul", [shares!, emit.op("Sub", [dShares, taken])]);
  const dQuery = emit.op("Mul", [emit.op("MatMul", [dScores, key!]), emit.float(sharpness(call))]);
  const dKey = emit.op("MatMul", [turned(emit, dScores), query!]);
  return [dQuery, dKey, dValue].map(part => joined(emit, part, call));
}

function throughOne(emit: Emit, parts: readonly Value[], { x, w, inputs, attrs, needs }: BackwardCall<AttentionAttrs>) {
  const all = emit.op("Concat", parts, { axis: 1 });
  const weights = {
    inProjWeight: emit.op("Gemm", [all, rows(emit, x[0]!, inputs[0]!)], { transA: 1 }),
    ...(attrs.bias && { inProjBias: columnSums(emit, all) }),
  };
  if (!needs[0]) return { inputs: [undefined], weights };
  return { inputs: [samples(emit, emit.op("MatMul", [all, w.inProjWeight!]), inputs[0]!)], weights };
}

function throughThree(emit: Emit, parts: readonly Value[], call: BackwardCall<AttentionAttrs>) {
  const { x, inputs, attrs, needs } = call;
  const own = parts.map((part, i) => emit.op("Gemm", [part, rows(emit, x[i]!, inputs[i]!)], { transA: 1 }));
  const weights = packed(inputs)
    ? { inProjWeight: emit.op("Concat", own, { axis: 0 }) }
    : Object.fromEntries(ownWeights.map((role, i) => [role, own[i]!]));
  const biases = attrs.bias && {
    inProjBias: emit.op(
      "Concat",
      parts.map(part => columnSums(emit, part)),
      { axis: 0 },
    ),
  };
  const back = needs.includes(true) ? projections(emit, call) : [];
  return {
    inputs: parts.map((part, i) =>
      needs[i] ? samples(emit, emit.op("MatMul", [part, back[i]!]), inputs[i]!) : undefined,
    ),
    weights: { ...weights, ...biases },
  };
}
