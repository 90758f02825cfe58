/** scale: factor x + shift, with constant numbers. */
import {
  attributes,
  type FromOnnx,
  type FromPyTorch,
  finite,
  type KeepingLayer,
  layerOf,
  op,
  sameChannels,
  scalarOf,
  type Tensor,
} from "../op/index.js";
import type { HasShape, Shape } from "../shape/index.js";

export interface ScaleAttrs {
  readonly factor: number;
  readonly shift: number;
}

/** Calls on a tensor and a number. */
const withNumber = (names: readonly string[], attrs: (number: number) => object): FromPyTorch => ({
  signatures: names.map(name => `${name}(self, other)`),
  attrs: ({ other }) => (typeof other === "number" || typeof other === "boolean" ? attrs(Number(other)) : undefined),
});

/** An operator on a tensor and one number; on the number and the tensor too, where that is as much. */
const withConstant = (name: string, attrs: (by: number) => object): FromOnnx => ({
  operators: [name],
  batch: "anywhere",
  read: site => {
    const at = site.constant(1) ? 1 : 0;
    const by = scalarOf(site.constant(at));
    // A number with more axes than the tensor would give it more.
    if (by === undefined || site.constant(at)!.dims.length > site.rank(1 - at)) return undefined;
    const inputs = [1 - at];
    if (at === 1 || name === "Mul" || name === "Add") return { attrs: attrs(by), inputs };
    if (name === "Sub") return { attrs: { factor: -1, shift: by }, inputs };
    const inverse = { op: "power", attrs: { exponent: -1 }, inputs };
    return by === 1 ? inverse : { ...inverse, next: { attrs: { factor: by } } };
  },
});

export const scale = op<ScaleAttrs>({
  name: "scale",
  attrs: attributes({ factor: finite("factor"), shift: finite("shift").default(0) }),
  args: (factor: unknown, options?: object) => ({ factor, ...options }),
  arity: 1,
  shape: ([x]) => x!,
  weights: () => [],
  cost: ({ attrs }) => ({ macs: 0, autogradOps: attrs.shift === 0 ? 1 : 2, saved: 0, storage: "own" }),
  batchLast: () => "takes",
  forward: (emit, { x, attrs: { factor, shift } }) => {
    const scaled = emit.op("Mul", [x[0]!, emit.float(factor)]);
    return { y: shift === 0 ? scaled : emit.op("Add", [scaled, emit.float(shift)]) };
  },
  backward: (emit, { dy, attrs }) => ({ inputs: [emit.op("Mul", [dy, emit.float(attrs.factor)])] }),
  channels: sameChannels,
  sample: random => ({ factor: random.int(-20, 20) / 10, shift: random.int(-5, 5) / 10 }),
  fromOnnx: [
    ["Mul", (by: number) => ({ factor: by })],
    ["Div", (by: number) => ({ factor: 1 / by })],
    ["Add", (by: number) => ({ factor: 1, shift: by })],
    ["Sub", (by: number) => ({ factor: 1, shift: -by })],
  ].map(([name, attrs]): FromOnnx => withConstant(name as string, attrs as (by: number) => object)),
  fromPytorch: [
    { signatures: ["Tensor.__mul_add__(self, factor, shift)"], attrs: ({ factor, shift }) => ({ factor, shift }) },
    withNumber(["Tensor.__mul__", "Tensor.__imul__", "Tensor.__rmul__", "torch.mul", "Tensor.mul"], factor => ({
      factor,
    })),
    withNumber(["Tensor.__truediv__", "Tensor.__itruediv__", "torch.div", "Tensor.div"], by => ({ factor: 1 / by })),
    withNumber(["Tensor.__add__", "Tensor.__iadd__", "Tensor.__radd__", "torch.add", "Tensor.add"], shift => ({
      factor: 1,
      shift,
    })),
    withNumber(["Tensor.__sub__", "Tensor.__isub__", "torch.sub", "Tensor.sub"], less => ({ factor: 1, shift: -less })),
    withNumber(["Tensor.__rsub__"], from => ({ factor: -1, shift: from })),
  ],
  pytorch: ({ attrs: { factor, shift } }) => ({
    expression: ([x]) => (shift === 0 ? `${x} * ${factor}` : `${x} * ${factor} + ${shift}`),
  }),
});

interface ScaleOptions {
  /** Added after the product; 0 unless told. */
  readonly shift?: number;
}
export const Scale: (factor: number, options?: ScaleOptions) => KeepingLayer = layerOf(scale);

declare module "../op/tensor.js" {
  interface Operators {
    /** `factor x + shift`, with constant numbers. */
    scale<S extends Shape>(this: HasShape<S>, factor: number, options?: ScaleOptions): Tensor<S>;
  }
}
