/** Losses: how wrong scores are for the classes that labels name, as the mean over a batch, and the gradient. */
import type { Emit, Value } from "../op/index.js";
import { TrainError } from "./pass.js";

export interface Loss {
  readonly name: LossName;
  /** `scores` [batch, classes], `labels` [batch] int64: the loss as a scalar, and its gradient [batch, classes]. */
  readonly emit: (emit: Emit, scores: Value, labels: Value, classes: number) => { loss: Value; gradient: Value };
  /** Log-probabilities from scores. */
  readonly logProbabilities: (emit: Emit, scores: Value) => Value;
}

interface Weighted {
  /** How much a sample of each class counts, or for `binaryCrossEntropy` the score of each class; 1 unless told. */
  readonly classWeights?: readonly number[];
}
export interface CrossEntropySettings extends Weighted {
  /** Share of the target that is spread over all classes. */
  readonly labelSmoothing?: number;
}
export interface HingeSettings extends Weighted {
  /** By how much the label's score is to exceed the others; 1 unless told. */
  readonly margin?: number;
  /** The power of what is missing; 1 unless told. */
  readonly p?: 1 | 2;
}
interface SettingsOf {
  readonly nll: Weighted;
  readonly crossEntropy: CrossEntropySettings;
  readonly binaryCrossEntropy: Weighted;
  readonly hinge: HingeSettings;
}
export type LossName = keyof SettingsOf;
export type LossSettings = { [N in LossName]: { readonly name: N } & SettingsOf[N] }[LossName];

/** The loss of that name, with its usual settings or with these. */
export function lossOf(choice: LossName | LossSettings): Loss {
  const settings = typeof choice === "string" ? { name: choice } : choice;
  if (!Object.hasOwn(makers, settings.name)) {
    const known = Object.keys(makers);
    throw new TrainError(
      `train: there is no such loss, got ${settings.name}; choose ${known.slice(0, -1).join(", ")} or ${known.at(-1)}`,
    );
  }
  return makers[settings.name](settings as never);
}

/** Mean of -log p(label), or of what the settings make of it, from log-probabilities. */
function meanNegative(
  emit: Emit,
  logProbabilities: Value,
  labels: Value,
  classes: number,
  { classWeights, labelSmoothing = 0 }: CrossEntropySettings,
) {
  const onehot = onehotOf(emit, labels, classes);
  const weights = classWeights && rowOf(emit, classWeights);
  const weighted = weights ? emit.op("Mul", [onehot, weights]) : onehot;
  // With weights the mean is over the sum of the labels' weights.
  const batch = weights
    ? emit.op("ReduceSum", [weighted], { keepdims: 0 })
    : emit.op("Cast", [emit.op("Size", [labels])], { to: 1 });
  const target = labelSmoothing > 0 ? smoothed(emit, weighted, weights, classes, labelSmoothing) : weighted;
  const total = emit.op("ReduceSum", [emit.op("Mul", [logProbabilities, target])], { keepdims: 0 });
  return { target, batch, loss: emit.op("Neg", [emit.op("Div", [total, batch])]) };
}

/** (1 - smoothing) * onehot + smoothing / classes, times the weights. */
function smoothed(emit: Emit, weighted: Value, weights: Value | undefined, classes: number, smoothing: number): Value {
  const spread = emit.float(smoothing / classes);
  return emit.op("Add", [
    emit.op("Mul", [weighted, emit.float(1 - smoothing)]),
    weights ? emit.op("Mul", [weights, spread]) : spread,
  ]);
}

const onehotOf = (emit: Emit, labels: Value, classes: number): Value =>
  emit.op(
    "Cast",
    [
      emit.op("Equal", [
        emit.op("Unsqueeze", [labels, emit.ints([1])]),
        emit.ints(Array.from({ length: classes }, (_, i) => i)),
      ]),
    ],
    { to: 1 },
  );

/** One number per class, as a row. */
const rowOf = (emit: Emit, numbers: readonly number[]): Value =>
  numbers.length === 1
    ? emit.float(numbers[0]!, [1])
    : emit.op(
        "Concat",
        numbers.map(number => emit.float(number, [1])),
        { axis: 0 },
      );

const logSoftmax = (emit: Emit, scores: Value): Value => emit.op("LogSoftmax", [scores], { axis: 1 });
const elementsOf = (emit: Emit, value: Value): Value => emit.op("Cast", [emit.op("Size", [value])], { to: 1 });

/** Negative log-likelihood: for networks that end in log-probabilities. */
const nll = (settings: Weighted): Loss => ({
  name: "nll",
  emit: (emit, scores, labels, classes) => {
    checkWeights("nll", settings, classes);
    const { target, batch, loss } = meanNegative(emit, scores, labels, classes, settings);
    return { loss, gradient: emit.op("Neg", [emit.op("Div", [target, batch])]) };
  },
  logProbabilities: (_, scores) => scores,
});

/** Cross-entropy: for networks that end in free scores; log-softmax, then nll. */
function crossEntropy(settings: CrossEntropySettings): Loss {
  const { labelSmoothing = 0, classWeights } = settings;
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new TrainError(`crossEntropy: labelSmoothing must be from 0 to below 1, got ${labelSmoothing}; give another`);
  }
  return {
    name: "crossEntropy",
    emit: (emit, scores, labels, classes) => {
      checkWeights("crossEntropy", settings, classes);
      const logProbabilities = logSoftmax(emit, scores);
      const { target, batch, loss } = meanNegative(emit, logProbabilities, labels, classes, settings);
      const probabilities = emit.op("Exp", [logProbabilities]);
      // What the target of a sample sums up to; 1 without weights.
      const expected = classWeights
        ? emit.op("Mul", [probabilities, emit.op("ReduceSum", [target, emit.ints([1])])])
        : probabilities;
      const difference = emit.op("Sub", [expected, target]);
      return { loss, gradient: emit.op("Div", [difference, batch]) };
    },
    logProbabilities: logSoftmax,
  };
}

/** Binary cross-entropy with logits: every score says yes or no to its class; the mean is over samples and classes. */
const binaryCrossEntropy = (settings: Weighted): Loss => ({
  name: "binaryCrossEntropy",
  emit: (emit, scores, labels, classes) => {
    checkWeights("binaryCrossEntropy", settings, classes);
    const onehot = onehotOf(emit, labels, classes);
    const count = elementsOf(emit, scores);
    const weighted = (value: Value): Value =>
      settings.classWeights ? emit.op("Mul", [value, rowOf(emit, settings.classWeights)]) : value;
    const cost = emit.op("Sub", [emit.op("Softplus", [scores]), emit.op("Mul", [scores, onehot])]);
    const difference = emit.op("Sub", [emit.op("Sigmoid", [scores]), onehot]);
    return {
      loss: emit.op("Div", [emit.op("ReduceSum", [weighted(cost)], { keepdims: 0 }), count]),
      gradient: emit.op("Div", [weighted(difference), count]),
    };
  },
  logProbabilities: logSoftmax,
});

/** Hinge: sum of max(0, margin - score of the label + score of another) ^ p over the others, over classes and batch. */
function hinge(settings: HingeSettings): Loss {
  const { margin = 1, p = 1 } = settings;
  if (!(Number.isFinite(margin) && (p === 1 || p === 2))) {
    throw new TrainError(`hinge: margin must be a number and p 1 or 2, got ${margin} and ${p}; give others`);
  }
  return {
    name: "hinge",
    emit: (emit, scores, labels, classes) => {
      checkWeights("hinge", settings, classes);
      const onehot = onehotOf(emit, labels, classes);
      const others = emit.op("Sub", [emit.float(1), onehot]);
      const own = emit.op("ReduceSum", [emit.op("Mul", [scores, onehot]), emit.ints([1])]);
      const missing = emit.op("Relu", [emit.op("Add", [emit.op("Sub", [scores, own]), emit.float(margin)])]);
      const cost = emit.op("Mul", [missing, others]);
      const slope =
        p === 1
          ? emit.op("Cast", [emit.op("Greater", [cost, emit.float(0)])], { to: 1 })
          : emit.op("Mul", [cost, emit.float(2)]);
      // What a sample of this label counts, [batch, 1].
      const weight =
        settings.classWeights &&
        emit.op("ReduceSum", [emit.op("Mul", [onehot, rowOf(emit, settings.classWeights)]), emit.ints([1])]);
      const weighted = (value: Value): Value => (weight ? emit.op("Mul", [value, weight]) : value);
      const down = weighted(slope);
      const up = emit.op("Mul", [onehot, emit.op("ReduceSum", [down, emit.ints([1])])]);
      const count = elementsOf(emit, scores);
      const power = weighted(p === 1 ? cost : emit.op("Mul", [cost, cost]));
      return {
        loss: emit.op("Div", [emit.op("ReduceSum", [power], { keepdims: 0 }), count]),
        gradient: emit.op("Div", [emit.op("Sub", [down, up]), count]),
      };
    },
    logProbabilities: logSoftmax,
  };
}

const makers: { [N in LossName]: (settings: SettingsOf[N]) => Loss } = {
  ...{ nll, crossEntropy, binaryCrossEntropy, hinge },
};

function checkWeights(name: LossName, { classWeights }: Weighted, classes: number): void {
  if (!classWeights) return;
  if (classWeights.length !== classes) {
    throw new TrainError(
      `${name}: classWeights must be ${classes}, one for every class, got ${classWeights.length}; give one for every class`,
    );
  }
  const bad = classWeights.find(weight => !(weight >= 0 && Number.isFinite(weight)));
  if (bad !== undefined) throw new TrainError(`${name}: classWeights must be 0 or more, got ${bad}; give others`);
}
