/** prelu: x above 0, a learned slope times x below (He et al. 2015): one slope for all, or one per channel. */
import {
  attributes,
  axes,
  flag,
  flatConstant,
  type KeepingMaker,
  type KeepsShape,
  layerOf,
  op,
  sameChannels,
  weighedFirst,
} from "../op/index.js";
import type { Shape } from "../shape/index.js";

export interface PreluAttrs {
  /** A slope for each entry of the first axis; else one for all. */
  readonly perChannel: boolean;
}

const slopes = (shape: Shape, { perChannel }: PreluAttrs): number => (perChannel ? (shape[0] ?? 1) : 1);

export const prelu = op<PreluAttrs>({
  name: "prelu",
  attrs: attributes({ perChannel: flag("perChannel").default(false) }),
  args: (options?: Partial<PreluAttrs>) => ({ ...options }),
  arity: 1,
  shape: ([x]) => x!,
  weights: ([x], attrs) => [
    { role: "weight", shape: [slopes(x!, attrs)], init: { kind: "constant", value: 0.25 }, trainable: true },
  ],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x, w, inputs: [shape] }) => {
    const beside = emit.op("Reshape", [w.weight!, emit.ints([-1, ...shape!.slice(1).map(() => 1)])]);
    const slope = shape!.length < 2 ? w.weight! : beside;
    return { y: emit.op("PRelu", [x[0]!, slope]), saved: { slope } };
  },
  // At 0 PyTorch takes the slope of below.
  backward: (emit, { x, dy, saved, inputs: [shape], attrs, needs }) => {
    const below = emit.op("Mul", [dy, emit.op("Min", [x[0]!, emit.float(0)])]);
    const others = attrs.perChannel ? [0, ...axes(2, Math.max(0, shape!.length - 1))] : axes(0, shape!.length + 1);
    const weight = emit.op("Reshape", [emit.op("ReduceSum", [below, emit.ints(others)]), emit.ints([-1])]);
    if (!needs[0]) return { inputs: [undefined], weights: { weight } };
    const above = emit.op("Greater", [x[0]!, emit.float(0)]);
    return {
      inputs: [emit.op("Where", [above, dy, emit.op("Mul", [dy, saved.slope!])])],
      weights: { weight },
    };
  },
  channels: (site, ...rest) =>
    site.attrs.perChannel ? weighedFirst<PreluAttrs>(["weight"])(site, ...rest) : sameChannels(site),
  sample: random => ({ perChannel: random.chance() }),
  fromOnnx: [
    {
      operators: ["PRelu"],
      read: site => {
        const slope = site.constant(1);
        const shape = site.tensor(0);
        if (!slope || !shape) return undefined;
        if (slope.data.length === 1) return { attrs: {}, weights: { weight: flatConstant(slope) } };
        // Before version 7 a list is one of channels.
        if (site.opset < 7 && slope.dims.length === 1 && slope.data.length === shape[0])
          return { attrs: { perChannel: true }, weights: { weight: slope } };
        const behind = slope.dims.slice(slope.dims.indexOf(slope.data.length) + 1);
        const isPerChannel =
          slope.data.length === shape[0] && behind.length === shape.length - 1 && behind.every(dim => dim === 1);
        return isPerChannel ? { attrs: { perChannel: true }, weights: { weight: flatConstant(slope) } } : undefined;
      },
    },
  ],
  fromPytorch: [
    {
      signatures: ["nn.PReLU(num_parameters=1, init=0.25)"],
      attrs: ({ num_parameters }) => ({ perChannel: num_parameters !== 1 }),
    },
  ],
  pytorch: ({ inputs: [x], attrs }) => ({ module: `nn.PReLU(${slopes(x!, attrs)})` }),
});

export const PReLU: KeepingMaker<Partial<PreluAttrs>> = layerOf(prelu);

declare module "../op/tensor.js" {
  interface Operators {
    /** x above 0, a learned slope times x below: one slope, or one `perChannel`. */
    readonly prelu: KeepsShape<Partial<PreluAttrs>>;
  }
}
