/** How nodes of ONNX become ops: the way back from what `forward` emits, and from what other programs write. */
import { type Edges, product, type Shape } from "../shape/index.js";
import { ArgumentError } from "./pytorch.js";

/** A tensor whose numbers stand in the file. */
export interface Constant {
  readonly dims: readonly number[];
  /** One number for each element, in rows; or one that stands in every place, where there are too many. */
  readonly data: ArrayLike<number>;
}

/**
 * Which value of a node or pattern: the place among a node's inputs; in a pattern the name, or `m.1` for input 1 of what
 * makes `m`.
 */
export type Key = number | string;

/** A node, or several that a pattern found; constants and tensors by `Key`. */
export interface OnnxSite {
  readonly operator: string;
  /** Version of the standard operators. */
  readonly opset: number;
  /** How many inputs the node names, those left out in between included. */
  readonly inputs: number;
  /** How many outputs anybody reads, the last one read included. */
  readonly outputs: number;
  /** The constant there; undefined where there is a tensor or nothing. */
  constant(key: Key): Constant | undefined;
  /** Per-sample shape of the tensor there; undefined where there is a constant or nothing. */
  tensor(key: Key): Shape | undefined;
  /** The axis of a sample that ONNX counts as `axis` of the tensor there; refuses the batch's. */
  axis(axis: number, key?: Key): number;
  /** Axes of the tensor there as ONNX counts them, the batch's included. */
  rank(key: Key): number;
  /** Attributes of the node, or of the one in a pattern that makes `of`. */
  int(name: string, fallback: number, of?: string): number;
  ints(name: string, of?: string): readonly number[] | undefined;
  float(name: string, fallback: number, of?: string): number;
  text(name: string, fallback: string, of?: string): string;
  texts(name: string): readonly string[];
}

/** What a node or pattern is. */
export interface OnnxMeaning {
  /** As a person would write them. */
  readonly attrs: object;
  /** Of another op than the record's. */
  readonly op?: string;
  /** The tensors that it is given; all of them, in order, unless told. */
  readonly inputs?: readonly Key[];
  /** Constants among its inputs, by place, that become learned tensors, with the shape that each sample has of them. */
  readonly learned?: Readonly<Record<number, Shape>>;
  /** Values of its weights, each with the dims that the op wants. */
  readonly weights?: Readonly<Record<string, Constant>>;
  /** Axes that are gone, as ONNX counts them. */
  readonly gone?: readonly number[];
  /** Per-sample shape of what ONNX has, where that is not the op's. */
  readonly shape?: Shape;
  /** Which axis of what ONNX has is the batch, where that is not the input's. */
  readonly batch?: number;
  /** What is done next with the result. */
  readonly next?: OnnxMeaning;
}

export interface FromOnnx {
  /** Standard operators that are, or may be, this op. */
  readonly operators?: readonly string[];
  /**
   * Nodes that together are this op, in order: `["s = Sigmoid(x)", "y = Mul(x, s)"]`. Words that no line makes are values
   * from outside, the first one the input.
   */
  readonly pattern?: readonly string[];
  /**
   * Where the batch may be: "first" and alone in its axis (unless told); "leading", the first axis with something of a
   * sample behind it too, as heads; "anywhere", for what acts alike along other axes; or an axis.
   */
  readonly batch?: "first" | "leading" | "anywhere" | number;
  /** What this node is: one meaning, or one for each output; "input" where it does nothing; undefined where it is not this op. */
  readonly read: (site: OnnxSite) => OnnxMeaning | readonly (OnnxMeaning | undefined)[] | "input" | undefined;
}

/** The one number of a constant that has one element. */
export const scalarOf = (constant: Constant | undefined): number | undefined =>
  constant && product(constant.dims) === 1 ? rounded(constant.data[0]!) : undefined;

/** The shortest number that is the same float32: 0.1 instead of 0.10000000149011612. */
export const rounded = (value: number): number => {
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === Math.fround(value) ? short : value;
};

/** Below this, a number that is added keeps something out: no learned tensor has it. */
const masking = -1e4;

/**
 * The shape that every sample has of the constant at a place, where it stands beside the tensor at another and may be a
 * learned one: as many axes, with a size of 1 along the batch.
 */
export function learnedShape(site: OnnxSite, at: number, beside: number): Shape | undefined {
  const [constant, shape] = [site.constant(at), site.tensor(beside)];
  const axes = site.rank(beside);
  if (!constant || shape?.length !== axes - 1 || constant.dims.length > axes) return undefined;
  const { dims, data } = constant;
  const [batch, ...own] = [...Array<number>(axes - dims.length).fill(1), ...dims];
  const isWhole = data.length > 1 && data.length === product(dims);
  return isWhole && batch === 1 && Array.from(data).every(value => value > masking) ? own : undefined;
}

/** Numbers of a constant, as a list; undefined where there is none. */
export const listOf = (constant: Constant | undefined): number[] | undefined => constant && Array.from(constant.data);

/** The constant as a list of its elements. */
export const flatConstant = ({ data }: Constant): Constant => ({ dims: [data.length], data });

/** A constant of one number in every place. */
export const filledConstant = (dims: readonly number[], value: number): Constant => ({
  dims,
  data: new Float32Array(product(dims)).fill(value),
});

const alreadyTurned = new WeakMap<object, Constant>();
/** A matrix with its axes exchanged; the very same again for the same numbers, so that who shares weights is seen. */
export function turned({ dims, data }: Constant): Constant {
  const before = alreadyTurned.get(data);
  if (before) return before;
  const [rows, columns] = dims as [number, number];
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j]!;
  const made = { dims: [columns, rows], data: result };
  alreadyTurned.set(data, made);
  alreadyTurned.set(result, { dims, data });
  return made;
}

/** An activation that a standard operator is, as it stands. */
export const operator = (...operators: readonly string[]): FromOnnx => ({
  operators,
  batch: "anywhere",
  read: () => ({ attrs: {} }),
});

/** An activation that several operators make up; no number is told. */
export const madeOf = (...pattern: readonly string[]): FromOnnx => ({
  pattern,
  batch: "anywhere",
  read: () => ({ attrs: {}, inputs: ["x"] }),
});

/** Paddings of a window's axes from `pads`, or from `auto_pad` by the rule in ONNX's Conv. */
export function windowPadding(
  site: OnnxSite,
  spatial: Shape,
  window: { readonly kernelSize: Shape; readonly stride: Shape; readonly dilation: Shape },
): readonly Edges[] {
  const mode = site.text("auto_pad", "NOTSET");
  const pads = site.ints("pads");
  return spatial.map((size, axis) => {
    if (mode === "VALID") return 0;
    if (mode === "NOTSET") return pads ? [pads[axis]!, pads[axis + spatial.length]!] : 0;
    const reach = window.dilation[axis]! * (window.kernelSize[axis]! - 1) + 1;
    const total = Math.max(0, (Math.ceil(size / window.stride[axis]!) - 1) * window.stride[axis]! + reach - size);
    const less = Math.floor(total / 2);
    return mode === "SAME_LOWER" ? [total - less, less] : [less, total - less];
  });
}

/** What is equal at both ends as one number per axis; refuses what is not. */
export const equalEdges = (padding: readonly Edges[]): number[] =>
  padding.map(edges => {
    if (typeof edges === "number") return edges;
    if (edges[0] === edges[1]) return edges[0];
    throw new ArgumentError(
      `pads: both ends must be padded alike, got ${edges[0]} and ${edges[1]}; pad in a layer before`,
    );
  });

/** Sizes per axis from an attribute; ones where it is not told. */
export const perAxisOf = (site: OnnxSite, name: string, rank: number): readonly number[] =>
  site.ints(name) ?? Array<number>(rank).fill(1);
