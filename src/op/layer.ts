/** Layers as values: what an op, or a composition of them, will do with the tensor that it is given. */
import type { Shape } from "../shape/index.js";
import type { NodeOptions } from "./assemble.js";
import { attrsOfCall, type Op, readAttrs } from "./record.js";

/**
 * A function on shapes, in types: an interface whose `out` is computed from `this["in"]`; `Apply` supplies `in`.
 * Neither exists when the program runs.
 */
export interface Layer {
  readonly in: unknown;
  readonly out: unknown;
  /** What it is called where nobody names it. */
  readonly kind: string;
  /** Add its nodes behind `x`: one called `name`, or several called `name.…`. Returns the last one's name. */
  readonly place: (ground: Ground, x: string, name: string) => string;
}

/** The shape that a layer makes of `S`, or its refusal. */
export type Apply<L extends Layer, S extends Shape> = (L & { readonly in: S })["out"];
/** The `in` that `Apply` supplied. */
export type In<L extends Layer> = L["in"] extends infer S extends Shape ? S : never;

/** Where layers are placed. */
export interface Ground {
  node(op: string, inputs: readonly string[], attrs: object, options: NodeOptions & { readonly name: string }): string;
  /** Place a layer inside another. */
  layer(layer: Layer, x: string, name: string): string;
  shape(name: string): Shape;
}

/** A layer as the types see it, from what it does. */
export const layer = <L extends Layer>(value: Pick<Layer, "kind" | "place">): L => Object.freeze(value) as L;

/** The maker of an op's layer: it takes the arguments of the fluent method and refuses the same ones. */
export const layerOf = <Maker>(record: Pick<Op, "name" | "attrs" | "args">): Maker =>
  ((...args: never[]) => {
    const attrs = readAttrs(record, attrsOfCall(record, args));
    return layer({ kind: record.name, place: (ground, x, name) => ground.node(record.name, [x], attrs, { name }) });
  }) as Maker;

/** The layer of an op that keeps any shape. */
export interface KeepingLayer extends Layer {
  readonly out: In<this>;
}
export type KeepingMaker<Options extends object> = (options?: Options) => KeepingLayer;
