/**
 * pad1d-3d: a border around the spatial axes, of one value, or of the image mirrored in its edge, its edge repeated, or
 * its other end; a negative number takes off instead. crop1d-3d: elements taken off at the ends of the spatial axes.
 */
import * as z from "zod";
import {
  attributes,
  choice,
  type Emit,
  finite,
  type Literal,
  layerOf,
  listOf,
  type Op,
  op,
  sameFirstAxis,
  scalarOf,
  shortened,
  type Value,
} from "../op/index.js";
import type { Random } from "../random.js";
import { axisNames, type Edges, needsSpatial, type Rank, type Shape, ShapeMismatch } from "../shape/index.js";
import { type BorderMode, bothEnds, filled, padded, unpadded, wrapped } from "./borders.js";
import type { CropMaker, CropMethod, PadMaker, PadMethod, PadMode } from "./pad-types.js";

export interface PadAttrs {
  /** Elements at both ends, or [begin, end], of every axis. */
  readonly padding: readonly Edges[];
  readonly mode: PadMode;
  /** What stands in the border of mode constant. */
  readonly value: number;
}
export interface CropAttrs {
  readonly cropping: readonly Edges[];
}

/** ONNX's words for what stands in the border. */
const modes: Readonly<Record<string, PadMode>> = {
  ...{ constant: "constant", reflect: "reflect", edge: "replicate", wrap: "circular" },
};

/** Whole numbers per axis or per end of an axis, always read as one entry per axis. */
function ends(name: string, rank: Rank, least: number) {
  const what = least === 0 ? "a whole number of at least 0" : "a whole number";
  const ones = Array(rank).fill(1).join(", ");
  const error = (issue: { input?: unknown }) =>
    `${name} must be ${what}, or ${rank} of them or of [begin, end], got ${JSON.stringify(issue.input) ?? "nothing"}; give 1 or [${ones}]`;
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= least;
  const isEdges = (value: unknown): boolean =>
    Array.isArray(value) ? value.length === 2 && value.every(isCount) : isCount(value);
  return z
    .custom<number | readonly Edges[]>(
      value => (Array.isArray(value) ? value.length === rank && value.every(isEdges) : isCount(value)),
      { error },
    )
    .transform((value): readonly Edges[] =>
      typeof value === "number" ? Array<number>(rank).fill(value) : value.map(shortened),
    );
}

/** What is added at the ends, and what is taken off. */
const grown = (padding: readonly Edges[]): Edges[] => padding.map(edges => pair(edges, n => Math.max(n, 0)));
const cut = (padding: readonly Edges[]): Edges[] => padding.map(edges => pair(edges, n => Math.min(n, 0)));
const pair = (edges: Edges, f: (n: number) => number): Edges => {
  const [begin, end] = bothEnds(edges);
  return [f(begin), f(end)];
};
const total = (edges: Edges): number => bothEnds(edges)[0] + bothEnds(edges)[1];
const isNothing = (padding: readonly Edges[]): boolean => padding.every(edges => bothEnds(edges).every(n => n === 0));
const negated = (padding: readonly Edges[]): Edges[] => padding.map(edges => pair(edges, n => 0 - n));

/** Sizes with what is added and without what is taken off, or the refusal. */
function shapeOf(
  name: string,
  rank: Rank,
  word: "padding" | "cropping",
  input: Shape,
  given: readonly Edges[],
  padding: readonly Edges[],
  mode: PadMode,
): Shape {
  needsSpatial(name, rank, input);
  const [channels, ...spatial] = input as [number, ...number[]];
  const sizes = spatial.map((size, axis) => {
    const [own, text] = [`${axisNames(rank)[axis]} ${size}`, JSON.stringify(given[axis])];
    const left = size + total(cut(padding)[axis]!);
    if (left < 1) throw new ShapeMismatch(`${name}: ${word} ${text} leaves nothing, got ${own}; take less off`);
    const most = Math.max(...bothEnds(padding[axis]!));
    if (mode === "reflect" && most >= size) {
      throw new ShapeMismatch(`${name}: reflected padding must be below ${own}, got ${text}; use less padding`);
    }
    if (mode === "circular" && most > left) {
      throw new ShapeMismatch(
        `${name}: circular padding must be at most the ${left} that are left of ${own}, got ${text}; use less padding`,
      );
    }
    return left + total(grown(padding)[axis]!);
  });
  return [channels, ...sizes];
}

/** The border added and the rest taken off. What is wrapped is what is left; what is mirrored may be what is taken off. */
function forward(emit: Emit, x: Value, shape: Shape, { padding, mode, value }: PadAttrs): Value {
  if (mode === "constant") return isNothing(padding) ? emit.op("Identity", [x]) : filled(emit, x, padding, {}, value);
  const [more, less] = [grown(padding), cut(padding)];
  const off = (y: Value): Value => (isNothing(less) ? y : filled(emit, y, less));
  if (mode === "circular") return wrapped(emit, off(x), leftOf(shape, less), more);
  return off(padded(emit, x, more, mode));
}
const leftOf = ([channels, ...spatial]: Shape, less: readonly Edges[]): Shape => [
  channels!,
  ...spatial.map((size, axis) => size + total(less[axis]!)),
];

function backward(emit: Emit, dy: Value, shape: Shape, { padding, mode }: PadAttrs): Value {
  if (mode === "constant") return isNothing(padding) ? dy : filled(emit, dy, negated(padding));
  const [more, less] = [grown(padding), cut(padding)];
  const on = (gradient: Value): Value => (isNothing(less) ? gradient : filled(emit, gradient, negated(less)));
  if (mode === "circular") return on(unpadded(emit, dy, leftOf(shape, less), more, mode));
  return unpadded(emit, on(dy), shape, more, mode as BorderMode);
}

/** PyTorch lists the last axis first. */
const lastFirst = (padding: readonly Edges[]): string => padding.map(bothEnds).reverse().join(", ");
const functionalPad = (
  x: string,
  padding: readonly Edges[],
  { mode, value }: Pick<PadAttrs, "mode" | "value">,
): string =>
  `torch.nn.functional.pad(${x}, (${lastFirst(padding)}), mode="${mode}"${mode === "constant" ? `, value=${value}` : ""})`;

/** The other way: for a sample with so many axes of space. */
function endsOf(rank: Rank, ends: Literal | undefined, shape: Shape): Edges[] | undefined {
  if (shape.length !== rank + 1 || !Array.isArray(ends) || ends.length > 2 * rank) return undefined;
  return Array.from({ length: rank }, (_, axis) => {
    const at = 2 * (rank - 1 - axis);
    return [(ends[at] as number) ?? 0, (ends[at + 1] as number) ?? 0];
  });
}

/** PyTorch wraps by copying, end by end. */
function autogradOps({ padding, mode }: PadAttrs): number {
  if (mode !== "circular") return 1;
  return 1 + 2 * padding.flatMap(bothEnds).filter(n => n > 0).length + padding.length;
}

/** To the size that is wanted, half of it at either end. */
function toward(input: Shape, output: Shape): Edges[] | undefined {
  if (input.length !== output.length || input[0] !== output[0]) return undefined;
  return input.slice(1).map((size, axis) => {
    const more = output[axis + 1]! - size;
    const begin = Math.floor(more / 2);
    return shortened([begin, more - begin]);
  });
}

function pad(rank: Rank): Op<PadAttrs> {
  const name = `pad${rank}d`;
  return op<PadAttrs>({
    name,
    attrs: attributes({
      padding: ends("padding", rank, Number.MIN_SAFE_INTEGER),
      mode: choice("mode", ["constant", "reflect", "replicate", "circular"]).default("constant"),
      value: finite("value").default(0),
    }).superRefine(({ mode, value }, context) => {
      if (mode !== "constant" && value !== 0) {
        context.addIssue(`value is for mode constant, got mode ${mode} and ${value}; leave it out`);
      }
    }),
    args: (padding: unknown, options?: object) => ({ padding, ...options }),
    arity: 1,
    shape: ([x], { padding, mode }) => shapeOf(name, rank, "padding", x!, padding, padding, mode),
    weights: () => [],
    cost: ({ attrs }) => ({ macs: 0, autogradOps: autogradOps(attrs), saved: 0, storage: "own" }),
    forward: (emit, { x, inputs: [shape], attrs }) => ({ y: forward(emit, x[0]!, shape!, attrs) }),
    backward: (emit, { dy, inputs: [shape], attrs }) => ({ inputs: [backward(emit, dy, shape!, attrs)] }),
    channels: sameFirstAxis,
    sample: (random, [x], { output }) => {
      if (x!.length !== rank + 1) return undefined;
      if (output) {
        const padding = toward(x!, output);
        return padding && { padding, mode: "constant", value: 0 };
      }
      const mode = random.pick(["constant", "reflect", "replicate", "circular"] as const);
      const padding = x!.slice(1).map(size => sampledEnds(random, size));
      return { padding, mode, value: mode === "constant" ? random.pick([0, 1, -0.5]) : 0 };
    },
    pytorch: ({ attrs }) => ({ expression: ([x]) => functionalPad(x!, attrs.padding, attrs) }),
    fromOnnx: [
      {
        operators: ["Pad"],
        read: site => {
          const ends = listOf(site.constant(1)) ?? site.ints("pads") ?? site.ints("paddings");
          const mode = modes[site.text("mode", "constant")];
          const value = scalarOf(site.constant(2)) ?? site.float("value", 0);
          if (!ends || mode === undefined || site.tensor(0)?.length !== rank + 1 || site.tensor(2)) return undefined;
          const axes = listOf(site.constant(3)) ?? ends.slice(0, ends.length / 2).map((_, i) => i);
          const padding = Array.from({ length: rank + 2 }, (): [number, number] => [0, 0]);
          for (const [i, axis] of axes.entries()) {
            padding[axis < 0 ? axis + rank + 2 : axis] = [ends[i]!, ends[i + axes.length]!];
          }
          const isSpatial = padding.slice(0, 2).every(([begin, end]) => begin === 0 && end === 0);
          return isSpatial ? { attrs: { padding: padding.slice(2), mode, value } } : undefined;
        },
      },
    ],
    fromPytorch: [
      {
        signatures: ["F.pad(input, pad, mode='constant', value=0)"],
        attrs: ({ pad: listedEnds, mode, value }, { inputs: [shape] }) => {
          const padding = endsOf(rank, listedEnds, shape!);
          return padding && { padding, mode, value };
        },
      },
    ],
  });
}

/** Within what every mode can do: of what one end takes off, the other wants nothing. */
function sampledEnds(random: Random, size: number): Edges {
  const less = Math.min((size - 1) >> 1, 2);
  const end = (): number => random.int(0 - less, Math.min(size - 1 - less, 2));
  return shortened([end(), end()]);
}

function crop(rank: Rank): Op<CropAttrs> {
  const name = `crop${rank}d`;
  return op<CropAttrs>({
    name,
    attrs: attributes({ cropping: ends("cropping", rank, 0) }),
    args: (cropping: unknown) => ({ cropping }),
    arity: 1,
    shape: ([x], { cropping }) => shapeOf(name, rank, "cropping", x!, cropping, negated(cropping), "constant"),
    weights: () => [],
    cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
    forward: (emit, { x, attrs: { cropping } }) => ({
      y: isNothing(cropping) ? emit.op("Identity", [x[0]!]) : filled(emit, x[0]!, negated(cropping)),
    }),
    backward: (emit, { dy, attrs: { cropping } }) => ({
      inputs: [isNothing(cropping) ? dy : filled(emit, dy, cropping)],
    }),
    channels: sameFirstAxis,
    sample: (random, [x], { output }) => {
      if (x!.length !== rank + 1) return undefined;
      if (!output) return { cropping: x!.slice(1).map(size => random.int(0, Math.min((size - 1) >> 1, 3))) };
      const padding = toward(x!, output);
      return padding?.every(edges => total(edges) <= 0) ? { cropping: negated(padding).map(shortened) } : undefined;
    },
    pytorch: ({ attrs: { cropping } }) => ({
      expression: ([x]) => `torch.nn.functional.pad(${x}, pad=(${lastFirst(negated(cropping))}))`,
    }),
    fromPytorch: [
      {
        signatures: ["F.pad(input, pad)"],
        attrs: ({ pad: listedEnds }, { inputs: [shape] }) => {
          const padding = endsOf(rank, listedEnds, shape!);
          return padding?.every(edges => bothEnds(edges).every(n => n <= 0))
            ? { cropping: negated(padding) }
            : undefined;
        },
      },
    ],
  });
}

export const crop1d = crop(1);
export const crop2d = crop(2);
export const crop3d = crop(3);
// Behind crop, which reads what only takes off.
export const pad1d = pad(1);
export const pad2d = pad(2);
export const pad3d = pad(3);

export const Pad1d: PadMaker<1> = layerOf(pad1d);
export const Pad2d: PadMaker<2> = layerOf(pad2d);
export const Pad3d: PadMaker<3> = layerOf(pad3d);
export const Crop1d: CropMaker<1> = layerOf(crop1d);
export const Crop2d: CropMaker<2> = layerOf(crop2d);
export const Crop3d: CropMaker<3> = layerOf(crop3d);

declare module "../op/tensor.js" {
  interface Operators {
    /** A border around length; a negative number takes off. */
    readonly pad1d: PadMethod<1>;
    /** A border around height and width; a negative number takes off. */
    readonly pad2d: PadMethod<2>;
    /** A border around depth, height and width; a negative number takes off. */
    readonly pad3d: PadMethod<3>;
    /** Elements taken off at both ends of length, or [begin, end]. */
    readonly crop1d: CropMethod<1>;
    /** Elements taken off at the ends of height and width. */
    readonly crop2d: CropMethod<2>;
    /** Elements taken off at the ends of depth, height and width. */
    readonly crop3d: CropMethod<3>;
  }
}
