/** Shapes of one sample, channels first; there is no batch axis. */

export type Dim = number;
export type Shape = readonly Dim[];

/** A shape rule refused its input. The message is the very sentence that the type-level rule shows in the editor. */
export class ShapeMismatch extends Error {
  override readonly name = "ShapeMismatch";
}

/** Number of elements. */
export const product = (shape: Shape): number => shape.reduce((size, dim) => size * dim, 1);

/** `[20, 24, 24]` as text. */
export const show = (shape: Shape): string => `[${shape.join(", ")}]`;

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);

const spatialAxes = { 1: ["length"], 2: ["height", "width"], 3: ["depth", "height", "width"] } as const;

export type Rank = 1 | 2 | 3;

/** Names of the spatial axes, e.g. `height, width`. */
export const axisNames = (rank: Rank): readonly string[] => spatialAxes[rank];
