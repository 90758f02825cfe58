/** gelu: x times the normal distribution function of x (Hendrycks and Gimpel 2016), or the approximation with tanh. */
import {
  activation,
  choice,
  type Emit,
  type Forward,
  type FromOnnx,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  none,
  type PointwiseOptions,
  type PointwiseValues,
  pointwiseWith,
  python,
  scalarOf,
  type Value,
} from "../op/index.js";

export interface GeluAttrs {
  readonly approximate: "none" | "tanh";
}

interface Formula {
  readonly forward: (emit: Emit, x: Value) => Forward;
  readonly backward: (emit: Emit, values: PointwiseValues) => Value;
}

/** y = x P(x) with P = (1 + erf(x / sqrt(2))) / 2; gradient P(x) + x exp(-x² / 2) / sqrt(2 pi). */
const exact: Formula = {
  forward: (emit, x) => {
    const error = emit.op("Erf", [emit.op("Mul", [x, emit.float(Math.SQRT1_2)])]);
    const share = emit.op("Mul", [emit.op("Add", [error, emit.float(1)]), emit.float(1 / 2)]);
    return { y: emit.op("Mul", [x, share]), saved: { share } };
  },
  backward: (emit, { x, dy, saved }) => {
    const bell = emit.op("Exp", [emit.op("Mul", [emit.op("Mul", [x, x]), emit.float(-1 / 2)])]);
    const rise = emit.op("Mul", [emit.op("Mul", [x, emit.float(1 / Math.sqrt(2 * Math.PI))]), bell]);
    return emit.op("Mul", [dy, emit.op("Add", [saved.share!, rise])]);
  },
};

/**
 * y = x P(x) with P = (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u)), u = sqrt(2 / pi) (x + 0.044715 x³); gradient
 * P + x P (1 - P) 2u'. Beyond 10 both ends of P are reached, and x is cut there before it is raised.
 */
const scale = -2 * Math.sqrt(2 / Math.PI);
const cut = (emit: Emit, x: Value): Value => emit.op("Clip", [x, emit.float(-10), emit.float(10)]);
const curve = (emit: Emit, x: Value, cubic: number): Value =>
  emit.op("Add", [emit.op("Mul", [emit.op("Mul", [x, x]), emit.float(cubic * scale)]), emit.float(scale)]);
const withTanh: Formula = {
  forward: (emit, x) => {
    const near = cut(emit, x);
    const grown = emit.op("Exp", [emit.op("Mul", [near, curve(emit, near, 0.044715)])]);
    const share = emit.op("Reciprocal", [emit.op("Add", [grown, emit.float(1)])]);
    return { y: emit.op("Mul", [x, share]), saved: { grown, share } };
  },
  backward: (emit, { x, dy, saved }) => {
    const { grown, share } = saved as Record<"grown" | "share", Value>;
    const near = cut(emit, x);
    const steep = emit.op("Mul", [near, curve(emit, near, 3 * 0.044715)]);
    // 1 - P, not as a difference: P is close to 1.
    const rest = emit.op("Mul", [grown, share]);
    const rise = emit.op("Mul", [emit.op("Mul", [share, rest]), steep]);
    return emit.op("Mul", [dy, emit.op("Sub", [share, rise])]);
  },
};
const formula = ({ approximate }: GeluAttrs): Formula => ({ none: exact, tanh: withTanh })[approximate];

export const gelu = pointwiseWith<GeluAttrs>({
  name: "gelu",
  fields: { approximate: choice("approximate", ["none", "tanh"]).default("none") },
  draw: random => ({ approximate: random.pick(["none", "tanh"] as const) }),
  forward: (emit, x, attrs) => formula(attrs).forward(emit, x),
  backward: (emit, values, attrs) => formula(attrs).backward(emit, values),
  // PyTorch has no form that writes over its input.
  fromOnnx: [
    {
      operators: ["Gelu"],
      batch: "anywhere",
      read: site => ({ attrs: { approximate: site.text("approximate", "none") } }),
    },
    ...[
      ["d = Div(x, root)", "e = Erf(d)", "p = Add(e, one)", "m = Mul(x, p)", "y = Mul(m, half)"],
      ["d = Mul(x, root)", "e = Erf(d)", "p = Add(e, one)", "s = Mul(p, half)", "y = Mul(x, s)"],
      ["d = Mul(x, root)", "e = Erf(d)", "p = Add(e, one)", "s = Mul(x, half)", "y = Mul(s, p)"],
    ].map(
      (pattern): FromOnnx => ({
        pattern,
        batch: "anywhere",
        read: site => {
          const root = scalarOf(site.constant("root")) ?? 0;
          const fits = Math.abs((root < 1 ? 1 / root : root) - Math.SQRT2) < 1e-4;
          const isDone = fits && scalarOf(site.constant("one")) === 1 && scalarOf(site.constant("half")) === 0.5;
          return isDone ? { attrs: {}, inputs: ["x"] } : undefined;
        },
      }),
    ),
  ],
  fromPytorch: [
    {
      signatures: [...activation("GELU", "gelu", "approximate='none'")],
      attrs: ({ approximate }) => ({ approximate }),
    },
  ],
  spellings: {
    keras: ({ attrs }) => ({
      expression: ([x]) => `ops.gelu(${x}, approximate=${python(attrs.approximate === "tanh")})`,
    }),
    flux: ({ attrs }) =>
      attrs.approximate === "tanh"
        ? { expression: ([x]) => `gelu.(${x})` }
        : none('its gelu is the approximation; give approximate: "tanh"'),
  },
  pytorch: ({ approximate }) => ({ module: `nn.GELU(approximate="${approximate}")` }),
});

type GeluOptions = Partial<GeluAttrs> & PointwiseOptions;
export const GELU: KeepingMaker<GeluOptions> = layerOf(gelu);

declare module "../op/tensor.js" {
  interface Operators {
    /** x times the normal distribution function of x; `approximate: "tanh"` is the faster formula with tanh. */
    readonly gelu: KeepsShape<GeluOptions>;
  }
  interface Activations {
    readonly gelu: unknown;
  }
}
