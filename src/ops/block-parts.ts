/** What the blocks of residual, dense and mobile networks are made of, and what their rules share in types. */
import * as z from "zod";
import type { Ground } from "../op/index.js";
import type { FirstWrong, NeedsSpatial, Shape, Unranked } from "../shape/index.js";

/** The name of an activation's op. */
export const activationName = z.string().optional();

interface Convolution {
  readonly kernelSize?: number;
  readonly stride?: number;
  readonly groups?: number;
}

/** Lays a block's nodes down one by one; all are called `name.…`. */
export function blockOn(ground: Pick<Ground, "node">, name: string) {
  const node = (op: string, x: string, attrs: object, part: string): string =>
    ground.node(op, [x], attrs, { name: `${name}.${part}` });
  return {
    node,
    /** Keeps the size but for the stride; without bias, because a batch norm stands before or behind it. */
    conv: (
      x: string,
      part: string,
      outChannels: number,
      { kernelSize = 1, stride = 1, groups = 1 }: Convolution = {},
    ) =>
      node("conv2d", x, { outChannels, kernelSize, stride, padding: (kernelSize - 1) / 2, groups, bias: false }, part),
    norm: (x: string, part: string, attrs: object = {}) => node("batchNorm", x, attrs, part),
    /** Over its input, as torchvision writes it, so that a convolution with norm and activation holds two maps. */
    activate: (activation: string, x: string, part: string) => node(activation, x, { inPlace: true }, part),
    add: (body: string, shortcut: string) =>
      ground.node("add", [body, shortcut], { inPlace: true }, { name: `${name}.add` }),
  };
}

/** The first refusal, else the shape that the block makes. */
export type BlockRule<Wrongs extends readonly unknown[], Out> =
  FirstWrong<Wrongs> extends infer W ? ([W] extends [never] ? Out : W) : never;

/** As `needsSpatial(op, 2, shape)`. */
export type NeedsPlanes<Op extends string, S extends Shape> =
  Unranked<S> extends true ? never : S["length"] extends 3 ? never : NeedsSpatial<Op, 2, S, "input">;

export type Channels<S extends Shape> = S extends readonly [infer C extends number, ...Shape] ? C : number;
