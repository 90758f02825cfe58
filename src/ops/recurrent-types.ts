/** The rule of rnn, lstm and gru in types: the twin of the schema and `shape` in recurrent.ts. */
import type { In, Layer, Tensor } from "../op/index.js";
import type {
  At,
  BelowOne,
  BelowOneArg,
  FirstWrong,
  HasShape,
  Mul,
  Out,
  Shape,
  Show,
  Unranked,
  Whole,
  WholeArg,
  Wrong,
} from "../shape/index.js";

type Output = "sequence" | "last";

/** Output shape, the attributes in the schema's order. */
export type RecurrentRule<
  Op extends string,
  S extends Shape,
  H extends number,
  L extends number,
  B extends boolean,
  P extends number,
  O extends Output,
> =
  FirstWrong<[Whole<Op, "hiddenSize", H>, Whole<Op, "layers", L>, BelowOne<Op, "dropout", P>]> extends infer W
    ? [W] extends [never]
      ? Unranked<S> extends true
        ? Given<number, Width<H, B>, O>
        : S extends readonly [infer T extends number, number]
          ? Given<T, Width<H, B>, O>
          : Wrong<"hiddenSize", `${Op}: input must be [length, features], got ${Show<S>}; reshape it`>
      : W
    : never;
type Width<H extends number, B extends boolean> = [B] extends [false] ? H : [B] extends [true] ? Mul<2, H> : number;
type Given<T extends number, W, O extends Output> = [O] extends ["last"]
  ? [W]
  : [O] extends ["sequence"]
    ? [T, W]
    : Shape;

interface RecurrentOptions<L, B, P, O> {
  /** Layers, each over the states of the one before; 1 unless told. */
  readonly layers?: L;
  /** Go also from the end to the beginning: states of both directions side by side. */
  readonly bidirectional?: B;
  readonly bias?: boolean;
  /** Probability of an element between two layers to be dropped while training; 0 unless told. */
  readonly dropout?: P;
  /**
   * `sequence`, unless told: the last layer's state at every step, `[length, hiddenSize directions]`. `last`: the state
   * where each direction ends, `[hiddenSize directions]`; for the one that goes backwards this is the first step.
   */
  readonly output?: O;
}

export interface RecurrentLayer<
  Op extends string,
  H extends number,
  L extends number,
  B extends boolean,
  P extends number,
  O extends Output,
> extends Layer {
  readonly out: RecurrentRule<Op, In<this>, H, L, B, P, O>;
}
export type RecurrentMaker<Op extends string, Own extends object = object> = <
  H extends number,
  L extends number = 1,
  B extends boolean = false,
  P extends number = 0,
  O extends Output = "sequence",
>(
  hiddenSize: WholeArg<Op, "hiddenSize", H>,
  options?: RecurrentOptions<WholeArg<Op, "layers", L>, B, BelowOneArg<Op, "dropout", P>, O> & Own,
) => RecurrentLayer<Op, H, L, B, P, O>;
export type RecurrentMethod<Op extends string, Own extends object = object> = <
  S extends Shape,
  H extends number,
  L extends number = 1,
  B extends boolean = false,
  P extends number = 0,
  O extends Output = "sequence",
  W = RecurrentRule<Op, S, H, L, B, P, O>,
>(
  this: HasShape<S>,
  hiddenSize: At<W, "hiddenSize", H>,
  options?: RecurrentOptions<At<W, "layers", L>, B, At<W, "dropout", P>, O> & Own,
) => Tensor<Out<W>>;
