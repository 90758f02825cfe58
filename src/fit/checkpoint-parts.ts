/** A checkpoint in parts, as surgery takes a network and gives it back: what stands beside each weight follows it. */
import { TrainError, type Weights } from "../train/index.js";
import { checkFrom } from "./check-fit.js";
import type { Checkpoint } from "./trainer.js";

export interface CheckpointParts {
  readonly weights: Weights;
  /** By the optimizer's names for them: its averages, of the shapes of the weights that they are of. */
  readonly beside: Readonly<Record<string, Weights>>;
}

/** The weights, and the optimizer's state beside them: `operate({ graph, ...checkpointParts(checkpoint) })`. */
export function checkpointParts(checkpoint: Checkpoint): CheckpointParts {
  checkFrom(checkpoint);
  const weights: Record<string, Float32Array> = {};
  const beside: Record<string, Weights> = {};
  for (const [name, values] of Object.entries(checkpoint.tensors)) {
    const at = name.lastIndexOf("/");
    const [parameter, slot] = [name.slice(0, Math.max(0, at)), name.slice(at + 1)];
    if (Object.hasOwn(checkpoint.tensors, parameter)) beside[slot] = { ...beside[slot], [parameter]: values };
    else weights[name] = values;
  }
  return { weights, beside };
}

/**
 * A checkpoint of what `operate` gave back, for `fit`'s option `from`: its steps, schedule and history go on where those
 * of the one before were.
 */
export function editedCheckpoint(
  { weights, beside }: { readonly weights: Weights | undefined; readonly beside: CheckpointParts["beside"] },
  before: Checkpoint,
): Checkpoint {
  checkFrom(before);
  if (!weights) {
    throw new TrainError(
      "editedCheckpoint: there are no weights, got a network alone; operate on what checkpointParts gives",
    );
  }
  const { epoch, history } = before;
  const slots = Object.entries(beside).flatMap(([slot, values]) =>
    Object.entries(values).map(([parameter, one]) => [`${parameter}/${slot}`, one] as const),
  );
  return { epoch, history, tensors: { ...weights, ...Object.fromEntries(slots) } };
}
