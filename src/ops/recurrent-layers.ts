/** The forward and backward pass of recurrent layers, whatever their cell; time stands first inside. */
import {
  type BackwardCall,
  type Call,
  type Emit,
  type Forward,
  type Gradients,
  padsAlong,
  type Value,
} from "../op/index.js";
import { deriveSeed } from "../random.js";
import { dropMask } from "./dropout.js";
import type { Cell, GateGradients, RecurrentAttrs, Way } from "./recurrent.js";

export const directions = ({ bidirectional }: Pick<RecurrentAttrs, "bidirectional">): number => (bidirectional ? 2 : 1);

export const role = (kind: string, layer: number, direction: number): string =>
  `${kind}L${layer}${direction === 1 ? "Reverse" : ""}`;

/** ONNX's own operators; they give the states of a layer [T, directions, N, hiddenSize] and the last ones. */
export function forwardLayers<A extends RecurrentAttrs>(emit: Emit, cell: Cell<A>, call: Call<A>): Forward {
  const { attrs, training } = call;
  const ways = directions(attrs);
  const saved: Record<string, Value> = {};
  let x = emit.op("Transpose", [call.x[0]!], { perm: [1, 0, 2] });
  for (let layer = 0; ; layer++) {
    const kinds = ["weightIh", "weightHh", ...(attrs.bias ? ["bias"] : [])];
    const [states, last] = emit.ops(cell.onnx, [x, ...kinds.map(kind => stacked(emit, cell, call, kind, layer))], 2, {
      hidden_size: attrs.hiddenSize,
      ...(ways === 2 && { direction: "bidirectional" }),
      ...cell.onnxAttrs(attrs, ways),
    }) as [Value, Value];
    Object.assign(saved, { [`x${layer}`]: x, [`states${layer}`]: states });
    if (layer === attrs.layers - 1) {
      const width = ways * attrs.hiddenSize;
      const [value, perm, sizes] =
        attrs.output === "last"
          ? [last, [1, 0, 2], [-1, width]]
          : [states, [2, 0, 1, 3], [-1, call.inputs[0]![0]!, width]];
      return { y: emit.op("Reshape", [emit.op("Transpose", [value], { perm }), emit.ints(sizes)]), saved };
    }
    x = joined(emit, states, call);
    if (training && attrs.dropout > 0) {
      const mask = dropMask(emit, x, attrs.dropout, deriveSeed("layer", call.seed, layer) >>> 8);
      saved[`mask${layer}`] = mask;
      x = emit.op("Mul", [x, mask]);
    }
  }
}

/** A weight of all directions as ONNX wants it: [directions, gates hiddenSize, ...], gates in its order. */
function stacked<A extends RecurrentAttrs>(
  emit: Emit,
  { order }: Cell<A>,
  { attrs, w }: Call<A>,
  kind: string,
  layer: number,
): Value {
  const all = [0, 1].slice(0, directions(attrs)).map(direction => {
    const parts = kind === "bias" ? ["biasIh", "biasHh"] : [kind];
    const values = parts.map(part => {
      const value = emit.op("Reshape", [
        w[role(part, layer, direction)]!,
        emit.ints([order.length, attrs.hiddenSize, -1]),
      ]);
      const sorted = order.length === 1 ? value : emit.op("Gather", [value, emit.ints(order)], { axis: 0 });
      const rows = order.length * attrs.hiddenSize;
      return emit.op("Reshape", [sorted, emit.ints(kind === "bias" ? [1, rows] : [1, rows, -1])]);
    });
    return values.length === 1 ? values[0]! : emit.op("Concat", values, { axis: 1 });
  });
  return all.length === 1 ? all[0]! : emit.op("Concat", all, { axis: 0 });
}

/** States of all directions side by side: [T, N, directions hiddenSize]. */
function joined<A extends RecurrentAttrs>(emit: Emit, states: Value, { attrs, inputs }: Call<A>): Value {
  if (!attrs.bidirectional) return emit.op("Squeeze", [states, emit.ints([1])]);
  const side = emit.op("Transpose", [states], { perm: [0, 2, 1, 3] });
  return emit.op("Reshape", [side, emit.ints([inputs[0]![0]!, -1, 2 * attrs.hiddenSize])]);
}

export function backwardLayers<A extends RecurrentAttrs>(emit: Emit, cell: Cell<A>, call: BackwardCall<A>): Gradients {
  const { attrs, saved, inputs, needs } = call;
  const [length, features] = inputs[0]! as [number, number];
  const weights: Record<string, Value> = {};
  const ways = [0, 1].slice(0, directions(attrs));
  let dys = arriving(emit, call);
  for (let layer = attrs.layers - 1; ; layer--) {
    const width = layer === 0 ? features : ways.length * attrs.hiddenSize;
    const x = emit.op("Reshape", [saved[`x${layer}`]!, emit.ints([-1, width])]);
    const states = perDirection(emit, saved[`states${layer}`]!, ways.length);
    const dxs = ways.map(direction => {
      const way = wayOf(emit, call, layer, direction, { x, states: states[direction]!, dy: dys[direction]! });
      const gates = cell.backward(emit, way, attrs);
      for (const [kind, value] of Object.entries(ofWeights(emit, way, gates)))
        weights[role(kind, layer, direction)] = value;
      return layer > 0 || needs[0] ? emit.op("MatMul", [gates.input, way.weightIh]) : undefined;
    });
    if (dxs[0] === undefined) return { inputs: [undefined], weights };
    const flat = dxs.length === 1 ? dxs[0] : emit.op("Add", dxs as Value[]);
    const dx = emit.op("Reshape", [flat, emit.ints([length, -1, width])]);
    if (layer === 0) return { inputs: [emit.op("Transpose", [dx], { perm: [1, 0, 2] })], weights };
    const mask = saved[`mask${layer - 1}`];
    const dy = mask === undefined ? dx : emit.op("Mul", [dx, mask]);
    dys = ways.length === 1 ? [dy] : halves(emit, dy, 2);
  }
}

const halves = (emit: Emit, value: Value, axis: number): Value[] =>
  emit.ops("Split", [value], 2, { axis, num_outputs: 2 });

/** The gradient at the states of the last layer, [T, N, hiddenSize] for each direction. */
function arriving<A extends RecurrentAttrs>(emit: Emit, { dy, attrs, inputs }: BackwardCall<A>): Value[] {
  if (attrs.output === "sequence") {
    const dys = emit.op("Transpose", [dy], { perm: [1, 0, 2] });
    return attrs.bidirectional ? halves(emit, dys, 2) : [dys];
  }
  // All steps but the one where the direction ends get nothing from outside.
  const others = inputs[0]![0]! - 1;
  return (attrs.bidirectional ? halves(emit, dy, 1) : [dy]).map((value, direction) => {
    const step = emit.op("Unsqueeze", [value, emit.ints([0])]);
    const [first, last] = direction === 0 ? [others, 0] : [0, others];
    return emit.op("Pad", [step, emit.ints(padsAlong(3, 0, first!, last!))]);
  });
}

const perDirection = (emit: Emit, states: Value, ways: number): Value[] =>
  (ways === 1 ? [states] : halves(emit, states, 1)).map(one => emit.op("Squeeze", [one, emit.ints([1])]));

function wayOf<A extends RecurrentAttrs>(
  emit: Emit,
  { attrs, inputs, w }: BackwardCall<A>,
  layer: number,
  direction: number,
  values: Pick<Way, "x" | "states" | "dy">,
): Way {
  const { hiddenSize } = attrs;
  const way = { ...values, length: inputs[0]![0]!, hiddenSize, reverse: direction === 1 };
  return {
    ...way,
    before: emit.op("Reshape", [before(emit, values.states, way.reverse), emit.ints([-1, hiddenSize])]),
    weightIh: w[role("weightIh", layer, direction)]!,
    weightHh: w[role("weightHh", layer, direction)]!,
    biasIh: w[role("biasIh", layer, direction)],
    biasHh: w[role("biasHh", layer, direction)],
  };
}

/** For every step what the step before it had; 0 for the first: shifted along time. */
export const before = (emit: Emit, values: Value, reverse: boolean): Value =>
  emit.op("Pad", [values, emit.ints(reverse ? padsAlong(3, 0, -1, 1) : padsAlong(3, 0, 1, -1))]);

/** Over all steps and samples at once. */
function ofWeights(emit: Emit, { x, before, biasIh }: Way, { input, state }: GateGradients): Record<string, Value> {
  const sum = (value: Value): Value => emit.op("ReduceSum", [value, emit.ints([0])], { keepdims: 0 });
  const products = {
    weightIh: emit.op("Gemm", [input, x], { transA: 1 }),
    weightHh: emit.op("Gemm", [state, before], { transA: 1 }),
  };
  if (biasIh === undefined) return products;
  const biasOfInput = sum(input);
  return { ...products, biasIh: biasOfInput, biasHh: state === input ? biasOfInput : sum(state) };
}

/** What the gates sum up from the input or the state before, [T N, gates hiddenSize]. */
export const gateSum = (emit: Emit, values: Value, weight: Value, added: Value | undefined): Value =>
  emit.op("Gemm", [values, weight, ...(added === undefined ? [] : [added])], { transB: 1 });

/** [T N, width] as [T, N, width]. */
export const inSteps = (emit: Emit, { length }: Way, value: Value, width: number): Value =>
  emit.op("Reshape", [value, emit.ints([length, -1, width])]);

/** Zeros [N, width]: what nothing has arrived at yet. */
export const nothing = (emit: Emit, { dy }: Way, width: number): Value => {
  const batch = emit.op("Shape", [dy], { start: 1, end: 2 });
  return emit.op("ConstantOfShape", [emit.op("Concat", [batch, emit.ints([width])], { axis: 0 })]);
};
