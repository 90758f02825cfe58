/** Layers side by side on one input, and the op that merges what they make. */
import {
  type Apply,
  findOp,
  type In,
  type Layer,
  layer,
  type Merges,
  type MergesAlong,
  OpError,
  readAttrs,
} from "../op/index.js";
import type { AxisOf } from "../ops/join-types.js";
import type { Shape, Wrong } from "../shape/index.js";
import { checkLayer } from "./check-layer.js";

type OnItsOwn = keyof Merges<Shape, []>;
type Along = keyof MergesAlong<Shape, [], 0>;

export type BranchesOptions =
  | {
      /** The op that merges the branches; concat, along the channels, unless told. */
      readonly merge: OnItsOwn;
      readonly axis?: never;
    }
  | {
      readonly merge: Along;
      /** The axis along which they are joined; 0, that of the channels, unless told. */
      readonly axis?: number;
    };

type LayersOf<All> = All extends readonly [...infer Ls extends readonly Layer[], BranchesOptions]
  ? Ls
  : All extends readonly Layer[]
    ? All
    : never;
type MergeOf<All> = All extends readonly [...unknown[], { readonly merge: infer M }] ? M : "concat";

type Outs<Ls extends readonly Layer[], S extends Shape> = { readonly [I in keyof Ls]: Apply<Ls[I], S> };
type FirstRefused<Made> = Made extends readonly [infer One, ...infer Rest]
  ? One extends Shape
    ? FirstRefused<Rest>
    : One
  : never;
type MergedBy<M, A extends number, Made> = Made extends readonly [
  infer First extends Shape,
  ...infer Others extends readonly Shape[],
]
  ? M extends OnItsOwn
    ? Merges<First, Others>[M]
    : M extends Along
      ? MergesAlong<First, Others, A>[M]
      : never
  : Shape;
type Merged<Ls extends readonly Layer[], M, A extends number, S extends Shape> = Ls["length"] extends 0 | 1
  ? Wrong<"layers", `branches: there must be at least 2 layers, got ${Ls["length"]}; give more`>
  : Outs<Ls, S> extends infer Made
    ? FirstRefused<Made> extends infer W
      ? [W] extends [never]
        ? MergedBy<M, A, Made>
        : W
      : never
    : never;

export interface BranchesLayer<Ls extends readonly Layer[], M, A extends number> extends Layer {
  readonly out: Merged<Ls, M, A, In<this>>;
}

const isLayer = (one: Layer | BranchesOptions): one is Layer => "place" in one;

/**
 * What each layer makes of the one input, merged: joined along the channels, or as `{ merge }` behind the layers says, the
 * name of an op of several tensors. Nodes `name.0`, `name.1`, ... and one called after the merging op.
 */
export const Branches = <const All extends readonly Layer[] | readonly [...Layer[], BranchesOptions]>(
  ...all: All
): BranchesLayer<LayersOf<All>, MergeOf<All>, AxisOf<All>> => {
  const given: readonly (Layer | BranchesOptions)[] = all;
  given.forEach((one, i) => {
    const isOptions = i === given.length - 1 && typeof one === "object" && one !== null && "merge" in one;
    if (!isOptions) checkLayer("branches", one);
  });
  const layers = given.filter(isLayer);
  const options = given.find((one): one is BranchesOptions => !isLayer(one));
  const { merge, ...rest }: BranchesOptions = options ?? { merge: "concat" };
  const record = findOp(merge);
  const attrs = readAttrs(record, rest);
  if (layers.length < 2) {
    throw new OpError(`branches: there must be at least 2 layers, got ${layers.length}; give more`);
  }
  if (record.arity === 1) {
    throw new OpError(`branches: merge must take several tensors, got ${merge}; give e.g. concat or add`);
  }
  return layer({
    kind: "branches",
    place: (ground, x, name) => {
      const made = layers.map((one, i) => ground.layer(one, x, `${name}.${i}`));
      const merged = (inputs: readonly string[], part: string): string =>
        ground.node(merge, inputs, attrs, { name: `${name}.${part}` });
      if (record.arity !== 2) return merged(made, merge);
      // Two at a time.
      return made.reduce((before, one, i) => merged([before, one], i === made.length - 1 ? merge : `${merge}_${i}`));
    },
  });
};
