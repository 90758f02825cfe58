/** Gradient clipping: what keeps a step from being too long. */
import type { Emit, Value } from "../op/index.js";
import { checkKnown, got } from "./known.js";
import { TrainError } from "./pass.js";

export interface Clip {
  /** Most that a single element of a gradient may be, up and down. */
  readonly value?: number;
  /** Longest that all gradients together may be, as one vector; taken after `value`. */
  readonly norm?: number;
}

/** Clipped gradients, by PyTorch's clip_grad_value_ and clip_grad_norm_. */
export function clipped(emit: Emit, gradients: readonly Value[], { value, norm }: Clip = {}): readonly Value[] {
  const each = (change: (gradient: Value) => Value) => gradients.map(change);
  if (value !== undefined) {
    const within = each(gradient => emit.op("Clip", [gradient, emit.float(-value), emit.float(value)]));
    return clipped(emit, within, norm === undefined ? {} : { norm });
  }
  if (norm === undefined) return gradients;
  const squares = gradients.map(gradient => emit.op("ReduceSumSquare", [gradient], { keepdims: 0 }));
  const length = emit.op("Sqrt", [emit.op("Sum", squares)]);
  const ratio = emit.op("Div", [emit.float(norm), emit.op("Add", [length, emit.float(1e-6)])]);
  const factor = emit.op("Min", [ratio, emit.float(1)]);
  return each(gradient => emit.op("Mul", [gradient, factor]));
}

export function checkClip(clip: Clip): void {
  checkKnown("clip", clip, ["norm", "value"]);
  for (const [field, limit] of Object.entries(clip)) {
    if (limit !== undefined && !(Number.isFinite(limit) && limit > 0)) {
      throw new TrainError(`clip: ${field} must be above 0, got ${got(limit)}; give another`);
    }
  }
}
