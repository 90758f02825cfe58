/**
 * adaptiveAvgPool1d-3d and adaptiveMaxPool1d-3d: windows laid so that the output has the size that is given. Along an
 * axis, window i of n goes from floor(i size / n) to before ceil((i + 1) size / n), as in PyTorch.
 */
import { attributes, axes, type Emit, layerOf, type Op, op, perAxis, sameFirstAxis, type Value } from "../op/index.js";
import { needsSpatial, product, type Rank, type Shape } from "../shape/index.js";
import type { AdaptivePoolMaker, AdaptivePoolMethod } from "./adaptive-pool-types.js";
import { alongAxes, matrix, transposed } from "./along-axes.js";
import { grid, offset } from "./conv-columns.js";

export interface AdaptivePoolAttrs {
  readonly outputSize: readonly number[];
}

/** The places that window `i` of `windows` sees. */
function seen(i: number, windows: number, size: number): number[] {
  const first = Math.floor((i * size) / windows);
  return axes(first, Math.ceil(((i + 1) * size) / windows) - first);
}

function adaptivePool(
  rank: Rank,
  kind: "Avg" | "Max",
  passes: Pick<Op<AdaptivePoolAttrs>, "forward" | "backward">,
): Op<AdaptivePoolAttrs> {
  const name = `adaptive${kind}Pool${rank}d`;
  return op<AdaptivePoolAttrs>({
    name,
    attrs: attributes({ outputSize: perAxis("outputSize", rank, 1) }),
    args: (outputSize: unknown) => ({ outputSize }),
    arity: 1,
    shape: ([x], { outputSize }) => {
      needsSpatial(name, rank, x!);
      return [x![0]!, ...outputSize];
    },
    weights: () => [],
    cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
    ...passes,
    channels: sameFirstAxis,
    sample: (random, [x], { output }) => {
      if (x!.length !== rank + 1) return undefined;
      if (output) return output.length === rank + 1 ? { outputSize: output.slice(1) } : undefined;
      return { outputSize: x!.slice(1).map(size => random.int(1, size + 1)) };
    },
    fromPytorch: [
      {
        signatures: [`nn.Adaptive${kind}Pool${rank}d(`, `F.adaptive_${kind.toLowerCase()}_pool${rank}d(input, `].map(
          call => `${call}output_size${kind === "Max" ? ", return_indices=False" : ""})`,
        ),
        // None leaves an axis as it is.
        attrs: ({ output_size }, { inputs: [shape] }) => ({
          outputSize: Array.isArray(output_size) ? output_size.map((size, i) => size ?? shape![i + 1]) : output_size,
        }),
      },
    ],
    pytorch: ({ attrs: { outputSize } }) => ({ module: `nn.Adaptive${kind}Pool${rank}d((${outputSize},))` }),
  });
}

function adaptiveAvgPool(rank: Rank): Op<AdaptivePoolAttrs> {
  const means = (input: Shape, { outputSize }: AdaptivePoolAttrs) =>
    outputSize.map((windows, axis) => {
      const size = input[axis + 1]!;
      const all = axes(0, windows).map(i => seen(i, windows, size));
      return matrix(windows, size, (to, from) => (all[to]!.includes(from) ? 1 / all[to]!.length : 0));
    });
  return adaptivePool(rank, "Avg", {
    forward: (emit, { x, inputs, attrs }) => ({ y: alongAxes(emit, x[0]!, inputs[0]!, means(inputs[0]!, attrs)) }),
    backward: (emit, { dy, inputs, output, attrs }) => ({
      inputs: [alongAxes(emit, dy, output, means(inputs[0]!, attrs).map(transposed))],
    }),
  });
}

/**
 * For every window the places that it sees, row by row, in windows of one size: short ones see their first place again,
 * which changes neither the largest element nor which of equals is the first.
 */
function places([, ...spatial]: Shape, { outputSize }: AdaptivePoolAttrs): number[][] {
  const windows = grid(outputSize).map(at => {
    const perAxis = at.map((i, axis) => seen(i, outputSize[axis]!, spatial[axis]!));
    return grid(perAxis.map(all => all.length)).map(tap => offset(spatial, axis => perAxis[axis]![tap[axis]!]!));
  });
  const longest = Math.max(...windows.map(window => window.length));
  return windows.map(window => axes(0, longest).map(i => window[i] ?? window[0]!));
}

/** The elements of every window: [N C, windows, elements]. */
function gather(emit: Emit, x: Value, shape: Shape, windows: readonly (readonly number[])[]): Value {
  const flat = emit.op("Reshape", [x, emit.ints([-1, product(shape.slice(1))])]);
  const gathered = emit.op("Gather", [flat, emit.ints(windows.flat())], { axis: 1 });
  return emit.op("Reshape", [gathered, emit.ints([-1, windows.length, windows[0]!.length])]);
}

const adaptiveMaxPool = (rank: Rank): Op<AdaptivePoolAttrs> =>
  adaptivePool(rank, "Max", {
    forward: (emit, { x, inputs, attrs, output }) => {
      const elements = gather(emit, x[0]!, inputs[0]!, places(inputs[0]!, attrs));
      const largest = emit.op("ReduceMax", [elements, emit.ints([2])], { keepdims: 0 });
      return { y: emit.op("Reshape", [largest, emit.ints([-1, ...output])]), saved: { elements } };
    },
    // Every window's gradient goes to the element that won, the first of equals; where windows overlap, gradients add up.
    backward: (emit, { dy, saved, inputs: [shape], attrs }) => {
      const windows = places(shape!, attrs);
      const [count, longest] = [windows.length, windows[0]!.length];
      const winner = emit.op("ArgMax", [saved.elements!], { axis: 2, keepdims: 0 });
      const inTable = emit.op("Add", [winner, emit.ints(axes(0, count).map(i => i * longest))]);
      const at = emit.op("Gather", [emit.ints(windows.flat()), inTable]);
      const dy2 = emit.op("Reshape", [dy, emit.ints([-1, count])]);
      const size = emit.op(
        "Concat",
        [emit.op("Shape", [dy2], { start: 0, end: 1 }), emit.ints([product(shape!.slice(1))])],
        { axis: 0 },
      );
      const dx = emit.op("ScatterElements", [emit.op("ConstantOfShape", [size]), at, dy2], {
        axis: 1,
        reduction: "add",
      });
      return { inputs: [emit.op("Reshape", [dx, emit.ints([-1, ...shape!])])] };
    },
  });

export const adaptiveAvgPool1d = adaptiveAvgPool(1);
export const adaptiveAvgPool2d = adaptiveAvgPool(2);
export const adaptiveAvgPool3d = adaptiveAvgPool(3);
export const adaptiveMaxPool1d = adaptiveMaxPool(1);
export const adaptiveMaxPool2d = adaptiveMaxPool(2);
export const adaptiveMaxPool3d = adaptiveMaxPool(3);

export const AdaptiveAvgPool1d: AdaptivePoolMaker<"adaptiveAvgPool1d", 1> = layerOf(adaptiveAvgPool1d);
export const AdaptiveAvgPool2d: AdaptivePoolMaker<"adaptiveAvgPool2d", 2> = layerOf(adaptiveAvgPool2d);
export const AdaptiveAvgPool3d: AdaptivePoolMaker<"adaptiveAvgPool3d", 3> = layerOf(adaptiveAvgPool3d);
export const AdaptiveMaxPool1d: AdaptivePoolMaker<"adaptiveMaxPool1d", 1> = layerOf(adaptiveMaxPool1d);
export const AdaptiveMaxPool2d: AdaptivePoolMaker<"adaptiveMaxPool2d", 2> = layerOf(adaptiveMaxPool2d);
export const AdaptiveMaxPool3d: AdaptivePoolMaker<"adaptiveMaxPool3d", 3> = layerOf(adaptiveMaxPool3d);

declare module "../op/tensor.js" {
  interface Operators {
    /** Means of as many windows over length as wanted: `[C, L]` to `[C, outputSize]`. */
    readonly adaptiveAvgPool1d: AdaptivePoolMethod<"adaptiveAvgPool1d", 1>;
    /** Means of as many windows over height and width as wanted. */
    readonly adaptiveAvgPool2d: AdaptivePoolMethod<"adaptiveAvgPool2d", 2>;
    /** Means of as many windows over depth, height and width as wanted. */
    readonly adaptiveAvgPool3d: AdaptivePoolMethod<"adaptiveAvgPool3d", 3>;
    /** Largest elements of as many windows over length as wanted: `[C, L]` to `[C, outputSize]`. */
    readonly adaptiveMaxPool1d: AdaptivePoolMethod<"adaptiveMaxPool1d", 1>;
    /** Largest elements of as many windows over height and width as wanted. */
    readonly adaptiveMaxPool2d: AdaptivePoolMethod<"adaptiveMaxPool2d", 2>;
    /** Largest elements of as many windows over depth, height and width as wanted. */
    readonly adaptiveMaxPool3d: AdaptivePoolMethod<"adaptiveMaxPool3d", 3>;
  }
}
