/** Ops on two tensors, element by element, broadcast by the rule of docs/notes/broadcasting.md. */
import {
  type Broadcast,
  broadcast,
  type Check,
  type HasShape,
  type Out,
  type Shape,
  ShapeMismatch,
  type Show,
  sameShape,
  show,
  type Wrong,
} from "../shape/index.js";
import { attributes } from "./attributes.js";
import { sameChannels } from "./channels.js";
import type { Emit, Value } from "./emit.js";
import { learnedShape, type OnnxMeaning, type OnnxSite } from "./onnx.js";
import { type Op, op } from "./record.js";
import type { Spellings } from "./spellings.js";
import type { Tensor } from "./tensor.js";

type Formula = (emit: Emit, values: { a: Value; b: Value; y: Value; dy: Value }) => Value;

export interface Elementwise {
  readonly name: string;
  /** The operator of ONNX. */
  readonly onnx: string;
  /** Gradients of the two inputs, as if nothing were broadcast. */
  readonly backward: readonly [Formula, Formula];
  readonly pytorch: (a: string, b: string) => string;
  readonly spellings?: Spellings<unknown>;
  /** Signatures of PyTorch's operator and functions on two tensors. */
  readonly calls: readonly string[];
}

export const elementwise = ({ name, onnx, backward, pytorch, calls, spellings }: Elementwise): Op<object> =>
  op<object>({
    name,
    attrs: attributes({}),
    args: () => ({}),
    arity: 2,
    shape: ([a, b]) => together(name, a!, b!),
    weights: () => [],
    cost: () => ({ macs: 0, autogradOps: 1, saved: 0, storage: "own" }),
    // What is broadcast would want its sizes beside other axes.
    batchLast: ({ inputs, output }) => (inputs.every(shape => sameShape(shape, output)) ? "takes" : undefined),
    forward: (emit, { x }) => ({ y: emit.op(onnx, x) }),
    backward: (emit, { x: [a, b], y, dy, inputs, output, needs }) => ({
      inputs: backward.map((formula, i) =>
        needs[i] ? summedTo(emit, formula(emit, { a: a!, b: b!, y, dy }), output, inputs[i]!) : undefined,
      ),
    }),
    channels: sameChannels,
    sample: (_, [a, b]) => (broadcast(a!, b!) ? {} : undefined),
    pytorch: () => ({ expression: ([a, b]) => pytorch(a!, b!) }),
    ...(spellings && { spellings }),
    fromPytorch: [{ signatures: calls, attrs: (_, { inputs }) => (inputs.length === 2 ? {} : undefined) }],
    fromOnnx: [
      { operators: [onnx], batch: "anywhere", read: site => (both(site) ? { attrs: {} } : undefined) },
      { operators: [onnx], read: withLearned },
    ],
  });

/** Two tensors, and none that is written in the file. */
const both = (site: OnnxSite): boolean =>
  site.tensor(0) !== undefined && site.tensor(1) !== undefined && site.rank(0) === site.rank(1);

/** A tensor and one that is written in the file, whichever is first; their order stays. */
export function withLearned(site: OnnxSite): OnnxMeaning | undefined {
  const at = site.constant(1) ? 1 : 0;
  const shape = site.inputs === 2 ? learnedShape(site, at, 1 - at) : undefined;
  return shape && { attrs: {}, inputs: [0, 1], learned: { [at]: shape } };
}

/** The shape of two that are broadcast, or the refusal. */
export function together(name: string, a: Shape, b: Shape): Shape {
  const shape = broadcast(a, b);
  if (shape) return shape;
  throw new ShapeMismatch(
    `${name}: axes must be equally many, of equal size or 1, got ${show(a)} and ${show(b)}; reshape one first`,
  );
}

/** The gradient of what was broadcast: the sum over the axes along which it was repeated. */
export function summedTo(emit: Emit, gradient: Value, from: Shape, to: Shape): Value {
  const repeated = to.flatMap((dim, axis) => (dim === from[axis] ? [] : [axis + 1]));
  return repeated.length === 0 ? gradient : emit.op("ReduceSum", [gradient, emit.ints(repeated)]);
}

/** The twin of `together`. */
export type Together<Op extends string, A extends Shape, B extends Shape> =
  Broadcast<A, B> extends infer S
    ? [S] extends [never]
      ? Wrong<
          "other",
          `${Op}: axes must be equally many, of equal size or 1, got ${Show<A>} and ${Show<B>}; reshape one first`
        >
      : S
    : never;
/** Of more than two, two at a time. */
export type AllTogether<
  Op extends string,
  First extends Shape,
  Others extends readonly Shape[],
> = Others extends readonly [infer B extends Shape, ...infer Rest extends readonly Shape[]]
  ? Together<Op, First, B> extends infer S
    ? S extends Shape
      ? AllTogether<Op, S, Rest>
      : S
    : never
  : First;
export type ElementwiseMethod<Op extends string> = <S extends Shape, B extends HasShape>(
  this: HasShape<S>,
  other: Check<Together<Op, S, B["shape"]>, B>,
) => Tensor<Out<Together<Op, S, B["shape"]>>>;
