/**
 * How good predictions are. `scores` are log-probabilities, `[items * classes]`, item after item.
 *
 * Not-a-number: an item with a NaN among its scores has no answer. It counts as wrong, its confidence is 0, its
 * log-probability is the floor, and a NaN score ranks lowest in the AUC. So every figure but the AUC is a number.
 */
export interface Metrics {
  /** Share of items whose highest score is the label's. */
  readonly accuracy: number;
  /** Mean over the classes among the labels of the share of the class's items that are right. */
  readonly classAccuracy: number;
  /** Area under the ROC curve, each class against the rest, mean over the classes; NaN if all labels are one class. */
  readonly auc: number;
  /** Mean of -log p(label), with p no smaller than 1e-15. */
  readonly logLoss: number;
  /** Expected calibration error over 15 equally wide bins of confidence. */
  readonly calibrationError: number;
}

type Labels = Uint8Array | Int32Array;

const BINS = 15;
const LOG_FLOOR = Math.log(1e-15);

export function measure(scores: Float32Array, labels: Labels, classes: number): Metrics {
  if (scores.length !== labels.length * classes || labels.length === 0) {
    throw new RangeError(`measure: ${labels.length} labels of ${classes} classes do not fit ${scores.length} scores`);
  }
  const predicted = predictions(scores, classes);
  return {
    ...accuracies(predicted, labels, classes),
    auc: meanAuc(scores, labels, classes),
    logLoss: logLoss(scores, labels, classes),
    calibrationError: calibrationError(scores, predicted, labels, classes),
  };
}

/** The class of the highest score (the first of equals), or `classes` where a score is NaN: no answer. */
export function predictions(scores: Float32Array, classes: number): Uint16Array {
  const items = scores.length / classes;
  const predicted = new Uint16Array(items);
  for (let item = 0; item < items; item++) {
    const at = item * classes;
    let best = 0;
    let nan = false;
    for (let c = 0; c < classes; c++) {
      const score = scores[at + c]!;
      if (Number.isNaN(score)) nan = true;
      if (score > scores[at + best]!) best = c;
    }
    predicted[item] = nan ? classes : best;
  }
  return predicted;
}

function accuracies(predicted: Uint16Array, labels: Labels, classes: number) {
  const items = new Int32Array(classes);
  const right = new Int32Array(classes);
  labels.forEach((label, item) => {
    items[label]!++;
    if (predicted[item] === label) right[label]!++;
  });
  const present = [...items.keys()].filter(c => items[c]! > 0);
  return {
    accuracy: right.reduce((sum, n) => sum + n, 0) / labels.length,
    classAccuracy: present.reduce((sum, c) => sum + right[c]! / items[c]!, 0) / present.length,
  };
}

function meanAuc(scores: Float32Array, labels: Labels, classes: number): number {
  const items = new Int32Array(classes);
  for (const label of labels) items[label]!++;
  const present = [...items.keys()].filter(c => items[c]! > 0);
  if (present.length < 2) return Number.NaN;
  return present.reduce((sum, c) => sum + auc(scores, labels, classes, c, items[c]!), 0) / present.length;
}

/**
 * Share of the pairs (an item of the class, an item of another) in which the former has the higher score, equal scores
 * counting half: the same number as from ranks with ties averaged, here by merging the two sorted halves.
 */
function auc(scores: Float32Array, labels: Labels, classes: number, c: number, positives: number): number {
  const positive = new Float32Array(positives);
  const negative = new Float32Array(labels.length - positives);
  let p = 0;
  let n = 0;
  for (let item = 0; item < labels.length; item++) {
    const raw = scores[item * classes + c]!;
    const score = Number.isNaN(raw) ? Number.NEGATIVE_INFINITY : raw;
    if (labels[item] === c) positive[p++] = score;
    else negative[n++] = score;
  }
  positive.sort();
  negative.sort();
  let below = 0;
  let notAbove = 0;
  let won = 0;
  for (const score of positive) {
    while (below < n && negative[below]! < score) below++;
    while (notAbove < n && negative[notAbove]! <= score) notAbove++;
    won += (below + notAbove) / 2;
  }
  return won / (p * n);
}

function logLoss(scores: Float32Array, labels: Labels, classes: number): number {
  let sum = 0;
  for (let item = 0; item < labels.length; item++) {
    const score = scores[item * classes + labels[item]!]!;
    // A log-softmax in float32 can end a rounding error above 0, which is no probability.
    sum += score >= LOG_FLOOR ? Math.min(score, 0) : LOG_FLOOR;
  }
  return sum === 0 ? 0 : -sum / labels.length;
}

/** Sum over the bins of |right - confidence| / items (Naeini, Cooper and Hauskrecht, 2015); bins are (k/15, (k+1)/15]. */
function calibrationError(scores: Float32Array, predicted: Uint16Array, labels: Labels, classes: number): number {
  const gap = new Float64Array(BINS);
  for (let item = 0; item < labels.length; item++) {
    const answer = predicted[item]!;
    if (answer === classes) continue;
    const confidence = Math.min(Math.exp(scores[item * classes + answer]!), 1);
    const bin = Math.max(Math.ceil(confidence * BINS) - 1, 0);
    gap[bin]! += (answer === labels[item] ? 1 : 0) - confidence;
  }
  return gap.reduce((sum, g) => sum + Math.abs(g), 0) / labels.length;
}
