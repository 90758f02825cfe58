/**
 * upsample: space at another scale, by the nearest element or linearly between two along every axis (bilinear,
 * trilinear). Elements have their centres in the middle of their place, unless the outermost ones are told to keep theirs.
 */
import {
  ArgumentError,
  activation,
  attributes,
  type CallSite,
  choice,
  flag,
  type In,
  type Layer,
  type Literal,
  layerOf,
  listed,
  listOf,
  type OnnxMeaning,
  type OnnxSite,
  op,
  type PyTorchArgs,
  positive,
  python,
  sameFirstAxis,
  type Tensor,
} from "../op/index.js";
import {
  type AllFit,
  type At,
  type AxisName,
  axisNames,
  type Dim,
  type HasShape,
  type Out,
  type Positive,
  type PositiveArg,
  type Rank,
  type Scaled,
  type Shape,
  ShapeMismatch,
  type Show,
  scaled,
  show,
  type Unranked,
  type Wrong,
} from "../shape/index.js";
import { alongAxes, type Matrix, matrix, transposed } from "./along-axes.js";

export interface UpsampleAttrs {
  /** Size of the output in sizes of the input, along every axis of space; what is left of an element is dropped. */
  readonly scaleFactor: number;
  readonly mode: "nearest" | "linear";
  /** The centres of the outermost elements stay where they are, and what is between is drawn out: `linear` alone. */
  readonly alignCorners?: true;
}

/** Row `to` holds the shares that the elements of the input have in that element of the output. */
function interpolation(size: number, { scaleFactor, mode, alignCorners }: UpsampleAttrs): Matrix {
  const last = size - 1;
  const count = scaled(size, scaleFactor);
  return matrix(count, size, (to, from) => {
    if (mode === "nearest") return from === Math.min(Math.floor(to / scaleFactor), last) ? 1 : 0;
    const centre = alignCorners ? (to * last) / Math.max(1, count - 1) : (to + 1 / 2) / scaleFactor - 1 / 2;
    const at = Math.min(Math.max(centre, 0), last);
    return Math.max(0, 1 - Math.abs(at - from));
  });
}

const kinds = [{ mode: "nearest" }, { mode: "linear" }, { mode: "linear", alignCorners: true }] as const;
const sizing = "size=None, scale_factor=None";
/** What PyTorch calls `linear` along as many axes. */
const linearOf = (shape: Shape): string | undefined => ["linear", "bilinear", "trilinear"][shape.length - 2];

/** The one factor by which PyTorch's arguments scale all axes. */
function factorOf([, ...spatial]: Shape, size: Literal | undefined, factor: Literal | undefined): number {
  const factors = spatial.map((from, axis) => {
    const given = size ?? factor;
    const one = Number(Array.isArray(given) ? given[axis] : given);
    return size === null || size === undefined ? one : one / from;
  });
  if (factors.every(one => one === factors[0])) return factors[0]!;
  const got = python(listed(size ?? factor));
  throw new ArgumentError(
    `upsample: all axes must be scaled by one factor, got ${got} for ${show(spatial)}; scale alike`,
  );
}

/** ONNX's operators, where they take centres and neighbours as this op does; their factors are in input `place`. */
function resized(site: OnnxSite, place: number): OnnxMeaning | undefined {
  const [, ...spatial] = site.tensor(0) ?? [];
  const told = listOf(site.constant(place));
  const sizes = listOf(site.constant(3))?.slice(2);
  const scales = told?.length ? told.slice(2) : sizes?.map((size, axis) => size / spatial[axis]!);
  const isSpatial = site.ints("axes") === undefined && site.text("keep_aspect_ratio_policy", "stretch") === "stretch";
  const scaleFactor = scales?.[0];
  if (!isSpatial || !scaleFactor || scales.length !== spatial.length || told?.slice(0, 2).some(one => one !== 1))
    return undefined;
  if (scales.some(one => one !== scaleFactor)) return undefined;
  const centres = site.text("coordinate_transformation_mode", site.opset < 11 ? "asymmetric" : "half_pixel");
  const mode = site.text("mode", "nearest");
  if (mode === "nearest") {
    const lower = centres === "asymmetric" && (site.opset < 11 || site.text("nearest_mode", "") === "floor");
    // By a whole factor the centres of all copies lie nearest to their own element, however they are rounded.
    const rounds = site.text("nearest_mode", "round_prefer_floor").startsWith("round");
    const whole = rounds && centres === "half_pixel" && Number.isInteger(scaleFactor);
    return lower || whole ? { attrs: { scaleFactor, mode }, inputs: [0] } : undefined;
  }
  const alignCorners = centres === "align_corners";
  const isCentred =
    centres === "half_pixel" || (centres === "pytorch_half_pixel" && spatial.every(size => size * scaleFactor > 1));
  return mode === "linear" && (isCentred || alignCorners) && site.int("antialias", 0) === 0
    ? { attrs: { scaleFactor, mode, alignCorners }, inputs: [0] }
    : undefined;
}

export const upsample = op<UpsampleAttrs>({
  name: "upsample",
  attrs: attributes({
    scaleFactor: positive("scaleFactor"),
    mode: choice("mode", ["nearest", "linear"]).default("nearest"),
    alignCorners: flag("alignCorners").default(false),
  }).transform(({ alignCorners, ...read }, context): UpsampleAttrs => {
    if (alignCorners && read.mode === "nearest") {
      context.addIssue("alignCorners belongs to mode linear, got nearest; leave it out");
    }
    return { ...read, ...(alignCorners && { alignCorners }) };
  }),
  args: (scaleFactor: unknown, options?: object) => ({ scaleFactor, ...options }),
  arity: 1,
  shape: ([x], { scaleFactor }) => {
    const [channels, ...spatial] = x as [number, ...number[]];
    if (spatial.length < 1 || spatial.length > 3) {
      throw new ShapeMismatch(
        `upsample: input must be [channels, ...] with 1 to 3 axes of space, got ${show(x!)}; reshape it first`,
      );
    }
    const names = axisNames(spatial.length as Rank);
    const sizes = spatial.map((size, axis) => {
      const result = scaled(size, scaleFactor);
      if (result >= 1) return result;
      throw new ShapeMismatch(
        `upsample: scaleFactor ${scaleFactor} leaves nothing, got ${names[axis]} ${size}; use a larger one`,
      );
    });
    return [channels, ...sizes];
  },
  weights: () => [],
  cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
  forward: (emit, { x, inputs: [shape], attrs }) => ({
    y: alongAxes(
      emit,
      x[0]!,
      shape!,
      shape!.slice(1).map(size => interpolation(size, attrs)),
    ),
  }),
  backward: (emit, { dy, inputs: [shape], output, attrs }) => ({
    inputs: [
      alongAxes(
        emit,
        dy,
        output,
        shape!.slice(1).map(size => transposed(interpolation(size, attrs))),
      ),
    ],
  }),
  channels: sameFirstAxis,
  sample: (random, [x], { output }) => {
    if (x!.length < 2 || x!.length > 4 || (output && output.length !== x!.length)) return undefined;
    const factors = output ? [output[1]! / x![1]!] : [1, 2, 3, 1.5, 2.5, 0.5];
    const possible = factors.filter(factor => x!.slice(1).every(size => scaled(size, factor) >= 1));
    return possible.length === 0 ? undefined : { scaleFactor: random.pick(possible), ...random.pick(kinds) };
  },
  fromOnnx: [
    { operators: ["Resize"], read: site => resized(site, site.opset < 11 ? 1 : 2) },
    { operators: ["Upsample"], read: site => resized(site, 1) },
  ],
  fromPytorch: [
    {
      signatures: [
        ...activation(
          "Upsample",
          "interpolate",
          `${sizing}, mode='nearest', align_corners=None, recompute_scale_factor=None`,
        ),
        `F.upsample(input, ${sizing}, mode='nearest', align_corners=None)`,
      ],
      attrs: ({ size, scale_factor, mode, align_corners }, { inputs: [shape] }) => {
        if (mode !== "nearest" && mode !== linearOf(shape!)) return undefined;
        return {
          scaleFactor: factorOf(shape!, size, scale_factor),
          mode: mode === "nearest" ? mode : "linear",
          alignCorners: align_corners === true,
        };
      },
    },
    // Names of old, which PyTorch keeps.
    ...[{ mode: "nearest" }, { mode: "linear", alignCorners: true }].map((attrs, i) => ({
      signatures: [`nn.Upsampling${["Nearest", "Bilinear"][i]}2d(${sizing})`],
      attrs: ({ size, scale_factor }: PyTorchArgs, { inputs: [shape] }: CallSite) => ({
        scaleFactor: factorOf(shape!, size, scale_factor),
        ...attrs,
      }),
    })),
  ],
  pytorch: ({ attrs: { scaleFactor, mode, alignCorners }, inputs: [x] }) => {
    if (mode === "nearest") return { module: `nn.Upsample(scale_factor=${scaleFactor}, mode="nearest")` };
    const aligned = alignCorners ? ", align_corners=True" : "";
    return { module: `nn.Upsample(scale_factor=${scaleFactor}, mode="${linearOf(x!)}"${aligned})` };
  },
});

type Rule<S extends Shape, F extends number> =
  Positive<"upsample", "scaleFactor", F> extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? Shape
        : S extends readonly [infer C extends number, ...infer Spatial extends Shape]
          ? Spatial["length"] extends Rank
            ? ScaleAll<Spatial["length"], C, Spatial, F>
            : NeedsSpace<S>
          : NeedsSpace<S>
      : W
    : never;
type NeedsSpace<S extends Shape> = Wrong<
  "scaleFactor",
  `upsample: input must be [channels, ...] with 1 to 3 axes of space, got ${Show<S>}; reshape it first`
>;
type ScaleAll<R extends Rank, C extends number, Spatial extends Shape, F extends number> = {
  [I in keyof Spatial]: ScaleAlong<Spatial[I], F, AxisName<R, I>>;
} extends infer Sizes extends readonly unknown[]
  ? AllFit<Sizes, [C, ...Sizes]>
  : never;
type ScaleAlong<Size, F extends number, Axis extends string> =
  Scaled<Size, F> extends infer N
    ? [N] extends [0]
      ? Wrong<"scaleFactor", `upsample: scaleFactor ${F} leaves nothing, got ${Axis} ${Size & Dim}; use a larger one`>
      : N
    : never;

interface UpsampleOptions {
  /** `nearest` unless told. */
  readonly mode?: UpsampleAttrs["mode"];
  /** Keep the centres of the outermost elements where they are; false unless told. */
  readonly alignCorners?: boolean;
}
export interface UpsampleLayer<F extends number> extends Layer {
  readonly out: Rule<In<this>, F>;
}
export const Upsample: <F extends number>(
  scaleFactor: PositiveArg<"upsample", "scaleFactor", F>,
  options?: UpsampleOptions,
) => UpsampleLayer<F> = layerOf(upsample);

declare module "../op/tensor.js" {
  interface Operators {
    /** Space at another scale: `[C, ...]` to `[C, ...]` with every size times `scaleFactor`, rounded down. */
    upsample<S extends Shape, F extends number>(
      this: HasShape<S>,
      scaleFactor: At<Rule<S, F>, "scaleFactor", F>,
      options?: UpsampleOptions,
    ): Tensor<Out<Rule<S, F>>>;
  }
}
