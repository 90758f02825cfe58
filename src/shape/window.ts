/** The size of what is left when a window slides over spatial axes: convolution and pooling. */
import { axisNames, type Rank, type Shape, ShapeMismatch, show } from "./shape.js";

/** One number per spatial axis. */
export interface Window {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/** floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, as in PyTorch's documentation of Conv2d; below 1: it does not fit. */
export const slide = (size: number, kernel: number, stride: number, padding: number, dilation: number): number =>
  Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;

/**
 * As `slide`, but the last window may reach beyond the end of input and padding, as PyTorch's pooling with ceil_mode: it
 * begins in the input or in the padding before it, never in that behind.
 */
export const slideBeyond = (size: number, kernel: number, stride: number, padding: number, dilation: number): number =>
  Math.floor(Math.min(size + 2 * padding - dilation * (kernel - 1) - 1 + stride - 1, size + padding - 1) / stride) + 1;

/** (size - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1, as in PyTorch's documentation of ConvTranspose2d. */
export const spread = (
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  outputPadding: number,
  dilation: number,
): number => (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + outputPadding + 1;

/** size times factor, rounded down, by the factor's decimal digits: 29 for 100 times 0.29, whose binary product is below. */
export function scaled(size: number, factor: number): number {
  const [whole, part = ""] = String(factor).split(".") as [string, string?];
  if (whole.includes("e") || part.includes("e")) return Math.floor(size * factor);
  return Number((BigInt(size) * BigInt(whole + part)) / 10n ** BigInt(part.length));
}

/** A window over an input that may be padded unequally. */
export type Padded = Omit<Window, "padding"> & { readonly padding: readonly Edges[] };

/** Elements at the end that no window reaches because of the stride. */
export const remainder = (size: number, axis: number, w: Window): number =>
  (size + 2 * w.padding[axis]! - w.dilation[axis]! * (w.kernelSize[axis]! - 1) - 1) % w.stride[axis]!;

/** `[channels, ...spatial]`, or the sentence that says what is needed. */
export function needsSpatial(op: string, rank: Rank, shape: Shape): void {
  if (shape.length !== rank + 1) {
    throw new ShapeMismatch(
      `${op}: input must be [channels, ${axisNames(rank).join(", ")}], got ${show(shape)}; reshape it first`,
    );
  }
}

/** Padding of one axis: on both sides, or before and behind. */
export type Edges = number | readonly [number, number];

/** Spatial sizes after the window; the first axis that it does not fit decides the error. */
export function slideAll(op: string, rank: Rank, spatial: Shape, w: Padded): number[] {
  return spatial.map((size, axis) => {
    const [kernel, stride, dilation] = along(w, axis);
    const edges = w.padding[axis]!;
    const whole = typeof edges === "number" ? size + 2 * edges : size + edges[0] + edges[1];
    return fitting(op, rank, axis, size, kernel, slide(whole, kernel, stride, 0, dilation));
  });
}

/** As `slideAll`, where the last window may reach beyond the end. */
export function slideAllBeyond(op: string, rank: Rank, spatial: Shape, w: Window): number[] {
  return spatial.map((size, axis) => {
    const [kernel, stride, dilation] = along(w, axis);
    return fitting(op, rank, axis, size, kernel, slideBeyond(size, kernel, stride, w.padding[axis]!, dilation));
  });
}

const along = (w: Padded, axis: number) => [w.kernelSize[axis]!, w.stride[axis]!, w.dilation[axis]!] as const;

function fitting(op: string, rank: Rank, axis: number, size: number, kernel: number, places: number): number {
  if (places >= 1) return places;
  throw new ShapeMismatch(
    `${op}: kernel ${kernel} does not fit, got ${axisNames(rank)[axis]} ${size}; use a smaller kernel or dilation, or more padding`,
  );
}
