/** Losses against class numbers: outputs are scores of classes, one row of scores for every place of every sample. */
import type { Emit, Value } from "../op/index.js";
import type { Loss } from "./losses.js";
import { TrainError } from "./pass.js";
import { elementsOf } from "./value-losses.js";

export interface Weighted {
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

type Rows = (
  emit: Emit,
  scores: Value,
  labels: Value,
  classes: number,
) => { readonly loss: Value; readonly gradient: Value };

/**
 * A loss on rows [rows, classes] and labels [rows], for outputs [classes, ...places]: classes come last, and every place
 * is a row.
 */
const byPlace =
  (rows: Rows): Loss["emit"] =>
  (emit, output, { value: labels }, [classes, ...places]) => {
    if (places.length === 0) return rows(emit, output, labels, classes!);
    const behind = places.map((_, i) => i + 2);
    const last = emit.op("Transpose", [output], { perm: [0, ...behind, 1] });
    const { loss, gradient } = rows(
      emit,
      emit.op("Reshape", [last, emit.ints([-1, classes!])]),
      emit.op("Reshape", [labels, emit.ints([-1])]),
      classes!,
    );
    const apart = emit.op("Reshape", [gradient, emit.ints([-1, ...places, classes!])]);
    const perm = [0, places.length + 1, ...places.map((_, i) => i + 1)];
    return { loss, gradient: emit.op("Transpose", [apart], { perm }) };
  };

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
const rowOf = (emit: Emit, numbers: readonly number[]): Value => emit.floats(numbers, [numbers.length]);

const logSoftmax = (emit: Emit, scores: Value): Value => emit.op("LogSoftmax", [scores], { axis: 1 });

/** Negative log-likelihood: for networks that end in log-probabilities. */
export const nll = (settings: Weighted): Loss => ({
  name: "nll",
  against: ["classes"],
  emit: byPlace((emit, scores, labels, classes) => {
    checkWeights("nll", settings, classes);
    const { target, batch, loss } = meanNegative(emit, scores, labels, classes, settings);
    return { loss, gradient: emit.op("Neg", [emit.op("Div", [target, batch])]) };
  }),
  logProbabilities: (_, scores) => scores,
});

/** Cross-entropy: for networks that end in free scores; log-softmax, then nll. */
export function crossEntropy(settings: CrossEntropySettings): Loss {
  const { labelSmoothing = 0, classWeights } = settings;
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new TrainError(`crossEntropy: labelSmoothing must be from 0 to below 1, got ${labelSmoothing}; give another`);
  }
  return {
    name: "crossEntropy",
    against: ["classes"],
    emit: byPlace((emit, scores, labels, classes) => {
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
    }),
    logProbabilities: logSoftmax,
  };
}

/**
 * Binary cross-entropy with logits: every score says yes or no, to its class where targets are class numbers, else as
 * much as its own target does (0 to 1). The mean is over samples and scores.
 */
export function binaryCrossEntropy(settings: Weighted): Loss {
  const { classWeights } = settings;
  const yesOrNo = (emit: Emit, scores: Value, wanted: Value, weights: Value | undefined) => {
    const count = elementsOf(emit, scores);
    const weighted = (value: Value): Value => (weights ? emit.op("Mul", [value, weights]) : value);
    const cost = emit.op("Sub", [emit.op("Softplus", [scores]), emit.op("Mul", [scores, wanted])]);
    const difference = emit.op("Sub", [emit.op("Sigmoid", [scores]), wanted]);
    return {
      loss: emit.op("Div", [emit.op("ReduceSum", [weighted(cost)], { keepdims: 0 }), count]),
      gradient: emit.op("Div", [weighted(difference), count]),
    };
  };
  const classes = byPlace((emit, scores, labels, classes) =>
    yesOrNo(emit, scores, onehotOf(emit, labels, classes), classWeights && rowOf(emit, classWeights)),
  );
  return {
    name: "binaryCrossEntropy",
    against: ["classes", "values"],
    emit: (emit, scores, target, shape) => {
      checkWeights("binaryCrossEntropy", settings, shape[0] ?? 1);
      if (target.kind === "classes") return classes(emit, scores, target, shape);
      const weights = classWeights && emit.floats(classWeights, [shape[0] ?? 1, ...shape.slice(1).map(() => 1)]);
      return yesOrNo(emit, scores, target.value, weights);
    },
    logProbabilities: logSoftmax,
  };
}

/** Hinge: sum of max(0, margin - score of the label + score of another) ^ p over the others, over classes and batch. */
export function hinge(settings: HingeSettings): Loss {
  const { margin = 1, p = 1 } = settings;
  if (!(Number.isFinite(margin) && (p === 1 || p === 2))) {
    throw new TrainError(`hinge: margin must be a number and p 1 or 2, got ${margin} and ${p}; give others`);
  }
  return {
    name: "hinge",
    against: ["classes"],
    emit: byPlace((emit, scores, labels, classes) => {
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
    }),
    logProbabilities: logSoftmax,
  };
}

function checkWeights(name: string, { classWeights }: Weighted, classes: number): void {
  if (!classWeights) return;
  if (classWeights.length !== classes) {
    throw new TrainError(
      `${name}: classWeights must be ${classes}, one for every class, got ${classWeights.length}; give one for every class`,
    );
  }
  const bad = classWeights.find(weight => !(weight >= 0 && Number.isFinite(weight)));
  if (bad !== undefined) throw new TrainError(`${name}: classWeights must be 0 or more, got ${bad}; give others`);
}
