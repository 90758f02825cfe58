/**
 * What layer, group, instance and RMS norm share: a sample is cut into parts, each brought to mean 0 and variance 1, and
 * then scaled and shifted by what is learned. In training and in use alike: nothing is carried.
 */
import type * as z from "zod";
import {
  axes,
  type BackwardCall,
  type Call,
  type Emit,
  type Op,
  op,
  type Value,
  type WeightSpec,
  weighedChannels,
} from "../op/index.js";
import { product, type Shape } from "../shape/index.js";

export interface NormAttrs {
  /** Added to the variance. */
  readonly eps: number;
  /** Learn a scale, and a shift where the mean is taken out. */
  readonly affine: boolean;
}

export interface Norm<A extends NormAttrs>
  extends Pick<Op<A>, "name" | "args" | "channels" | "sample" | "pytorch" | "fromPytorch" | "fromOnnx" | "spellings"> {
  readonly attrs: z.ZodType<A>;
  /** Throws where the op cannot be. */
  readonly check: (shape: Shape, attrs: A) => void;
  /** How many parts a sample is cut into, one behind the other. */
  readonly parts: (shape: Shape, attrs: A) => number;
  /** Axes of the sample that scale and shift have, from `first` on. */
  readonly learned: (shape: Shape, attrs: A) => { readonly first: number; readonly shape: Shape };
  /** RMS norm leaves the mean in, and shifts nothing. */
  readonly centred: boolean;
  /** Nodes that PyTorch's autograd records for it. */
  readonly autogradOps: (shape: Shape, attrs: A) => number;
}

export const normalising = <A extends NormAttrs>(norm: Norm<A>): Op<A> =>
  op<A>({
    name: norm.name,
    attrs: norm.attrs,
    args: norm.args,
    arity: 1,
    shape: ([x], attrs) => {
      norm.check(x!, attrs);
      return x!;
    },
    weights: ([x], attrs) => {
      if (!attrs.affine) return [];
      const { shape } = norm.learned(x!, attrs);
      const spec = (role: string, value: number): WeightSpec => ({
        role,
        shape,
        init: { kind: "constant", value },
        trainable: true,
      });
      return norm.centred ? [spec("weight", 1), spec("bias", 0)] : [spec("weight", 1)];
    },
    cost: ({ inputs: [x], attrs }) => ({
      macs: 0,
      autogradOps: norm.autogradOps(x!, attrs),
      saved: (norm.centred ? 2 : 1) * norm.parts(x!, attrs),
      storage: "own",
    }),
    forward: (emit, call) => forward(emit, call, norm),
    backward: (emit, call) => backward(emit, call, norm),
    channels:
      norm.channels ??
      weighedChannels(["weight", "bias"], ({ inputs: [x], attrs }) => norm.learned(x!, attrs).first, { mixes: true }),
    sample: norm.sample,
    pytorch: norm.pytorch,
    fromPytorch: norm.fromPytorch!,
    ...(norm.fromOnnx && { fromOnnx: norm.fromOnnx }),
    ...(norm.spellings && { spellings: norm.spellings }),
  });

/** A batch as [batch, parts, elements of a part]. */
const cut = (emit: Emit, x: Value, shape: Shape, parts: number): Value =>
  emit.op("Reshape", [x, emit.ints([-1, parts, product(shape) / parts])]);
const whole = (emit: Emit, x: Value, shape: Shape): Value => emit.op("Reshape", [x, emit.ints([-1, ...shape])]);
const meanOf = (emit: Emit, x: Value): Value => emit.op("ReduceMean", [x, emit.ints([2])]);

function forward<A extends NormAttrs>(emit: Emit, { x, w, attrs, inputs }: Call<A>, norm: Norm<A>) {
  const shape = inputs[0]!;
  const seen = cut(emit, x[0]!, shape, norm.parts(shape, attrs));
  const centred = norm.centred ? emit.op("Sub", [seen, meanOf(emit, seen)]) : seen;
  const variance = meanOf(emit, emit.op("Mul", [centred, centred]));
  const deviation = emit.op("Sqrt", [emit.op("Add", [variance, emit.float(attrs.eps)])]);
  const inverse = emit.op("Reciprocal", [deviation]);
  const normal = emit.op("Mul", [centred, inverse]);
  const plain = whole(emit, normal, shape);
  const scaled = w.weight ? emit.op("Mul", [plain, beside(emit, w.weight, shape, attrs, norm)]) : plain;
  const y = w.bias ? emit.op("Add", [scaled, beside(emit, w.bias, shape, attrs, norm)]) : scaled;
  return { y, saved: { normal, inverse } };
}

/** What is learned, to stand beside a batch: sizes 1 on the axes behind its own. */
function beside<A extends NormAttrs>(emit: Emit, value: Value, shape: Shape, attrs: A, norm: Norm<A>): Value {
  const learned = norm.learned(shape, attrs);
  const behind = shape.length - learned.first - learned.shape.length;
  if (behind === 0) return value;
  return emit.op("Reshape", [value, emit.ints([...learned.shape, ...axes(0, behind).map(() => 1)])]);
}

/** With g = dy * weight: dx = inverse * (g - mean(g) - normal * mean(g * normal)), each mean over one part. */
function backward<A extends NormAttrs>(
  emit: Emit,
  { w, dy, saved, inputs, attrs, needs }: BackwardCall<A>,
  norm: Norm<A>,
) {
  const shape = inputs[0]!;
  const parts = norm.parts(shape, attrs);
  const { normal, inverse } = saved as Record<"normal" | "inverse", Value>;
  const weights: Record<string, Value> = {};
  const { first, shape: own } = norm.learned(shape, attrs);
  const others = [...axes(0, first + 1), ...axes(first + own.length + 1, shape.length - first - own.length)];
  const total = (value: Value): Value => emit.op("ReduceSum", [value, emit.ints(others)], { keepdims: 0 });
  if (w.weight) weights.weight = total(emit.op("Mul", [dy, whole(emit, normal, shape)]));
  if (w.bias) weights.bias = total(dy);
  if (!needs[0]) return { inputs: [undefined], weights };
  const scaled = w.weight ? emit.op("Mul", [dy, beside(emit, w.weight, shape, attrs, norm)]) : dy;
  const g = cut(emit, scaled, shape, parts);
  const along = emit.op("Mul", [normal, meanOf(emit, emit.op("Mul", [g, normal]))]);
  const rest = emit.op("Sub", [norm.centred ? emit.op("Sub", [g, meanOf(emit, g)]) : g, along]);
  return { inputs: [whole(emit, emit.op("Mul", [inverse, rest]), shape)], weights };
}

/** As PyTorch writes it. */
export const python = (flag: boolean): string => (flag ? "True" : "False");
