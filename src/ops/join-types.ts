/** What concat and stack share in types: tensors, and behind them perhaps the axis. */
import type { AxisNumber, HasShape, Known, Shape } from "../shape/index.js";

export interface JoinOptions {
  /** The first axis is 0, the last -1. */
  readonly axis: number;
}
/** Further tensors, perhaps options behind them. */
export type Joined = readonly HasShape[] | readonly [...HasShape[], JoinOptions];

/** The axis that is told, or the first. */
export type AxisOf<Js extends readonly unknown[]> = Js extends readonly [...unknown[], JoinOptions & { axis: infer A }]
  ? A extends number
    ? A
    : 0
  : 0;
/** The tensors without the options. */
export type TensorsOf<Js extends readonly unknown[]> = Js extends readonly [...infer Ts, JoinOptions] ? Ts : Js;
/** Tensors of these shapes. */
export type Tensors<Shapes extends readonly Shape[]> = { readonly [I in keyof Shapes]: HasShape<Shapes[I]> };
/** A tensor is refused where it stands, the axis at the options. */
export type Where<J> = J extends HasShape ? "other" : string;

/** Whether shapes and axis are known well enough to tell, and the axis can be one. */
export type Tells<Op extends string, S extends Shape, A> =
  AxisNumber<Op, "axis", A> extends infer W
    ? [W] extends [never]
      ? [number extends S["length"] ? false : true, Known<A>] extends [true, true]
        ? true
        : false
      : W
    : never;
