/**
 * Convolution with the batch as innermost axis. Sample beside sample, a map [C, H, W, N] is to the runtime's Conv one image
 * [1, C, H, W N] whose kernel is dilated by N along the last axis: instead of many small products, one for each sample, it
 * makes few large ones, and what it lays out for them are whole rows. The batch must be known, because a dilation is an
 * attribute of the node.
 */
import { batchToFirst, batchToLast, type Emit, type Value } from "../op/index.js";
import { product, type Shape } from "../shape/index.js";
import type { PlainConvAttrs } from "./conv.js";

/** A shorter column costs less than the transpositions around it. */
const shortestColumn = 36;

type Attrs = Pick<PlainConvAttrs, "kernelSize" | "stride" | "padding" | "dilation" | "groups">;

/** Where it beats a Conv over samples, by shape alone. */
export function takesBatchLast({ kernelSize, stride, groups }: Attrs, [channels]: Shape): boolean {
  const taps = product(kernelSize);
  if (kernelSize.length === 3 || taps === 1 || stride.at(-1) !== 1) return false;
  return groups > 1 || taps * channels! >= shortestColumn;
}

/** Where it keeps a batch that stands last as it stands, whatever its size: one product for all positions. */
export const isProduct = ({ kernelSize, stride, padding, groups }: Attrs): boolean =>
  groups === 1 && product(kernelSize) === 1 && stride.every(s => s === 1) && padding.every(p => p === 0);

export interface BatchLastSite {
  readonly attrs: Attrs;
  readonly input: Shape;
  readonly output: Shape;
  /** Whether batches stand last already, and are to stay so. */
  readonly batchLast?: boolean | undefined;
  /** Samples at once; a product needs no number. */
  readonly batch?: number | undefined;
}

/** The convolution of a batch. */
export function convBatchLast(
  emit: Emit,
  [x, ...weights]: readonly Value[],
  { attrs: a, input, output, batchLast, batch = 1 }: BatchLastSite,
): Value {
  const wide = (sizes: readonly number[]): number[] => sizes.with(-1, sizes.at(-1)! * batch);
  const last = batchLast ? x! : batchToLast(emit, x!, input.length);
  const image = emit.op("Reshape", [last, emit.ints([1, ...input.with(-1, -1)])]);
  const padding = wide(a.padding);
  const y = emit.op("Conv", [image, ...weights], {
    kernel_shape: a.kernelSize,
    strides: a.stride,
    pads: [...padding, ...padding],
    dilations: wide(a.dilation),
    group: a.groups,
  });
  const apart = emit.op("Reshape", [y, emit.ints([...output, -1])]);
  return batchLast ? apart : batchToFirst(emit, apart, output.length);
}
