/** Losses: how wrong scores are, as the mean over a batch, and the gradient with respect to the scores. */
import type { Emit, Value } from "../op/index.js";

export interface Loss {
  readonly name: string;
  /** `scores` [batch, classes], `labels` [batch] int64: the loss as a scalar, and its gradient [batch, classes]. */
  readonly emit: (emit: Emit, scores: Value, labels: Value, classes: number) => { loss: Value; gradient: Value };
  /** Log-probabilities from scores. */
  readonly logProbabilities: (emit: Emit, scores: Value) => Value;
}

/** Mean of -log p(label), from log-probabilities; its gradient is -onehot / batch. */
function meanNegative(emit: Emit, logProbabilities: Value, labels: Value, classes: number) {
  const onehot = emit.op(
    "Cast",
    [
      emit.op("Equal", [
        emit.op("Unsqueeze", [labels, emit.ints([1])]),
        emit.ints(Array.from({ length: classes }, (_, i) => i)),
      ]),
    ],
    { to: 1 },
  );
  const batch = emit.op("Cast", [emit.op("Size", [labels])], { to: 1 });
  const total = emit.op("ReduceSum", [emit.op("Mul", [logProbabilities, onehot])], { keepdims: 0 });
  return { onehot, batch, loss: emit.op("Neg", [emit.op("Div", [total, batch])]) };
}

/** Negative log-likelihood: for networks that end in log-probabilities. */
const nll: Loss = {
  name: "nll",
  emit: (emit, scores, labels, classes) => {
    const { onehot, batch, loss } = meanNegative(emit, scores, labels, classes);
    return { loss, gradient: emit.op("Neg", [emit.op("Div", [onehot, batch])]) };
  },
  logProbabilities: (_, scores) => scores,
};

/** Cross-entropy: for networks that end in free scores; log-softmax, then nll. */
const crossEntropy: Loss = {
  name: "crossEntropy",
  emit: (emit, scores, labels, classes) => {
    const logProbabilities = emit.op("LogSoftmax", [scores], { axis: 1 });
    const { onehot, batch, loss } = meanNegative(emit, logProbabilities, labels, classes);
    const difference = emit.op("Sub", [emit.op("Exp", [logProbabilities]), onehot]);
    return { loss, gradient: emit.op("Div", [difference, batch]) };
  },
  logProbabilities: (emit, scores) => emit.op("LogSoftmax", [scores], { axis: 1 }),
};

export const losses = { nll, crossEntropy } as const;
export type LossName = keyof typeof losses;
