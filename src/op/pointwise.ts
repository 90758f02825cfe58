/** Ops that act on every element alone: the shape stays, nothing is learned. */
import type * as z from "zod";
import type { Random } from "../random.js";
import { attributes, flag } from "./attributes.js";
import { sameChannels } from "./channels.js";
import type { Emit, Value } from "./emit.js";
import type { FromOnnx } from "./onnx.js";
import type { FromPyTorch } from "./pytorch.js";
import { type Forward, type Op, op, type PyTorch } from "./record.js";
import type { Spellings } from "./spellings.js";

export interface PointwiseAttrs {
  /** Write the result over the input, as PyTorch's `inplace`: the memory figures count no map of its own. */
  readonly inPlace: boolean;
}

export type PointwiseOptions = Partial<PointwiseAttrs>;

const inPlace = flag("inPlace").default(false);

export interface Pointwise<A extends object> {
  readonly name: string;
  /** The output, or with it what the gradient wants back. */
  readonly forward: (emit: Emit, x: Value, attrs: A) => Value | Forward;
  /** Gradient of the input from the output (and the input, where the output does not tell). */
  readonly backward: (emit: Emit, values: PointwiseValues, attrs: A) => Value;
  readonly pytorch: (attrs: A & PointwiseAttrs) => PyTorch;
  readonly fromPytorch: readonly FromPyTorch[];
  readonly fromOnnx?: readonly FromOnnx[];
  readonly spellings?: Spellings<A & PointwiseAttrs>;
  readonly idempotent?: true;
}
export interface PointwiseValues {
  readonly x: Value;
  readonly y: Value;
  readonly dy: Value;
  readonly saved: Readonly<Record<string, Value>>;
}
/** Attributes of an activation's own, beside `inPlace`. */
export interface PointwiseFields<A extends object> {
  readonly fields: { readonly [K in keyof A]: z.ZodType<A[K]> };
  readonly draw: (random: Random) => A;
}

/** An activation function: one record from its two formulas. */
export const pointwise = (activation: Pointwise<object>): Op<PointwiseAttrs> =>
  pointwiseWith<object>({ ...activation, fields: {}, draw: () => ({}) });

/** An activation function with attributes of its own. */
export const pointwiseWith = <A extends object>(
  activation: Pointwise<A> & PointwiseFields<A>,
): Op<A & PointwiseAttrs> =>
  op<A & PointwiseAttrs>({
    name: activation.name,
    attrs: attributes({ ...activation.fields, inPlace }) as unknown as z.ZodType<A & PointwiseAttrs>,
    args: (options?: Partial<A & PointwiseAttrs>) => ({ ...options }),
    arity: 1,
    shape: ([x]) => x!,
    weights: () => [],
    cost: site => ({
      macs: 0,
      autogradOps: 1,
      saved: 0,
      storage: site.attrs.inPlace ? "inPlace" : "own",
    }),
    batchLast: () => "takes",
    forward: (emit, { x, attrs }) => {
      const made = activation.forward(emit, x[0]!, attrs);
      return typeof made === "string" ? { y: made } : made;
    },
    backward: (emit, { x, y, dy, saved, attrs }) => ({
      inputs: [activation.backward(emit, { x: x[0]!, y, dy, saved }, attrs)],
    }),
    channels: sameChannels,
    sample: random => ({ ...activation.draw(random), inPlace: false }),
    pytorch: ({ attrs }) => activation.pytorch(attrs),
    fromPytorch: activation.fromPytorch,
    ...(activation.fromOnnx && { fromOnnx: activation.fromOnnx }),
    ...(activation.idempotent && { idempotent: true }),
    ...(activation.spellings && { spellings: activation.spellings }),
  });

/** A module of PyTorch that takes no attributes, and the function that writes over its input. */
export const moduleOrFunction =
  (module: string, inPlaceFunction: string) =>
  ({ inPlace }: PointwiseAttrs): PyTorch =>
    inPlace ? { expression: ([x]) => `torch.${inPlaceFunction}(${x})` } : { module: `nn.${module}()` };

/** A module of PyTorch that takes `inplace` after its other arguments. */
export const moduleInPlace = ({ inPlace }: PointwiseAttrs, module: string, ...args: readonly number[]): PyTorch => ({
  module: `nn.${module}(${[...args, ...(inPlace ? ["inplace=True"] : [])].join(", ")})`,
});
