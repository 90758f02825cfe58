/** How an op writes ONNX nodes: a small builder, so that ops know nothing of files or bytes. */

/** Name of a value in the ONNX graph being written. */
export type Value = string;

/** Floats are marked, because 1 is an integer attribute to ONNX. */
export interface FloatAttr {
  readonly float: number;
}
export type OnnxAttrs = Readonly<
  Record<string, number | readonly number[] | string | readonly [string, ...string[]] | FloatAttr>
>;

export interface Emit {
  /** One ONNX node with one output; `""` stands for an input left out. */
  op(type: string, inputs: readonly Value[], attrs?: OnnxAttrs): Value;
  /** One ONNX node with several outputs. */
  ops(type: string, inputs: readonly Value[], outputs: number, attrs?: OnnxAttrs): Value[];
  /** An int64 constant: a list, or a scalar. */
  ints(values: number | readonly number[]): Value;
  /** A float32 constant: a scalar, or `dims` filled with `value`. */
  float(value: number, dims?: readonly number[]): Value;
  /** A float32 constant of these values. */
  floats(values: readonly number[], dims: readonly number[]): Value;
  /** Step after step along the first axis of some values; gives what was collected, stacked along a first axis. */
  scan(steps: Steps): Value[];
  /** A constant of any type. */
  constant(constant: TypedNumbers): Value;
  /** A node of any operator; gives all its outputs. */
  foreign(node: ForeignNode): Value[];
}

/** ONNX's numbers for types of elements that are numbers. */
export const elementType = {
  ...{ float32: 1, float64: 11, float16: 10, bfloat16: 16, bool: 9 },
  ...{ int8: 3, int16: 5, int32: 6, int64: 7, uint8: 2, uint16: 4, uint32: 12, uint64: 13 },
} as const;
export type ElementType = keyof typeof elementType;

export type TypedNumbers = readonly [type: ElementType, dims: readonly number[], numbers: readonly number[]];

/** A node as a file of another program holds it. */
export interface ForeignNode {
  readonly operator: string;
  /** Empty for the standard operators. */
  readonly domain: string;
  /** Version of the domain's operators that it is written for. */
  readonly version: number;
  readonly inputs: readonly Value[];
  readonly outputs: number;
  readonly attributes: readonly ForeignAttribute[];
}
export type ForeignAttribute =
  | readonly [name: string, kind: "int" | "float", value: number]
  | readonly [name: string, kind: "ints" | "floats", value: readonly number[]]
  | readonly [name: string, kind: "string", value: string]
  | readonly [name: string, kind: "strings", value: readonly string[]]
  | readonly [name: string, kind: "tensor", value: TypedNumbers];

/** Steps along an axis, whatever its size: ONNX's Scan. All values are float32. */
export interface Steps {
  /** What the first step is given. */
  readonly carried: readonly Value[];
  /** Values of which every step sees its own part along the first axis. */
  readonly along: readonly Value[];
  /** From the last part to the first; what is collected stands in the order of the parts all the same. */
  readonly backwards: boolean;
  /** Nodes of one step; they may use values from outside. */
  readonly step: (
    emit: Emit,
    carried: readonly Value[],
    parts: readonly Value[],
  ) => { readonly carried: readonly Value[]; readonly collected: readonly Value[] };
}

/** ONNX lists paddings as all begins, then all ends. */
export const pads = (padding: readonly number[]): number[] => [...padding, ...padding];

/**
 * Paddings of an array of so many axes: `begin` before and `end` behind one of them. All axes stand there, none named:
 * ONNX Runtime 1.30 takes paddings of named axes for those of all when it moves a Transpose over the Pad.
 */
export const padsAlong = (axes: number, axis: number, begin: number, end: number): number[] =>
  Array.from({ length: 2 * axes }, (_, i) => (i === axis ? begin : i === axes + axis ? end : 0));

/** 1 where x is above 0, else 0: the steepest HardSigmoid, one pass over memory. */
export const above0 = (emit: Emit, x: Value): Value =>
  emit.op("HardSigmoid", [x], { alpha: { float: 3e38 }, beta: { float: 0 } });

/** Batches of samples with so many axes: [N, ...shape] as [...shape, N]. */
export const batchToLast = (emit: Emit, x: Value, rank: number): Value =>
  emit.op("Transpose", [x], { perm: [...axes(1, rank), 0] });
/** [...shape, N] as [N, ...shape]. */
export const batchToFirst = (emit: Emit, x: Value, rank: number): Value =>
  emit.op("Transpose", [x], { perm: [rank, ...axes(0, rank)] });

/** The same elements in order, as an array of these sizes. */
export const reshape = (emit: Emit, x: Value, dims: readonly number[]): Value =>
  emit.op("Reshape", [x, emit.ints(dims)]);

/** The axes from `first`, `count` of them. */
export const axes = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
