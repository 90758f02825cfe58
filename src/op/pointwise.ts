/** Ops that act on every element alone: the shape stays, nothing is learned. */

import { attributes, flag } from "./attributes.js";
import type { Emit, Value } from "./emit.js";
import { type Op, op } from "./record.js";

export interface PointwiseAttrs {
  /** Write the result over the input, as PyTorch's `inplace`: the memory figures count no map of its own. */
  readonly inPlace: boolean;
}

export type PointwiseOptions = Partial<PointwiseAttrs>;

const attrs = attributes({ inPlace: flag("inPlace").default(false) });

export interface Pointwise {
  readonly name: string;
  readonly forward: (emit: Emit, x: Value) => Value;
  /** Gradient of the input from the output (and the input, where the output does not tell). */
  readonly backward: (emit: Emit, values: { x: Value; y: Value; dy: Value }) => Value;
  /** Names in PyTorch: the module, and the function that writes over its input. */
  readonly pytorch: { readonly module: string; readonly inPlace: string };
}

/** An activation function: one record from its two formulas. */
export const pointwise = (activation: Pointwise): Op<PointwiseAttrs> =>
  op<PointwiseAttrs>({
    name: activation.name,
    attrs,
    args: (options?: PointwiseOptions) => ({ ...options }),
    arity: 1,
    shape: ([x]) => x!,
    weights: () => [],
    cost: site => ({
      macs: 0,
      autogradOps: 1,
      saved: 0,
      storage: site.attrs.inPlace ? "inPlace" : "own",
    }),
    forward: (emit, { x }) => ({ y: activation.forward(emit, x[0]!) }),
    backward: (emit, { x, y, dy }) => ({ inputs: [activation.backward(emit, { x: x[0]!, y, dy })] }),
    sample: () => ({ inPlace: false }),
    pytorch: ({ attrs: { inPlace } }) =>
      inPlace
        ? { expression: ([x]) => `torch.${activation.pytorch.inPlace}(${x})` }
        : { module: `nn.${activation.pytorch.module}()` },
  });
